"""The page on which a whole team is put together: the best and others near it, whom to keep, and taking one."""

from urllib.parse import urlencode
from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.teams.solving import MOST_WISHES, ask_less, solve_team, take_team
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

team_solving = Pages("team_solving", __name__)

TAKEN = Message("The team is chosen. Its members’ conflicts were checked once more.")
ASKED_LESS = Message("What is asked of the team is changed.")


@team_solving.get("/cases/<uuid:case_id>/team/<uuid:team_id>/solve", needs=Permission.PEER_MATCH)
def show(case_id: UUID, team_id: UUID) -> ResponseReturnValue:
    """The best whole teams, with whom to keep and leave out in the address."""
    return _shown(case_id, team_id)


@team_solving.post("/cases/<uuid:case_id>/team/<uuid:team_id>/take", needs=Permission.PEER_MATCH)
def take(case_id: UUID, team_id: UUID) -> ResponseReturnValue:
    """Make the shown peers the team."""
    form = Form()
    leads = _keys("leader")
    try:
        take_team(
            world_for(form.key()),
            actor(),
            case_id,
            form.read_version(),
            team_id,
            _keys("peer"),
            leads[0] if leads else None,
        )
    except Refused as refused:
        return _shown(case_id, team_id, refused.reasons)
    tell(TAKEN)
    return redirect(url_for("teams.index", case_id=case_id), 303)


@team_solving.post("/cases/<uuid:case_id>/team/<uuid:team_id>/ask-less", needs=Permission.PEER_MATCH)
def less(case_id: UUID, team_id: UUID) -> ResponseReturnValue:
    """Ask less of the team, as the page proposed."""
    form = Form()
    tokens = [token[:80] for token in request.form.getlist("less")[:MOST_WISHES]]
    try:
        ask_less(world_for(form.key()), actor(), case_id, form.read_version(), team_id, tokens)
    except Refused as refused:
        return _shown(case_id, team_id, refused.reasons)
    except Invalid as invalid:
        return _shown(case_id, team_id, tuple(invalid.problems.values()))
    tell(ASKED_LESS)
    here = url_for("team_solving.show", case_id=case_id, team_id=team_id)
    return redirect(f"{here}?{_wishes()}" if _wishes() else here, 303)


def _shown(case_id: UUID, team_id: UUID, reasons: tuple[str, ...] = ()) -> ResponseReturnValue:
    """The page; until somebody says otherwise, members are kept and whoever said no is left out."""
    said = "chosen" in request.values
    kept, out = (_keys("keep"), _keys("out")) if said else (None, None)
    found = solve_team(world(), actor(), case_id, team_id, kept, out)
    return page(
        "teams/solve.html",
        422 if reasons else 200,
        case=found.case,
        found=found,
        reasons=reasons,
        wishes=[
            ("chosen", "1"),
            *(("keep", str(each.id)) for each in (*found.kept, *found.cannot_be_kept)),
            *(("out", str(each.id)) for each in found.left_out),
        ],
    )


def _keys(name: str) -> list[UUID]:
    """The keys that were given under a name; what is none is passed over."""
    found = []
    for text in request.values.getlist(name)[:MOST_WISHES]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _wishes() -> str:
    """Whom to keep and leave out, as the address spells it."""
    given = [
        (name, text)
        for name in ("chosen", "keep", "out")
        for text in request.form.getlist(name)[:MOST_WISHES]
    ]
    return urlencode(given)
