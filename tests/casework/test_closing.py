"""Closing and opening a case again, and changing who is on it."""

import pytest
from sqlalchemy import select

from clearinghouse.access.decision import Membership
from clearinghouse.access.roles import Region, Role
from clearinghouse.casework.assignment import add_to_case, change_owner, staffing, take_off_case
from clearinghouse.casework.cases import case_list, case_page
from clearinghouse.casework.closing import Learning, close_case, closing_sheet, reopen_case
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.listing import CaseFilter, Scope
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import ClosingOutcome, DutyKind, Standing
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import Duty, DutyState
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.factories.plans import LATER, SOON, planned


def triaged(world: World, case_id: object) -> None:
    """Take a case past its triage, without the screens that ask its questions."""
    with world.database.writing() as session:
        session.get_one(Case, case_id).standing = Standing.TRIAGED


def test_a_closed_case_owes_nothing_and_opens_again_with_its_triage(world: World) -> None:
    associate, lead = person(world, Role.ASSOCIATE), person(world, Role.LEAD)
    case = logged_case(world, associate, authority(world))
    with pytest.raises(Refused):
        close_case(world, lead, case.case_id, None, ClosingOutcome.IMPROVED, "Too early.")
    triaged(world, case.case_id)
    close_case(world, lead, case.case_id, None, ClosingOutcome.IMPROVED, "The plan is on course.")
    assert case_list(world, lead, CaseFilter()).rows == ()
    row = case_list(world, lead, CaseFilter(scope=Scope.CLOSED)).rows[0]
    assert (row.standing, row.due_on, row.next_duty) == (Standing.CLOSED, None, None)
    closed = case_page(world, associate, case.case_id).reading
    assert closed is not None
    assert (closed.closings[0].outcome, closed.closings[0].reason) == (
        ClosingOutcome.IMPROVED,
        "The plan is on course.",
    )
    reopen_case(world, lead, case.case_id, None, "It came back.")
    page = case_page(world, lead, case.case_id)
    assert page.header.standing is Standing.TRIAGED
    assert [(duty.kind, duty.mine) for duty in page.duties] == [(DutyKind.TRIAGE, True)]
    with pytest.raises(Refused):
        reopen_case(world, lead, case.case_id, None, "Twice.")


def test_a_case_is_not_closed_while_people_at_risk_wait_for_a_second_lead(sqlite_world: World) -> None:
    lead = person(sqlite_world, Role.LEAD)
    case = logged_case(sqlite_world, person(sqlite_world, Role.ASSOCIATE), authority(sqlite_world))
    triaged(sqlite_world, case.case_id)
    with sqlite_world.database.writing() as session:
        session.scalars(select(Duty)).one().kind = DutyKind.CONFIRM_RISK_REFERRAL
    with pytest.raises(Refused, match="must be done before the case can be closed"):
        close_case(sqlite_world, lead, case.case_id, None, ClosingOutcome.WITH_OTHERS, "Others act.")


def test_a_new_owner_takes_over_what_the_former_one_owed(world: World) -> None:
    associate, colleague, lead = (
        person(world, Role.ASSOCIATE),
        person(world, Role.ASSOCIATE),
        person(world, Role.LEAD),
    )
    case = logged_case(world, associate, authority(world))
    with world.database.writing() as session:
        duty = session.scalars(select(Duty)).one()
        duty.owner_id, duty.kind = associate.person, DutyKind.FIRST_CONTACT
    change_owner(world, lead, case.case_id, None, colleague.person, keep=False)
    page = case_page(world, colleague, case.case_id)
    assert (page.header.owner_id, page.reading is not None) == (colleague.id, True)
    assert case_page(world, associate, case.case_id).reading is None
    with world.reading(lead) as work:
        assert (
            work.session.scalars(select(Duty).where(Duty.state == DutyState.OPEN)).one().owner_id
            == colleague.id
        )
    change_owner(world, lead, case.case_id, None, lead.person, keep=True)
    assert case_page(world, colleague, case.case_id).reading is not None
    take_off_case(world, lead, case.case_id, None, colleague.person, Membership.TEAM)
    assert case_page(world, colleague, case.case_id).reading is None


def test_only_those_whose_role_reaches_the_case_and_whom_no_wall_stops_are_put_on_it(
    sqlite_world: World,
) -> None:
    world, council = sqlite_world, authority(sqlite_world)
    associate, lead = person(world, Role.ASSOCIATE), person(world, Role.LEAD)
    near = person(world, Role.RIEP_OFFICER)
    unfit = (
        person(world, Role.ASSOCIATE, Region.LONDON),
        person(world, Role.ASSOCIATE, walled_from=council),
        person(world, Role.COORDINATOR, None),
        person(world, Role.ADMINISTRATOR, None),
        person(world, Role.POLITICAL_LEAD),
    )
    case = logged_case(world, associate, council)
    found = staffing(world, lead, case.case_id)
    assert {each.id for each in found.team} == {near.id, lead.id}
    assert {each.id for each in found.custodians} == {associate.id, near.id}
    for other in unfit:
        for membership in (Membership.TEAM, Membership.CUSTODIAN):
            with pytest.raises(Invalid):
                add_to_case(world, lead, case.case_id, None, other.person, membership)
        with pytest.raises(Invalid):
            change_owner(world, lead, case.case_id, None, other.person, keep=False)


def test_a_case_always_has_an_owner_and_only_leads_change_it(sqlite_world: World) -> None:
    world = sqlite_world
    associate, lead = person(world, Role.ASSOCIATE), person(world, Role.LEAD)
    case = logged_case(world, associate, authority(world))
    with pytest.raises(Refused):
        take_off_case(world, lead, case.case_id, None, associate.person, Membership.OWNER)
    for verb in (
        lambda: change_owner(world, associate, case.case_id, None, lead.person, keep=True),
        lambda: close_case(world, associate, case.case_id, None, ClosingOutcome.IMPROVED, "Mine."),
        lambda: staffing(world, associate, case.case_id),
    ):
        with pytest.raises(NotFound):
            verb()
    assert case_header(world, associate, case.case_id).owner_id == associate.id


def learned(**more: object) -> Learning:
    given = {"learned": "Ring first.", "good_practice": "One call was enough.", "share": True, **more}
    return Learning(**given)  # type: ignore[arg-type]  # as given


def test_a_case_closes_with_what_was_learned_and_what_others_may_learn(world: World) -> None:
    """What was learned would be lost with the case, or be shared without being asked."""
    associate, lead = person(world, Role.ASSOCIATE), person(world, Role.LEAD)
    case = logged_case(world, associate, authority(world))
    triaged(world, case.case_id)
    close_case(world, lead, case.case_id, None, ClosingOutcome.IMPROVED, "Done.", learned())
    shown = case_page(world, associate, case.case_id).reading
    assert shown is not None
    (closing,) = shown.closings
    assert (closing.learning, closing.good_practice, closing.is_shared) == (
        "Ring first.",
        "One call was enough.",
        True,
    )
    reopen_case(world, lead, case.case_id, None, "It came back.")
    close_case(world, lead, case.case_id, None, ClosingOutcome.IMPROVED, "Again.", learned(share=False))
    shown = case_page(world, associate, case.case_id).reading
    assert shown is not None
    assert [each.is_shared for each in shown.closings] == [False, False, True]


@pytest.mark.parametrize(
    ("name", "text", "refused"),
    [
        ("Midthorpe Council", "", True),
        ("Midthorpe Council", "  ", True),
        ("Midthorpe Council", "Midthorpe Council rang a neighbour.", True),
        ("Midthorpe Council", "What MIDTHORPE did.", True),
        ("London Borough of Cranbourne Park", "In Cranbourne Park one call was enough.", True),
        ("London Borough of Cranbourne Park", "A London borough made a park.", False),
        ("Bath and North East Somerset Council", "A council in the north made one call.", False),
        ("Ely City Council", "It came early in the year, rarely late.", False),
        ("Ely City Council", "Ely City Council made one call.", True),
    ],
)
def test_good_practice_has_words_and_names_no_authority_of_the_case(
    sqlite_world: World, name: str, text: str, refused: bool
) -> None:
    """A round table would learn which council had a case here."""
    lead = person(sqlite_world, Role.LEAD)
    case_id = logged_case(sqlite_world, lead, authority(sqlite_world, name)).case_id
    triaged(sqlite_world, case_id)
    if not refused:
        close_case(
            sqlite_world, lead, case_id, None, ClosingOutcome.IMPROVED, "Done.", learned(good_practice=text)
        )
        return
    with pytest.raises(Invalid) as problem:
        close_case(
            sqlite_world, lead, case_id, None, ClosingOutcome.IMPROVED, "Done.", learned(good_practice=text)
        )
    assert list(problem.value.problems) == ["good_practice"]
    kept = learned(good_practice=text, share=False)
    close_case(sqlite_world, lead, case_id, None, ClosingOutcome.IMPROVED, "Done.", kept)


def test_before_closing_a_lead_sees_what_ends_undone_and_nobody_else_does(sqlite_world: World) -> None:
    """A duty would be dropped unseen, or what is owed be shown to somebody who may not close."""
    world, council = sqlite_world, authority(sqlite_world)
    associate, lead = person(world, Role.ASSOCIATE), person(world, Role.LEAD)
    case_id = logged_case(world, associate, council).case_id
    triaged(world, case_id)
    planned(world, lead, case_id, SOON, LATER)
    sheet = closing_sheet(world, lead, case_id)
    assert {each.kind for each in sheet.owed} == {DutyKind.TRIAGE, DutyKind.FOLLOW_UP, DutyKind.REVIEW}
    assert not any(each.must_be_done for each in sheet.owed)
    assert sheet.unfinished_actions == 2
    for other in (
        associate,
        person(world, Role.LEAD, Region.SOUTH_WEST),
        person(world, Role.LEAD, walled_from=council),
        person(world, Role.ADMINISTRATOR, None),
    ):
        with pytest.raises(NotFound):
            closing_sheet(world, other, case_id)
