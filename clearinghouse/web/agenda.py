"""The agenda, and the link by which mail and calendars lead to a case."""

from datetime import date
from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Openness
from clearinghouse.casework.duties import agenda as duties
from clearinghouse.casework.duties.agenda import AgendaEntry, AgendaPage, AgendaPlace, Whose
from clearinghouse.casework.duties.setting import NEEDED_FOR
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.escalation.risk import risk_referrals, waiting_referral
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.peers.accreditation import AccreditationsDue, accreditations_due
from clearinghouse.casework.regional.actions import ActionEntry, actions_due, is_action
from clearinghouse.casework.subject_access.views import PartLine, parts_due
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.web.current import actor, world
from clearinghouse.web.pages import Pages, may_open
from clearinghouse.web.rendering import page

agenda = Pages("agenda", __name__, navigation="Agenda", shown_to=frozenset(NEEDED_FOR.values()))


@agenda.get("/agenda", needs=Openness.SIGNED_IN)
def index() -> Response:
    """What must be done next, by date; for leads the region's on request."""
    whose = Whose.REGION if request.args.get("whose") == Whose.REGION else Whose.MINE
    shown = duties.agenda(world(), actor(), whose, _behind(request.args.get("behind", "")))
    to_confirm = len(risk_referrals(world(), actor())) if may_open("risk.index") else 0
    return page(
        "agenda/index.html",
        agenda=shown,
        today=world().today,
        further=_further(shown),
        whose_all=Whose,
        to_confirm=to_confirm,
        actions=() if request.args.get("behind") else _actions(shown),
        accreditations=AccreditationsDue()
        if request.args.get("behind")
        else accreditations_due(world(), actor()),
        asked=() if request.args.get("behind") else _asked(shown),
    )


@agenda.get("/agenda/<uuid:case_id>", needs=Openness.SIGNED_IN)
def case(case_id: UUID) -> ResponseReturnValue:
    """Where a mail leads: to the case or the regional action, or to the one referral that waits for a second lead."""
    try:
        case_header(world(), actor(), case_id)
    except NotFound:
        if may_open("sharing.action") and is_action(world(), actor(), case_id):
            return redirect(url_for("sharing.action", action_id=case_id))
        waiting_referral(world(), actor(), case_id)
        return redirect(f"/cases/{case_id}/risk")
    return redirect(f"/cases/{case_id}")


@agenda.app_template_global()
def agenda_tabs(current: str) -> list[tuple[str, str, bool]]:
    """The parts of the agenda, for leads: words, address, and whether it is the one shown."""
    return [
        (words, href, words == current)
        for words, href in (
            ("Yours", url_for("agenda.index")),
            ("Your region’s", url_for("agenda.index", whose=Whose.REGION.value)),
            ("Referrals to confirm", url_for("risk.index")),
            ("Walls to lift", url_for("walls.index")),
        )
    ]


@agenda.app_template_global()
def agenda_link(entry: AgendaEntry) -> str:
    """Where an entry leads: to the case, or to the one page of it that whoever confirms a referral may see."""
    only = "/risk" if entry.kind is DutyKind.CONFIRM_RISK_REFERRAL else ""
    return f"/cases/{entry.case_id}{only}"


def _actions(shown: AgendaPage) -> tuple[ActionEntry, ...]:
    """What round tables gave the person, or their region, to do."""
    return actions_due(world(), actor(), of_region=shown.whose is Whose.REGION)


def _asked(shown: AgendaPage) -> tuple[PartLine, ...]:
    """The parts of answers to people who ask what is held about them: those that wait for one, or all one sees."""
    parts = parts_due(world(), actor())
    return parts if shown.whose is Whose.REGION else tuple(part for part in parts if part.waits_for_me)


def _behind(text: str) -> AgendaPlace | None:
    """The place out of an address; what is no place counts as none."""
    day, _, key = text.partition("_")
    try:
        return AgendaPlace(date.fromisoformat(day), UUID(key))
    except ValueError:
        return None


def _further(shown: AgendaPage) -> str:
    if shown.further is None:
        return ""
    place = f"{shown.further.due_on.isoformat()}_{shown.further.duty_id}"
    return url_for(
        "agenda.index", whose=shown.whose.value if shown.whose is Whose.REGION else None, behind=place
    )
