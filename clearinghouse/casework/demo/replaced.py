"""The demo's last morning: a new register says that a council was replaced, and the clock looks at what converges."""

import csv
import io

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.convergence.finding import find_convergences
from clearinghouse.casework.demo.stage import Stage
from clearinghouse.casework.register.keeping import import_register
from clearinghouse.settings import resource

_ENDED_DAYS_AGO = 4
_OLD = "DPEL"
_NEW = {
    "local-authority-code": "DFYL",
    "official-name": "Fyldemouth Council",
    "nice-name": "Fyldemouth",
    "local-authority-type": "UA",
    "local-authority-type-name": "Unitary authority",
    "county-la": "",
}


def replace_pellmouth(stage: Stage) -> None:
    """Pellmouth's open case waits for a lead to say that it is about Fyldemouth now."""
    text = (resource("config") / "demo" / "authorities.csv").read_text(encoding="utf-8")
    lines = list(csv.DictReader(io.StringIO(text)))
    ended = str(stage.day(_ENDED_DAYS_AGO))
    old = next(line for line in lines if line["local-authority-code"] == _OLD)
    lines.append({**old, **_NEW, "start-date": ended})
    old |= {"end-date": ended, "replaced-by": _NEW["local-authority-code"], "current-authority": "False"}
    out = io.StringIO()
    writer = csv.DictWriter(out, old)
    writer.writeheader()
    writer.writerows(lines)
    import_register(stage.world_at(0, "09:36"), OPERATOR, out.getvalue().encode())


def look_at_ormsgate(stage: Stage) -> None:
    """Two concerns about Ormsgate may belong together: its leads find them waiting."""
    find_convergences(stage.world_at(0, "09:38"))
