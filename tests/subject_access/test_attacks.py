"""Who would learn something from a request that they may not know: the councillor who asks, the lead, the database."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.decision import Membership
from clearinghouse.access.roles import OPERATOR, Actor, Region, Role
from clearinghouse.casework.assignment import add_to_case
from clearinghouse.casework.dialogue.conversations import NewConversation, NewPassage, record_conversation
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.sight import who_has_opened
from clearinghouse.casework.subject_access.answer import NOTHING
from clearinghouse.casework.subject_access.approving import (
    approve_part,
    download_answer,
    hand_over,
)
from clearinghouse.casework.subject_access.holdings import ELSEWHERE, columns_of_cases, columns_of_regions
from clearinghouse.casework.subject_access.preparing import Marked, mark_passage, present_part, take_part
from clearinghouse.casework.subject_access.requests import end_request
from clearinghouse.casework.subject_access.views import (
    RequestPage,
    part_page,
    parts_due,
    request_page,
    requests_and_parts,
)
from clearinghouse.casework.subject_access.watching import watch_requests
from clearinghouse.casework.subject_access.working import Ground, Mark
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import Capacity
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.ledger import LedgerEvent, told
from clearinghouse.records.peers import Peer
from clearinghouse.records.sealed import Compartment
from clearinghouse.records.subject_access import (
    HandedHow,
    PartKind,
    PartState,
    RequestEnd,
    RequestState,
    SubjectPart,
)
from clearinghouse.records.tables import METADATA, inventory
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import again, person
from tests.factories.subject_access import NAME, approved, found, parts, prepared, request, version_of
from tests.worlds import Clock

TODAY = date(2026, 11, 23)
SOURCE = "Jo Bright"
HELD_BACK = Marked(Mark.WITHHOLD, Ground.SOURCE)


@dataclass(frozen=True)
class Town:
    """Two leads without links, and a case in which somebody spoke about whoever asks."""

    first: Actor
    second: Actor
    associate: Actor
    council: UUID
    case_id: UUID


@pytest.fixture
def world(sqlite_world: World) -> World:
    """None of these depends on the database."""
    return sqlite_world


@pytest.fixture
def town(world: World) -> Town:
    council = authority(world)
    leads = [person(world, Role.LEAD) for _ in range(2)]
    associate = person(world, Role.ASSOCIATE)
    logged = logged_case(world, associate, council, text=f"{NAME} bullies the officers.", source_name=SOURCE)
    return Town(*leads, associate, council, logged.case_id)


def talk(world: World, actor: Actor, case_id: UUID, text: str) -> None:
    told_of = NewConversation(TODAY, True, frozenset({Capacity.LEADER}), "The leader", (NewPassage(text),))
    record_conversation(world, actor, case_id, None, told_of)


def refused(*verbs: Callable[[], object]) -> None:
    for verb in verbs:
        with pytest.raises(NotFound):
            verb()


def answered(world: World, town: Town, name: str, given: Marked) -> str:
    """The text that somebody of that name gets."""
    request_id = request(world, town.first, name)
    part_id = parts(world, request_id)[0]
    approved(world, town.first, town.second, part_id, given)
    reference = request_page(world, town.first, request_id).line.reference
    return download_answer(world, town.first, part_id).text.replace(reference, "SA")


def test_who_is_told_nothing_cannot_tell_whether_there_is_anything(world: World, town: Town) -> None:
    """The councillor whom a source accused asks what is held, to learn whether there is a case."""
    nobody, accused = (answered(world, town, name, HELD_BACK) for name in ("Nadia Quill", NAME))
    assert nobody == accused
    assert NOTHING in accused


def test_a_lead_who_may_not_know_the_source_cannot_let_its_words_out(world: World, town: Town) -> None:
    """The accused would read the accusation, and know whose words they are."""
    part_id = parts(world, request(world, town.first))[0]
    take_part(world, town.first, part_id, version_of(world, part_id))
    assert [place.partition("/")[0] for place in found(world, part_id)] == ["concerns.text_sealed"]
    with pytest.raises(Invalid, match="source’s own words"):
        mark_passage(world, town.first, part_id, None, 0, Marked(Mark.INCLUDE))
    assert not part_page(world, town.first, part_id).passages[0].may_let_out
    add_to_case(world, town.second, town.case_id, None, town.first.person, Membership.CUSTODIAN)
    mark_passage(world, town.first, part_id, None, 0, Marked(Mark.INCLUDE))
    present_part(world, town.first, part_id, None)
    with pytest.raises(Refused, match="may know the source"):
        approve_part(world, town.second, part_id, version_of(world, part_id))
    add_to_case(world, town.first, town.case_id, None, town.second.person, Membership.CUSTODIAN)
    approve_part(world, town.second, part_id, version_of(world, part_id))


def test_a_lead_is_not_told_that_somebody_is_a_source(world: World, town: Town) -> None:
    """The lead who takes the request in would learn who raised a concern: from a part, a count, a day or an opening."""

    def seen(request_id: UUID) -> tuple[RequestPage, int]:
        page = request_page(world, town.first, request_id)
        same = replace(page.line, id=town.case_id, reference="SA")
        lines = tuple(replace(line, id=town.case_id, reference="SA") for line in page.parts)
        due = len([line for line in parts_due(world, town.first) if line.reference == page.line.reference])
        return replace(page, line=same, name="", parts=lines), due

    of_source, of_nobody = (request(world, town.first, name) for name in (SOURCE, "Nadia Quill"))
    assert not parts(world, of_source, PartKind.SOURCE)  # taking it in would take longer
    watch_requests(world)
    assert seen(of_source) == seen(of_nobody)
    part_id = parts(world, of_source, PartKind.SOURCE)[0]
    assert not parts(world, of_nobody, PartKind.SOURCE)
    refused(
        lambda: part_page(world, town.first, part_id),
        lambda: take_part(world, town.first, part_id, 1),
        lambda: approve_part(world, town.first, part_id, 1),
        lambda: download_answer(world, town.first, part_id),
    )
    assert [line.words for line in parts_due(world, town.associate)] == ["Who raised a concern"]
    custodian = person(world, Role.LEAD)
    add_to_case(world, town.first, town.case_id, None, custodian.person, Membership.CUSTODIAN)
    approved(world, town.associate, custodian, part_id, Marked(Mark.INCLUDE))
    assert SOURCE in part_page(world, custodian, part_id).given[0].text
    with world.reading(OPERATOR) as work:
        assert Compartment.SOURCE not in {each.compartment for each in who_has_opened(work, town.case_id)}
    assert SOURCE in download_answer(world, town.associate, part_id).text
    hand_over(world, town.associate, part_id, None, HandedHow.IN_PERSON, TODAY)
    assert seen(of_source) == seen(of_nobody)


def test_the_others_are_answered_whether_or_not_there_is_a_source(world: World, town: Town) -> None:
    """A request that stays open once all parts are done would say that there is one more."""
    request_id = request(world, town.first, SOURCE)
    watch_requests(world)
    region, source = parts(world, request_id)[0], parts(world, request_id, PartKind.SOURCE)[0]
    approved(world, town.first, town.second, region, HELD_BACK)
    download_answer(world, town.first, region)
    hand_over(world, town.first, region, None, HandedHow.POST, TODAY)
    assert request_page(world, town.first, request_id).line.state is RequestState.ANSWERED
    prepared(world, town.associate, source)
    assert parts_due(world, town.associate)


def test_an_old_request_that_waits_for_a_source_is_as_gone_as_others(
    world: World, clock: Clock, town: Town
) -> None:
    """What is still on a lead's list after three years, where others are not, would say that there is a source."""
    request_id = request(world, town.first, SOURCE)
    watch_requests(world)
    region, source = parts(world, request_id)[0], parts(world, request_id, PartKind.SOURCE)[0]
    approved(world, town.first, town.second, region, HELD_BACK)
    download_answer(world, town.first, region)
    hand_over(world, town.first, region, None, HandedHow.POST, TODAY)
    clock.pass_days(3 * 365)
    watch_requests(world)
    assert requests_and_parts(world, town.first) == ((), ())
    refused(lambda: request_page(world, town.first, request_id), lambda: part_page(world, town.first, region))
    assert part_page(world, town.associate, source).line.waits_for_me


def test_an_ended_request_ends_the_part_of_a_source_too(world: World, town: Town) -> None:
    """Somebody who could not show who they are would still be answered as the source."""
    request_id = request(world, town.first, SOURCE)
    watch_requests(world)
    source = parts(world, request_id, PartKind.SOURCE)[0]
    assert parts_due(world, town.associate)
    end_request(world, town.first, request_id, None, RequestEnd.NOT_IDENTIFIED, "No papers.")
    refused(lambda: part_page(world, town.associate, source))
    assert not parts_due(world, town.associate)
    watch_requests(world)
    with world.reading(OPERATOR) as work:
        row = work.session.get_one(SubjectPart, source)
        assert (row.state, row.source_working_sealed) == (PartState.ENDED, None)


def test_what_is_behind_a_leads_wall_is_a_part_that_they_never_see(world: World, town: Town) -> None:
    """A lead linked to the council would read its case through a name; or the case would be forgotten."""
    walled = person(world, Role.LEAD, walled_from=town.council)
    request_id = request(world, town.first)
    part_id = parts(world, request_id)[0]
    take_part(world, walled, part_id, version_of(world, part_id))
    assert found(world, part_id) == []
    _, beyond = parts(world, request_id)
    refused(
        lambda: part_page(world, walled, beyond),
        lambda: take_part(world, walled, beyond, version_of(world, beyond)),
    )
    assert [line.id for line in request_page(world, walled, request_id).parts] == [part_id]
    assert {line.id for line in parts_due(world, walled)} == {part_id}
    take_part(world, town.second, beyond, version_of(world, beyond))
    assert len(found(world, beyond)) == 1
    # One of equal right approves: who is linked elsewhere may not, whatever was or was not found.
    present_part(world, walled, part_id, None)
    other = person(world, Role.LEAD, walled_from=authority(world))
    refused(lambda: approve_part(world, other, part_id, version_of(world, part_id)))
    approve_part(world, town.first, part_id, version_of(world, part_id))


def test_a_link_makes_the_same_part_where_nothing_is_behind_it(world: World, town: Town) -> None:
    """That there is a part beyond links would say that the council behind them has a case."""
    lead = person(world, Role.LEAD, walled_from=authority(world))
    request_id = request(world, town.first, "Nadia Quill")
    part_id = parts(world, request_id)[0]
    take_part(world, lead, part_id, version_of(world, part_id))
    assert len(parts(world, request_id)) == 2
    take_part(world, lead, part_id, version_of(world, part_id))
    assert len(parts(world, request_id)) == 2


def test_who_is_linked_to_where_the_person_belongs_does_not_learn_that_they_asked(
    world: World, town: Town
) -> None:
    """A colleague would warn the councillor's friends, or the councillor's enemies."""
    walled = person(world, Role.LEAD, walled_from=town.council)
    request_id = request(world, town.first, authority_id=town.council)
    part_id = parts(world, request_id)[0]
    assert requests_and_parts(world, walled) == ((), ())
    refused(lambda: request_page(world, walled, request_id), lambda: part_page(world, walled, part_id))
    with pytest.raises(Invalid, match="from the list"):
        request(world, walled, authority_id=town.council)


def test_another_region_is_another_part_for_its_own_leads(world: World, town: Town) -> None:
    """A request would open every region's cases to one lead."""
    far = person(world, Role.LEAD, Region.LONDON)
    request_id = request(world, town.first, regions=(Region.NORTH_EAST, Region.LONDON))
    near_id, far_id = parts(world, request_id)
    take_part(world, town.first, near_id, version_of(world, near_id))
    assert len(found(world, near_id)) == 1
    refused(lambda: part_page(world, far, near_id), lambda: part_page(world, town.first, far_id))
    take_part(world, far, far_id, version_of(world, far_id))
    assert found(world, far_id) == []
    third = person(world, Role.LEAD, Region.SOUTH_WEST)
    assert requests_and_parts(world, third) == ((), ())
    refused(lambda: request_page(world, third, request_id))
    with pytest.raises(Invalid, match="your own region"):
        request(world, third, regions=(Region.NORTH_EAST,))


def test_the_register_of_peers_is_its_keepers_matter(world: World, town: Town) -> None:
    """A lead would read a peer's contact and interests, which are the coordinators' alone."""
    keepers = [person(world, Role.COORDINATOR, None) for _ in range(2)]
    add_peer(world)
    assert not parts(world, request(world, town.first, "Nadia Quill"), PartKind.PEERS)
    request_id = request(world, town.first)
    part_id = parts(world, request_id, PartKind.PEERS)[0]
    refused(
        lambda: part_page(world, town.first, part_id), lambda: request_page(world, keepers[0], request_id)
    )
    approved(world, keepers[0], keepers[1], part_id, Marked(Mark.INCLUDE))
    text = download_answer(world, keepers[1], part_id).text
    assert "0700 900 111" in text
    assert request_page(world, town.first, request_id).line.state is RequestState.OPEN


def add_peer(world: World) -> None:
    lists = {key: list[str]() for key in ("themes", "services", "authority_types", "regions")}
    numbers = dict.fromkeys(("days_offered", "days_used", "led_reviews"), 0)
    with world.unit_of_work(OPERATOR) as work:
        peer = work.add(
            Peer(
                code="P1", name=NAME, kind="officer", role="Director", seniority="", suspended=False,
                **lists, **numbers,
            )
        )  # fmt: skip
        peer.contact = "0700 900 111"
        work.session.flush()
        work.record(Event.PEER_RECORDED, Stream.PEER, peer.id)


def test_neither_the_database_nor_the_ledger_says_who_asks_or_what_was_found(
    world: World, town: Town
) -> None:
    """A copy of the database would tell who asked, and which case is about them."""
    talk(world, town.first, town.case_id, f"{NAME} and Tim Zabel met.")
    request_id = request(world, town.first, asked="canary-asked-77", contact="canary-contact-77")
    part_id = parts(world, request_id)[0]
    take_part(world, town.first, part_id, version_of(world, part_id))
    for number, place in enumerate(found(world, part_id)):
        theirs = place.startswith("concerns.")
        given = HELD_BACK if theirs else Marked(Mark.INCLUDE, black_out=("Tim Zabel",))
        mark_passage(world, town.first, part_id, None, number, given)
    present_part(world, town.first, part_id, None)
    approve_part(world, town.second, part_id, version_of(world, part_id))
    with world.database.engine.connect() as connection:
        tables = [table for table in METADATA.sorted_tables if table.name.startswith("subject_")]
        rows = [repr(tuple(row)) for table in tables for row in connection.execute(select(table))]
    assert rows
    written = (
        "Okell",
        "canary",
        "Zabel",
        "met",
        str(town.case_id),
        "concerns",
        "passages",
        Ground.SOURCE.words,
    )
    assert not [word for word in written for row in rows if word in row]
    with world.reading(OPERATOR) as work:
        events = work.session.scalars(
            select(LedgerEvent).where(LedgerEvent.type.startswith("subject-"))
        ).all()
        said = [repr(told(work.session, event).values) for event in events]
    assert len(said) > 5
    assert not [word for word in ("Okell", "canary", "Zabel") for each in said if word in each]


def test_every_sealed_column_is_looked_into_or_left_out_with_a_reason() -> None:
    """A new table of notes would be forgotten, and people told that nothing is held of them."""
    looked = {column.name for column in (*columns_of_cases(), *columns_of_regions())}
    left = set().union(*ELSEWHERE.values())
    own = {each.name for each in inventory() if each.name.startswith("subject_")}
    known = {column.name for column in inventory()}
    assert not looked & left
    assert known - looked - left - own == set()
    assert left <= known


def test_openings_stand_on_each_case_that_was_read(world: World, town: Town) -> None:
    """A lead would read a case through a name, and its page would not show it."""
    part_id = parts(world, request(world, town.first))[0]
    take_part(world, town.first, part_id, version_of(world, part_id))
    with world.reading(OPERATOR) as work:
        before = len(who_has_opened(work, town.case_id))
    part_page(world, again(world, town.first), part_id)
    with world.reading(OPERATOR) as work:
        openings = who_has_opened(work, town.case_id)
    assert len(openings) == before + 1
    assert (openings[0].by, openings[0].compartment) == (town.first.name, Compartment.CONCERN)
    assert part_page(world, town.first, part_id).line.state is PartState.PREPARING


def test_nobody_answers_themselves(world: World, town: Town) -> None:
    """A lead who asks would read, or let out, what two others should decide about."""
    namesake = person(world, Role.LEAD, name="Margaret  OKELL")
    part_id = parts(world, request_id := request(world, town.first))[0]
    assert requests_and_parts(world, namesake) == ((), ())
    refused(
        lambda: request_page(world, namesake, request_id),
        lambda: part_page(world, namesake, part_id),
        lambda: take_part(world, namesake, part_id, 1),
    )
    with pytest.raises(Invalid, match="your own name"):
        request(world, namesake)
