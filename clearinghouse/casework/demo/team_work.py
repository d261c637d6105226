"""How the demo's peer team works: its project manager, visits that took place and are planned, and contact between."""

from collections.abc import Callable

from clearinghouse.casework.demo.stage import Moment
from clearinghouse.casework.teams.contact import NewContact, record_contact
from clearinghouse.casework.teams.packages import Doer, name_manager
from clearinghouse.casework.teams.visits import HeldVisit, NewFinding, NewVisit, hold_visit, plan_visit
from clearinghouse.casework.teams.work_page import visit_sheet, work_page
from clearinghouse.casework.teams.work_views import TeamAtWork
from clearinghouse.protocol.team_work import Activity, Means, VisitKind, VisitState


def manages_team(moment: Moment) -> None:
    """Names themselves the team's project manager."""
    chosen = Doer(user_id=moment.actor.person)
    name_manager(moment.world, moment.actor, moment.case_id, None, _team(moment).id, chosen)


def plans_visit(first: int, last: int, *activities: Activity, purpose: str = "") -> Callable[[Moment], None]:
    """Plans a visit. `first` and `last` are working days before the stage's last day; negative is ahead."""

    def act(moment: Moment) -> None:
        days = moment.day(first), moment.day(last)
        visit = NewVisit(VisitKind.VISIT, *days, frozenset(activities), purpose)
        plan_visit(moment.world, moment.actor, moment.case_id, None, _team(moment).id, visit)

    return act


def holds_visit(*found: str) -> Callable[[Moment], None]:
    """Records that the visit that was planned took place, that all came, and what they found."""

    def act(moment: Moment) -> None:
        planned = next(each for each in _team(moment).visits if each.state is VisitState.PLANNED)
        sheet = visit_sheet(moment.world, moment.actor, moment.case_id, planned.id)
        held = HeldVisit(
            frozenset(each.id for each in sheet.could_come),
            findings=tuple(NewFinding(text) for text in found),
        )
        hold_visit(moment.world, moment.actor, moment.case_id, None, planned.id, held)

    return act


def is_in_touch(note: str) -> Callable[[Moment], None]:
    """Rings the authority between visits."""

    def act(moment: Moment) -> None:
        by = Doer(user_id=moment.actor.person)
        contact = NewContact(moment.world.today, Means.TELEPHONE, by, note)
        record_contact(moment.world, moment.actor, moment.case_id, None, _team(moment).id, contact)

    return act


def _team(moment: Moment) -> TeamAtWork:
    """The team at work. Raises IndexError where the story assigns none before this."""
    return work_page(moment.world, moment.actor, moment.case_id).teams[0]
