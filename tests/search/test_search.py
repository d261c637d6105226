"""What a search finds, for each role what the policy says, and what it leaves behind."""

from collections.abc import Callable
from datetime import date
from uuid import UUID, uuid4

import pytest

from clearinghouse.access.decision import Membership
from clearinghouse.access.roles import OPERATOR, Actor, Region, Role
from clearinghouse.casework.dialogue.brokerage import NewAsk, ask_political_lead
from clearinghouse.casework.dialogue.conversations import NewConversation, NewPassage, record_conversation
from clearinghouse.casework.errors import Invalid, NotFound
from clearinghouse.casework.search.asking import Asked
from clearinghouse.casework.search.looking import Patience
from clearinghouse.casework.search.searches import make_search, search_page
from clearinghouse.casework.sight import who_has_opened
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import Capacity, Nature, Route
from clearinghouse.records import ledger
from clearinghouse.records.cases import CaseMember
from clearinghouse.records.convergence import CaseJoin
from clearinghouse.records.events import Event
from clearinghouse.records.sealed import Compartment
from clearinghouse.records.searched import TextKind
from tests.factories.authorities import authority
from tests.factories.cases import logged_case, triaged_case
from tests.factories.people import again, person
from tests.search.conftest import search

Find = Callable[..., set[UUID]]


def talk(world: World, actor: Actor, case_id: UUID, words: str) -> None:
    """A conversation with the leader, in one passage."""
    given = NewConversation(
        world.today, True, frozenset({Capacity.LEADER}), "Cllr Åsa Łukasz", (NewPassage(words),)
    )
    record_conversation(world, actor, case_id, None, given)


def test_words_phrases_and_headers_are_found_together(world: World, find: Find) -> None:
    """What was said in one place of the case and what stands in its header would have to be looked for apart."""
    lead = person(world, Role.LEAD)
    case_id = triaged_case(world, lead, authority(world, "Oxtown Borough Council"))
    other = triaged_case(world, lead, authority(world, "Munbridge Council"))
    talk(world, lead, case_id, "The leader’s follow-up on adult social care was late.")
    assert find(lead, "thresholds") == {case_id, other}
    assert find(lead, "oxtown THRESHOLDS leaders") == {case_id}
    assert find(lead, '"adult social" follow-up') == {case_id}
    assert find(lead, '"social adult"') == set()
    assert find(lead, "asa lukasz") == {case_id}
    assert find(lead, "ocial") == set()  # words are found by their beginning
    assert find(lead, "oxtown munbridge") == set()


def test_what_is_found_is_shown_as_it_was_typed_and_marked(world: World) -> None:
    lead = person(world, Role.LEAD)
    case_id = triaged_case(world, lead, authority(world, "Oxtown Borough Council"))
    talk(world, lead, case_id, "<b>Siân’s</b> follow-up was late.")
    found = search(world, lead, "sians oxtown").found[0]
    assert found.id == case_id
    assert [(piece.text, piece.found) for piece in found.places[0].pieces] == [
        ("<b>", False),
        ("Siân’s", True),
        ("</b> follow-up was late.", False),
    ]
    assert found.places[0].kind is TextKind.CONVERSATIONS
    assert [piece.text for piece in found.authorities[0] if piece.found] == ["Oxtown"]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("  ", "Enter what to look for"),
        ("a", "at least 2"),
        ("?!", "at least 2"),
        ("\ud800\0", "at least 2"),
        ("x" * 201, "200 characters"),
        (" ".join(f"w{each}" for each in range(30)), "20 words"),
    ],
)
def test_too_little_and_too_much_is_said_beside_the_field(world: World, words: str, problem: str) -> None:
    with pytest.raises(Invalid, match=problem) as refused:
        make_search(world, person(world, Role.LEAD), Asked(words))
    assert list(refused.value.problems) == ["words"]


def test_filters_narrow(world: World, find: Find) -> None:
    lead = person(world, Role.LEAD, None)
    here, there = (
        triaged_case(world, lead, authority(world, f"{name} Council", region))
        for name, region in (("Oxtown", Region.NORTH_EAST), ("Leyford", Region.LONDON))
    )
    assert find(lead, "thresholds", region=Region.LONDON) == {there}
    assert find(lead, "thresholds", nature=Nature.PARTNERSHIP) == set()
    assert find(lead, "thresholds", logged_from=world.today, logged_to=world.today) == {here, there}
    assert find(lead, "thresholds", logged_to=date(2026, 11, 22)) == set()
    assert find(lead, "thresholds", TextKind.CONVERSATIONS) == set()
    assert find(lead, "oxtown thresholds", TextKind.CONCERN) == set()
    assert find(lead, "oxtown", TextKind.HEADER) == {here}
    assert find(lead, "thresholds", mine=True) == {here, there}
    with world.unit_of_work(OPERATOR) as work:
        work.session.query(CaseMember).filter_by(case_id=there).delete()
    assert find(lead, "thresholds", mine=True) == {here}


def test_each_role_finds_what_it_may_read_and_no_more(world: World, find: Find) -> None:
    """A search that asks another question than the case's page does shows what the page hides."""
    associate, lead = person(world, Role.ASSOCIATE), person(world, Role.LEAD)
    council = authority(world, "Oxtown Borough Council")
    case_id = logged_case(world, associate, council, text="The zebracorn is overdue.").case_id
    reads = (associate, lead)
    sees = (
        person(world, Role.ASSOCIATE),
        person(world, Role.RIEP_OFFICER),
        person(world, Role.COORDINATOR, None),
        person(world, Role.AUDIT_OFFICER, None),
    )
    hidden = (
        person(world, Role.LEAD, Region.LONDON),
        person(world, Role.ASSOCIATE, Region.LONDON),
        person(world, Role.POLITICAL_LEAD),
        person(world, Role.LEAD, walled_from=council),
        person(world, Role.COORDINATOR, None, walled_from=council),
    )
    for who in reads:
        assert find(who, "zebracorn") == find(who, "oxtown zebracorn") == {case_id}
    for who in sees:
        assert find(who, "zebracorn") == find(who, "oxtown zebracorn") == set()
        assert find(who, "oxtown") == {case_id}
    for who in hidden:
        assert find(who, "zebracorn") == find(who, "oxtown") == set()
    for role in (Role.ADMINISTRATOR, Role.REGULATOR):
        with pytest.raises(NotFound):
            find(person(world, role, None), "zebracorn")


def test_who_raised_it_is_found_by_those_who_may_know_and_only_when_asked_for(
    world: World, find: Find
) -> None:
    """A name in a snippet on a screen in a meeting would be the worst that can happen."""
    associate, lead = person(world, Role.ASSOCIATE), person(world, Role.LEAD)
    case_id = logged_case(world, associate, authority(world), source_name="Wren Yellowhammer").case_id
    assert find(associate, "yellowhammer") == set()
    assert find(associate, "yellowhammer", TextKind.SOURCE) == {case_id}
    assert find(lead, "yellowhammer", TextKind.SOURCE) == set()
    with world.unit_of_work(OPERATOR) as work:
        custodian = CaseMember(
            case_id=case_id, user_id=lead.person, membership=Membership.CUSTODIAN, due_on=work.today
        )
        work.session.add(custodian)
    assert find(lead, "yellowhammer", TextKind.SOURCE) == {case_id}
    with world.reading(OPERATOR) as work:
        opened = ledger.entries(work.session, case_id, Event.SOURCE_OPENED)
    assert [entry.actor for entry in opened] == [str(lead.person), str(associate.person)]


def test_a_political_lead_finds_what_was_asked_of_them_alone(world: World, find: Find) -> None:
    """Another political lead reads who was asked, and no word; the case itself none of them reads."""
    lead, mine, other = (
        person(world, Role.LEAD),
        person(world, Role.POLITICAL_LEAD, None),
        person(world, Role.POLITICAL_LEAD, None),
    )
    case_id = triaged_case(world, lead, authority(world), Route.POLITICAL_BROKERAGE)
    ask_political_lead(
        world, lead, case_id, None, NewAsk(mine.person, "Calm the quokka debate.", world.today)
    )
    assert find(mine, "quokka") == {case_id}
    assert find(other, "quokka") == set()
    assert find(mine, "thresholds") == find(other, "thresholds") == set()


def test_a_search_is_in_the_ledger_and_so_is_each_case_that_it_opened(world: World) -> None:
    """Snippets are narrative: whoever read them would not stand among those who opened the case."""
    lead = person(world, Role.LEAD)
    case_id = triaged_case(world, lead, authority(world, "Oxtown Borough Council"))
    other = triaged_case(world, lead, authority(world, "Munbridge Council"))
    page = search(world, lead, "oxtown thresholds")
    with world.reading(OPERATOR) as work:
        made = ledger.entries(work.session, lead.person, Event.SEARCH_MADE, Event.SEARCH_ANSWERED)
        assert [entry.type for entry in made] == [Event.SEARCH_ANSWERED, Event.SEARCH_MADE]
        assert made[0].facts == {"search": str(page.id), "looked_at": 2, "hits": 1}
        assert "oxtown" not in str(made[1].facts)
        opening = who_has_opened(work, case_id)[0]
        assert (opening.by, opening.compartment, opening.role) == (lead.name, Compartment.CONCERN, Role.LEAD)
        assert opening.in_search
        assert not any(each.in_search for each in who_has_opened(work, other))


def test_a_hit_in_the_header_alone_opens_nothing(world: World) -> None:
    lead = person(world, Role.LEAD)
    case_id = triaged_case(world, lead, authority(world, "Oxtown Borough Council"))
    assert len(search(world, lead, "oxtown").found) == 1
    with world.reading(OPERATOR) as work:
        assert not any(each.in_search for each in who_has_opened(work, case_id))


def test_nobody_reads_what_somebody_else_searched_for(world: World) -> None:
    lead, other = person(world, Role.LEAD), person(world, Role.LEAD)
    search_id = make_search(world, lead, Asked("the quokka"))
    for one in (search_id, uuid4()):
        with pytest.raises(NotFound):
            search_page(world, other, one)


def test_a_search_goes_on_where_patience_ran_out_and_finds_each_once(world: World) -> None:
    lead = person(world, Role.LEAD)
    council = authority(world)
    cases = [triaged_case(world, lead, council) for _ in range(3)]
    search_id = make_search(world, lead, Asked("thresholds"))
    found, mark = [], None
    for step in (1, 2, 3):
        page = search_page(world, lead, search_id, mark, Patience(most_bytes=1))
        assert (page.looked_at, page.cases, page.found_in_all) == (step, 3, step)
        found += [each.id for each in page.found]
        mark = page.next
    last = search_page(world, lead, search_id, mark)
    assert (found, last.found, last.next, last.cases) == (cases[::-1], (), None, None)


def test_rights_that_end_between_the_pages_end_the_search(world: World) -> None:
    associate = person(world, Role.ASSOCIATE)
    case_id = logged_case(world, associate, authority(world)).case_id
    search_id = make_search(world, associate, Asked("thresholds"))
    assert [each.id for each in search_page(world, associate, search_id).found] == [case_id]
    with world.unit_of_work(OPERATOR) as work:
        work.session.query(CaseMember).filter_by(case_id=case_id).delete()
    assert not search_page(world, again(world, associate), search_id).found


def test_what_was_joined_into_a_case_behind_a_wall_is_not_even_counted(world: World) -> None:
    """How many cases there are to look through would say that a case is carried on in one that is hidden."""
    hidden, behind = authority(world), authority(world, "Oxtown Council", Region.LONDON)
    lead = person(world, Role.LEAD, walled_from=hidden)
    other = person(world, Role.LEAD, Region.LONDON)
    kept = triaged_case(world, person(world, Role.LEAD), hidden)
    joined, further = (triaged_case(world, other, behind) for _ in range(2))
    with world.unit_of_work(OPERATOR) as work:
        for onward, each in ((kept, joined), (joined, further)):
            work.add(CaseJoin(case_id=onward, joined_id=each, joined_by=other.person, joined_at=work.now))
    own = triaged_case(world, lead, authority(world, "Fenwick Council"))
    page = search_page(
        world, lead, make_search(world, lead, Asked("thresholds")), None, Patience(most_bytes=1)
    )
    assert ([each.id for each in page.found], page.looked_at, page.cases) == ([own], 1, 1)


def test_why_it_was_decided_is_found_too(world: World, find: Find) -> None:
    lead = person(world, Role.LEAD)
    case_id = triaged_case(world, lead, authority(world))
    assert find(lead, "knows them") == {case_id}
