"""Signals as somebody would record them, and files of them."""

import csv
import io
from collections.abc import Mapping
from datetime import date
from uuid import UUID

from clearinghouse.access.roles import Actor
from clearinghouse.casework.regional.signals import NewSignal, record_signal
from clearinghouse.casework.world import World
from clearinghouse.protocol.signals import Direction, SignalKind, SignalTheme
from clearinghouse.protocol.vocabulary import Body

OBSERVED = date(2026, 11, 2)


def signal(
    world: World,
    actor: Actor,
    council: UUID,
    kind: SignalKind = SignalKind.AUDIT,
    theme: SignalTheme = SignalTheme.CHILDREN,
    **more: object,
) -> UUID:
    """A warning from an audit about children's services, unless told otherwise; gives its id."""
    given = {
        "observed_on": OBSERVED,
        "source": Body.AUDIT_COMMISSION,
        "direction": Direction.WORSE,
        "words": "Referrals wait too long.",
        **more,
    }
    return record_signal(world, actor, NewSignal(council, kind, theme, **given))  # type: ignore[arg-type]  # as given


def signal_file(*rows: Mapping[str, str]) -> bytes:
    """A file of these rows, with what is usual where a row does not say."""
    usual = {
        "authority_code": "",
        "kind": "use_of_resources",
        "theme": "finance",
        "observed_on": "2026-11-02",
        "source": "audit_commission",
        "value": "1",
        "direction": "worse",
        "words": "",
    }
    out = io.StringIO()
    writer = csv.DictWriter(out, list(usual), restval="")
    writer.writeheader()
    writer.writerows({**usual, **row} for row in rows)
    return out.getvalue().encode()
