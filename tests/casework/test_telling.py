"""Telling the source, by whoever may know them and nobody else; and who in the authority was told of an escalation."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from clearinghouse.access.decision import Membership
from clearinghouse.access.roles import OPERATOR, Actor, Region, Role
from clearinghouse.casework.assignment import add_to_case
from clearinghouse.casework.cases import case_list, case_page
from clearinghouse.casework.closing import close_case
from clearinghouse.casework.dialogue.telling import (
    NewAuthorityTelling,
    NewSourceTelling,
    record_contact_wish,
    tell_authority,
    tell_source,
    telling_sheet,
)
from clearinghouse.casework.duties.agenda import agenda
from clearinghouse.casework.duties.followups import complete_duty, duty_page, schedule_followup
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.escalation.recording import NewEscalation, correct_escalation, record_escalation
from clearinghouse.casework.listing import CaseFilter, Scope
from clearinghouse.casework.meetings.tab import meetings_tab
from clearinghouse.casework.people.accounts import suspend
from clearinghouse.casework.source import open_source
from clearinghouse.casework.world import World
from clearinghouse.protocol.telling import Saying, ToldHow
from clearinghouse.protocol.vocabulary import (
    Body,
    Capacity,
    ClosingOutcome,
    DutyKind,
    EscalationAction,
    Nature,
    Route,
)
from clearinghouse.records import ledger
from clearinghouse.records.events import Event
from clearinghouse.records.telling import SourceTelling
from tests.factories.authorities import authority
from tests.factories.people import person
from tests.factories.routes import REACHABLE, concern_of, owed, reroute, routed_case
from tests.worlds import Clock

TODAY, LATER = date(2026, 11, 23), date(2026, 12, 1)
CANARY = "canary-source-note-5521"
TOLD = NewSourceTelling(
    TODAY, ToldHow.TELEPHONE, done=True, sayings=frozenset({Saying.LOOKED_INTO}), note=CANARY
)
RED_FLAG = NewEscalation(Body.AUDIT_COMMISSION, EscalationAction.RED_FLAG, TODAY, "Thresholds.")


def told_case(world: World, **more: object) -> tuple[Actor, Actor, UUID, UUID]:
    """An associate, a lead, and the associate's triaged case with its concern."""
    associate, lead = person(world, Role.ASSOCIATE), person(world, Role.LEAD)
    given = {**REACHABLE, **more}
    case_id = routed_case(world, associate, lead, authority(world), Route.CONFIDENTIAL_DIALOGUE, **given)
    return associate, lead, case_id, concern_of(world, case_id)


def test_after_triage_whoever_logged_the_concern_owes_its_source_word(world: World) -> None:
    """The source would never hear, or a lead who must not know them would have to ring."""
    associate, lead, case_id, concern = told_case(world)
    duty = owed(world, case_id)[DutyKind.TELL_SOURCE]
    assert (duty.owner_id, duty.subject_id) == (associate.id, concern)
    assert duty.note_sealed is None
    tell_source(world, associate, case_id, None, concern, TOLD)
    assert DutyKind.TELL_SOURCE not in owed(world, case_id)
    shown = open_source(world, associate, case_id, concern)
    assert shown.tellings[0].note == CANARY
    with pytest.raises(NotFound):
        open_source(world, lead, case_id, concern)


@pytest.mark.parametrize(
    "more",
    [
        {"source_may_be_contacted": False},
        {"source_may_be_contacted": None},
        {"source_contact": ""},
        {"source_contact": "", "source_name": ""},
    ],
)
def test_nobody_is_owed_word_who_cannot_or_does_not_want_to_be_reached(
    sqlite_world: World, more: dict[str, object]
) -> None:
    associate, lead, case_id, concern = told_case(sqlite_world, **more)
    record_escalation(sqlite_world, lead, case_id, None, RED_FLAG)
    assert DutyKind.TELL_SOURCE not in owed(sqlite_world, case_id)
    with pytest.raises(Refused):
        tell_source(sqlite_world, associate, case_id, None, concern, TOLD)


def test_an_attempt_owes_the_next_one_to_the_same_person(world: World) -> None:
    associate, _, case_id, concern = told_case(world)
    tried = NewSourceTelling(TODAY, ToldHow.TELEPHONE, done=False, again_on=LATER)
    with pytest.raises(Invalid, match="try again"):
        tell_source(world, associate, case_id, None, concern, replace(tried, again_on=None))
    tell_source(world, associate, case_id, None, concern, tried)
    duty = owed(world, case_id)[DutyKind.TELL_SOURCE]
    assert (duty.owner_id, duty.due_on) == (associate.id, LATER)


def test_what_may_not_be_said_yet_is_refused_beside_the_field(sqlite_world: World) -> None:
    associate, _, case_id, concern = told_case(sqlite_world)
    for sayings in (frozenset(), frozenset({Saying.TALKED_TO}), frozenset({Saying.ENDED})):
        with pytest.raises(Invalid) as wrong:
            tell_source(sqlite_world, associate, case_id, None, concern, replace(TOLD, sayings=sayings))
        assert "sayings" in wrong.value.problems
    with pytest.raises(Invalid) as wrong:
        tell_source(sqlite_world, associate, case_id, None, concern, replace(TOLD, told_on=LATER))
    assert "told_on" in wrong.value.problems


def test_escalation_and_close_owe_word_once_more_and_only_once(world: World) -> None:
    associate, lead, case_id, concern = told_case(world)
    tell_source(world, associate, case_id, None, concern, TOLD)
    record_escalation(world, lead, case_id, None, RED_FLAG)
    record_escalation(world, lead, case_id, None, RED_FLAG)
    with world.reading(OPERATOR) as work:
        kinds = [duty.kind for duty in case_page(world, associate, case_id).duties]
        assert work.session.scalars(select(SourceTelling)).one().done
    assert kinds.count(DutyKind.TELL_SOURCE) == 1
    close_case(world, lead, case_id, None, ClosingOutcome.WITH_OTHERS, "The auditor acts.")
    assert list(owed(world, case_id)) == [DutyKind.TELL_SOURCE]
    told = replace(TOLD, sayings=frozenset({Saying.OTHERS_ACT, Saying.ENDED}))
    tell_source(world, associate, case_id, None, concern, told)
    assert not owed(world, case_id)


def test_triaged_again_the_source_is_not_rung_again(sqlite_world: World) -> None:
    associate, lead, case_id, concern = told_case(sqlite_world)
    tell_source(sqlite_world, associate, case_id, None, concern, TOLD)
    reroute(sqlite_world, lead, case_id, Route.PEER_SUPPORT)
    assert DutyKind.TELL_SOURCE not in owed(sqlite_world, case_id)


def test_a_source_who_wants_no_contact_is_left_alone_and_can_change_their_mind(world: World) -> None:
    associate, lead, case_id, concern = told_case(world)
    record_contact_wish(world, associate, case_id, None, concern, may_be_contacted=False)
    assert DutyKind.TELL_SOURCE not in owed(world, case_id)
    record_escalation(world, lead, case_id, None, RED_FLAG)
    assert DutyKind.TELL_SOURCE not in owed(world, case_id)
    record_contact_wish(world, associate, case_id, None, concern, may_be_contacted=True)
    record_escalation(world, lead, case_id, None, RED_FLAG)
    assert DutyKind.TELL_SOURCE in owed(world, case_id)


def test_nobody_but_who_may_know_the_source_tells_them_or_reads_what_they_were_told(world: World) -> None:
    """A colleague, the lead or an administrator would learn how, and with which words, a source is reached."""
    associate, lead, case_id, concern = told_case(world)
    colleague = person(world, Role.ASSOCIATE)
    add_to_case(world, lead, case_id, None, colleague.person, Membership.TEAM)
    outsiders = (
        lead,
        colleague,
        person(world, Role.RIEP_OFFICER),
        person(world, Role.ADMINISTRATOR, None),
        person(world, Role.AUDIT_OFFICER, None),
        person(world, Role.POLITICAL_LEAD),
        person(world, Role.LEAD, Region.LONDON),
        person(world, Role.ASSOCIATE),
    )
    tell_source(world, associate, case_id, None, concern, TOLD)
    for outsider in outsiders:
        with pytest.raises(NotFound):
            telling_sheet(world, outsider, case_id, concern)
        with pytest.raises(NotFound):
            tell_source(world, outsider, case_id, None, concern, TOLD)
        with pytest.raises(NotFound):
            record_contact_wish(world, outsider, case_id, None, concern, may_be_contacted=True)
    for reader in (lead, colleague):
        shown = repr(case_page(world, reader, case_id, whole_history=True))
        assert CANARY not in shown
        assert "By telephone" not in shown
        assert "Source told" not in shown
        assert Saying.LOOKED_INTO.words not in shown
    with pytest.raises(NotFound):
        telling_sheet(world, associate, case_id, uuid4())


def test_a_custodian_who_is_named_later_takes_over_what_nobody_could_do(world: World) -> None:
    """Where the logger has gone, the source would never hear."""
    associate, lead, case_id, concern = told_case(world)
    other = person(world, Role.LEAD)
    add_to_case(world, lead, case_id, None, other.person, Membership.CUSTODIAN)
    assert owed(world, case_id)[DutyKind.TELL_SOURCE].owner_id == associate.id  # who still may
    tell_source(world, other, case_id, None, concern, TOLD)
    assert DutyKind.TELL_SOURCE not in owed(world, case_id)


def test_it_cannot_be_marked_as_done_or_scheduled_by_hand(sqlite_world: World) -> None:
    """A source would count as told without a word about what was said."""
    associate, lead, case_id, _ = told_case(sqlite_world)
    duty = owed(sqlite_world, case_id)[DutyKind.TELL_SOURCE]
    for actor in (associate, lead):
        assert not duty_page(sqlite_world, actor, case_id, duty.id).may_finish
        with pytest.raises(Refused):
            complete_duty(sqlite_world, actor, case_id, duty.id, "Rang them.", LATER)
    with pytest.raises(Invalid):
        schedule_followup(sqlite_world, lead, case_id, None, LATER, "Ring", DutyKind.TELL_SOURCE)


# Telling the authority


def test_an_escalation_that_told_nobody_owes_it_and_a_later_entry_ends_it(world: World, clock: Clock) -> None:
    _, lead, case_id, _ = told_case(world)
    made = record_escalation(world, lead, case_id, None, RED_FLAG)
    duty = owed(world, case_id)[DutyKind.TELL_AUTHORITY]
    assert (duty.subject_id, duty.due_on) == (made.escalation_id, date(2026, 11, 25))
    with pytest.raises(Refused):
        complete_duty(world, lead, case_id, duty.id, "Told.", LATER)
    clock.pass_days(1)
    told = NewAuthorityTelling(date(2026, 11, 24), Capacity.LEADER, ToldHow.IN_PERSON, "R. Hale", "Noted.")
    tell_authority(world, lead, case_id, None, made.escalation_id, told)
    assert DutyKind.TELL_AUTHORITY not in owed(world, case_id)
    entry = meetings_tab(world, lead, case_id).escalations[0]
    assert (entry.authority_told_on, entry.told_since[0].name) == (None, "R. Hale")
    with world.reading(OPERATOR) as work:
        event = ledger.entries(work.session, case_id, Event.AUTHORITY_TOLD)[0]
        assert event.facts["capacity"] == Capacity.LEADER
        assert "Hale" not in str(event.facts)


def test_an_escalation_that_says_who_was_told_owes_nothing_more(sqlite_world: World) -> None:
    _, lead, case_id, _ = told_case(sqlite_world)
    told = replace(RED_FLAG, authority_told="R. Hale", authority_told_on=TODAY)
    record_escalation(sqlite_world, lead, case_id, None, told)
    assert DutyKind.TELL_AUTHORITY not in owed(sqlite_world, case_id)
    made = record_escalation(sqlite_world, lead, case_id, None, RED_FLAG)
    assert DutyKind.TELL_AUTHORITY in owed(sqlite_world, case_id)
    correct_escalation(sqlite_world, lead, case_id, None, made.escalation_id, told)
    assert DutyKind.TELL_AUTHORITY not in owed(sqlite_world, case_id)


def test_nobody_the_concern_is_about_is_told(sqlite_world: World) -> None:
    _, lead, case_id, _ = told_case(sqlite_world)
    reroute(
        sqlite_world, lead, case_id, Route.CONFIDENTIAL_DIALOGUE, nature=Nature.LEADER_AND_CHIEF_EXECUTIVE
    )
    made = record_escalation(sqlite_world, lead, case_id, None, RED_FLAG)
    for concerned in (Capacity.LEADER, Capacity.CHIEF_EXECUTIVE):
        told = NewAuthorityTelling(TODAY, concerned, ToldHow.LETTER)
        with pytest.raises(Invalid) as wrong:
            tell_authority(sqlite_world, lead, case_id, None, made.escalation_id, told)
        assert "capacity" in wrong.value.problems
    told = NewAuthorityTelling(TODAY, Capacity.MONITORING_OFFICER, ToldHow.LETTER)
    with pytest.raises(NotFound):
        tell_authority(sqlite_world, lead, case_id, None, uuid4(), told)
    tell_authority(sqlite_world, lead, case_id, None, made.escalation_id, told)


def test_word_that_a_closed_case_owes_outlives_whoever_logged_it(world: World) -> None:
    """The source would never hear: the duty stayed with somebody who has gone, and nobody could take it over."""
    associate, lead, case_id, concern = told_case(world)
    close_case(world, lead, case_id, None, ClosingOutcome.IMPROVED, "It is solved.")
    admin, custodian = person(world, Role.ADMINISTRATOR, None), person(world, Role.LEAD)
    suspend(world, admin, associate.person)
    assert owed(world, case_id)[DutyKind.TELL_SOURCE].owner_id == lead.id
    with pytest.raises(Refused, match="closed"):
        add_to_case(world, lead, case_id, None, custodian.person, Membership.TEAM)
    add_to_case(world, lead, case_id, None, custodian.person, Membership.CUSTODIAN)
    assert owed(world, case_id)[DutyKind.TELL_SOURCE].owner_id == custodian.id
    tell_source(world, custodian, case_id, None, concern, TOLD)
    assert owed(world, case_id) == {}
    with pytest.raises(Refused, match="closed"):
        add_to_case(world, custodian, case_id, None, lead.person, Membership.CUSTODIAN)


def test_a_closed_case_that_owes_its_source_word_stands_under_closed(sqlite_world: World) -> None:
    """It would stand among the open cases, and be found under closed by nobody."""
    associate, lead, case_id, _ = told_case(sqlite_world)
    close_case(sqlite_world, lead, case_id, None, ClosingOutcome.IMPROVED, "It is solved.")
    assert case_list(sqlite_world, lead, CaseFilter()).rows == ()
    (row,) = case_list(sqlite_world, lead, CaseFilter(scope=Scope.CLOSED)).rows
    assert (row.id, row.due_on, row.next_duty) == (case_id, None, DutyKind.TELL_SOURCE)
    assert [each.kind for day in agenda(sqlite_world, associate).days for each in day.entries] == [
        DutyKind.TELL_SOURCE
    ]


def test_a_header_does_not_say_who_may_know_the_source(sqlite_world: World) -> None:
    """Whoever wants to learn the source would know whom to ask."""
    associate, lead, case_id, _ = told_case(sqlite_world)
    for curious in (
        person(sqlite_world, Role.ASSOCIATE),
        person(sqlite_world, Role.RIEP_OFFICER),
        person(sqlite_world, Role.COORDINATOR, None),
        person(sqlite_world, Role.AUDIT_OFFICER, None),
    ):
        assert {each.owner_name for each in case_page(sqlite_world, curious, case_id).duties} == {""}
    shown = {each.kind: each.owner_name for each in case_page(sqlite_world, lead, case_id).duties}
    assert shown[DutyKind.TELL_SOURCE] == associate.name
