"""Logging a concern in the browser, without a script: nothing typed is lost, and nobody else comes near a draft."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.drafts import my_drafts
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import Nature
from clearinghouse.records.cases import Case, Concern, Source
from clearinghouse.records.people import AuthorityLink, LinkKind
from tests.factories.authorities import authority
from tests.factories.people import again, person
from tests.web.form_fillers import FormFiller, words_of
from tests.worlds import Clock

TEXT = "Thresholds are not understood.\nTwo managers <have> left."
ANSWERS: dict[str, dict[str, object]] = {
    "nature": {"nature": "service", "service": "Children’s services"},
    "risk": {"risk": "no"},
    "said": {"text": TEXT},
    "learned": {"how_known": "A telephone call", "noticed_on": ["20", "11", "2026"]},
    "source": {"source_name": "Jo Bright", "source_contact": "", "source_position": "Head of service"},
}


@pytest.fixture
def council(sqlite_world: World) -> UUID:
    person(sqlite_world, Role.LEAD, name="Ravi Singh")
    return authority(sqlite_world)


@pytest.fixture
def associate(sqlite_world: World, council: UUID) -> Actor:
    return person(sqlite_world, Role.ASSOCIATE, name="Asha Pole")


@pytest.fixture
def asha(site: Flask, sqlite_world: World, associate: Actor) -> FormFiller:
    return FormFiller(site, sqlite_world, associate)


def begin(visitor: FormFiller) -> str:
    """Begin a draft; gives its address."""
    visitor.get("/concerns/new")
    visitor.post("/concerns/new")
    return visitor.path.removesuffix("/authority")


def answer_all(visitor: FormFiller, draft: str, council: UUID, **other: dict[str, object]) -> None:
    """Answer every page, as far as the last one that shows the answers."""
    visitor.get(f"{draft}/authority?q=midth")
    visitor.post(f"{draft}/authority", authority=str(council), q="midth")
    for slug, typed in (ANSWERS | other).items():
        visitor.get(f"{draft}/{slug}")
        assert visitor.post(f"{draft}/{slug}", **typed).status_code == 200


def test_a_concern_is_logged_page_by_page_and_says_before_who_will_see_it(
    sqlite_world: World, asha: FormFiller, council: UUID
) -> None:
    draft = begin(asha)
    answer_all(asha, draft, council)
    assert asha.path == f"{draft}/check"
    shown = words_of(asha.page)
    for words in (
        "Midthorpe Council",
        "A service",
        "20 November 2026",
        "Jo Bright",
        "Two managers <have> left.",
    ):
        assert words in shown
    assert "You (Asha Pole) and the lead who can triage it: Ravi Singh." in shown
    assert "You cannot delete a concern after you log it. You can correct it." in shown
    asha.post(f"{draft}/check")
    confirmed = words_of(asha.page)
    with sqlite_world.reading(Actor(None, "test")) as work:
        case = work.session.scalars(select(Case)).one()
        concern = work.session.scalars(select(Concern)).one()
        source = work.session.scalars(select(Source)).one()
        assert (concern.text, concern.how_known, concern.nature) == (TEXT, "A telephone call", Nature.SERVICE)
        case_id, reference = case.id, case.reference
        assert (source.name, source.position, source.contact) == ("Jo Bright", "Head of service", "")
    assert asha.path == f"/concerns/logged/{case_id}"
    assert reference in confirmed
    assert "Ravi Singh triages it by Wednesday 25 November 2026" in confirmed
    asha.get("/concerns/new")
    assert "You have no drafts" in words_of(asha.page)


def test_a_lead_who_logs_is_not_told_of_themselves_and_can_open_the_source_again(
    sqlite_world: World, site: Flask, council: UUID
) -> None:
    lead = person(sqlite_world, Role.LEAD, name="Bea Marsh")
    bea = FormFiller(site, sqlite_world, lead)
    draft = begin(bea)
    answer_all(bea, draft, council)
    assert "You (Bea Marsh) and the lead who can triage it: Ravi Singh." in words_of(bea.page)
    bea.post(f"{draft}/check")
    case_id = UUID(bea.path.rsplit("/", 1)[1])
    assert Permission.SOURCE_READ in case_header(sqlite_world, lead, case_id).permissions


def test_a_draft_sent_twice_is_logged_once_and_leads_to_the_same_place(
    sqlite_world: World, asha: FormFiller, council: UUID
) -> None:
    draft = begin(asha)
    answer_all(asha, draft, council)
    last_page = asha.page
    asha.post(f"{draft}/check")
    first = asha.path
    asha.page = last_page
    asha.post(f"{draft}/check")
    assert asha.path == first
    with sqlite_world.reading(Actor(None, "test")) as work:
        assert len(work.session.scalars(select(Concern)).all()) == 1


@pytest.mark.parametrize(
    ("slug", "typed", "problem", "kept"),
    [
        ("nature", {"service": "Planning"}, "Select what kind of difficulty it is", 'value="Planning"'),
        ("risk", {}, "Select yes if anybody is at risk of harm now", ""),
        ("said", {"text": " \n"}, "Enter what was said", ""),
        ("said", {"text": "Long " * 4001}, "must be 20,000 characters or fewer", "Long Long"),
        (
            "learned",
            {"how_known": "A call", "noticed_on": ["31", "2", "2026"]},
            "The date you learned of it must be a real date, like 27 3 2026",
            'value="31"',
        ),
        (
            "learned",
            {"how_known": "A call", "noticed_on": ["24", "11", "2026"]},
            "must be 23 November 2026 or earlier",
            "A call",
        ),
    ],
)
def test_an_answer_refused_is_said_beside_its_field_and_what_was_typed_stays_on_the_page_and_in_the_draft(
    asha: FormFiller, slug: str, typed: dict[str, object], problem: str, kept: str
) -> None:
    draft = begin(asha)
    asha.get(f"{draft}/{slug}")
    refused = asha.post(f"{draft}/{slug}", **typed)
    assert refused.status_code == 422
    assert words_of(asha.page).count(problem) == 2, "in the summary and beside the field"
    assert "<title>Error: " in asha.page
    assert kept in asha.page
    asha.get(f"{draft}/{slug}")
    assert kept in asha.page


def test_what_the_script_saves_is_there_another_day_and_the_other_pages_stay(
    sqlite_world: World, site: Flask, asha: FormFiller, associate: Actor, clock: Clock
) -> None:
    draft = begin(asha)
    asha.get(f"{draft}/nature")
    asha.post(f"{draft}/nature", nature="political", service="")
    asha.get(f"{draft}/said")
    assert asha.post(f"{draft}/said/draft", text="Half a sen").status_code == 204
    clock.pass_days(3)
    later = FormFiller(site, sqlite_world, again(sqlite_world, associate))
    later.get("/concerns/new")
    assert "Saved 23 November 2026 at 9:30am" in words_of(later.page)
    later.get(f"{draft}/said")
    assert ">Half a sen</textarea>" in later.page.replace("\n", "")
    assert "Draft saved at 9:30am" in words_of(later.page)
    later.get(f"{draft}/nature")
    assert 'value="political" checked' in later.page


def test_a_person_linked_to_the_council_is_told_and_names_it_not(
    sqlite_world: World, site: Flask, council: UUID
) -> None:
    linked = FormFiller(site, sqlite_world, person(sqlite_world, Role.ASSOCIATE, walled_from=council))
    draft = begin(linked)
    linked.get(f"{draft}/authority?q=midthorpe")
    refused = linked.post(f"{draft}/authority", authority=str(council), q="midthorpe")
    assert refused.status_code == 422
    assert "You are linked to this authority. Ask a colleague" in words_of(linked.page)
    assert 'value="midthorpe"' in linked.page


def test_a_link_declared_after_the_draft_was_written_keeps_it_from_being_logged(
    sqlite_world: World, asha: FormFiller, associate: Actor, council: UUID
) -> None:
    draft = begin(asha)
    answer_all(asha, draft, council)
    with sqlite_world.unit_of_work(associate) as work:
        link = AuthorityLink(
            user_id=associate.person,
            authority_id=council,
            kind=LinkKind.FAMILY,
            declared_at=work.now,
        )
        work.add(link)
    assert asha.post(f"{draft}/check").status_code == 422
    assert "You are linked to this authority" in words_of(asha.page)
    assert "Two managers" in asha.page
    with sqlite_world.reading(associate) as work:
        assert work.session.scalars(select(Concern)).all() == []


def test_a_partnership_names_several_authorities_the_first_leads_and_one_can_be_taken_out(
    sqlite_world: World, asha: FormFiller, council: UUID
) -> None:
    other = authority(sqlite_world, "Oxtown Council", Region.SOUTH_EAST)
    draft = begin(asha)
    for each, words in ((council, "midthorpe"), (other, "oxtown")):
        asha.get(f"{draft}/authority?q={words}")
        asha.post(f"{draft}/authority", authority=str(each), q=words)
    assert "Lead authority Midthorpe Council" in words_of(asha.page)
    assert "Also concerned Oxtown Council" in words_of(asha.page)
    asha.post(f"{draft}/authority/remove", authority=str(council))
    assert "Lead authority Oxtown Council" in words_of(asha.page)


def test_nobody_else_opens_changes_logs_or_discards_a_draft(
    sqlite_world: World, site: Flask, asha: FormFiller, council: UUID, associate: Actor
) -> None:
    draft = begin(asha)
    answer_all(asha, draft, council)
    colleague = FormFiller(site, sqlite_world, person(sqlite_world, Role.ASSOCIATE))
    missing = colleague.get("/concerns/new/nothing").text
    for path in ("", "/authority", "/said", "/check", "/discard"):
        assert colleague.get(draft + path).status_code == 404
        assert colleague.page == missing
    colleague.get("/concerns/new")
    for path in ("/authority", "/authority/remove", "/said", "/said/draft", "/check", "/discard"):
        page = colleague.page
        assert colleague.post(draft + path, text="Mine", authority=str(council)).status_code == 404
        colleague.page = page
    assert len(my_drafts(sqlite_world, associate)) == 1


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.ADMINISTRATOR, Role.POLITICAL_LEAD])
def test_who_logs_no_concerns_finds_no_such_page(sqlite_world: World, site: Flask, role: Role) -> None:
    assert FormFiller(site, sqlite_world, person(sqlite_world, role)).get("/concerns/new").status_code == 404


def test_a_draft_is_discarded_only_after_it_is_asked(asha: FormFiller) -> None:
    draft = begin(asha)
    asha.get(f"{draft}/discard")
    assert "This cannot be undone" in words_of(asha.page)
    asha.post(f"{draft}/discard")
    assert "The draft is discarded." in words_of(asha.page)
    assert asha.get(draft).status_code == 404


def test_an_unfinished_draft_goes_on_at_its_first_open_question_and_cannot_be_logged(
    sqlite_world: World, asha: FormFiller, council: UUID
) -> None:
    draft = begin(asha)
    asha.get(draft)
    assert asha.path == f"{draft}/authority"
    answer_all(asha, draft, council)
    asha.get(f"{draft}/said")
    asha.post(f"{draft}/said", text="")
    asha.post(f"{draft}/check")
    assert asha.path == f"{draft}/said"
    with sqlite_world.reading(Actor(None, "test")) as work:
        assert work.session.scalars(select(Concern)).all() == []


def test_people_at_risk_are_shown_the_way_to_refer_at_once(asha: FormFiller, council: UUID) -> None:
    draft = begin(asha)
    answer_all(asha, draft, council, risk={"risk": "yes"})
    assert "People at risk wait for nobody" not in words_of(asha.page)
    assert "This waits for nobody" in words_of(asha.page)
    asha.post(f"{draft}/check")
    assert "refer it at once" in words_of(asha.page)


def test_a_form_elsewhere_keeps_what_is_typed_for_its_author_alone_without_its_tokens(
    sqlite_world: World, asha: FormFiller, associate: Actor
) -> None:
    asha.get("/concerns/new")
    assert (
        asha.post("/drafts/conversation:1", note="Half", capacities=["leader", "deputy"]).status_code == 204
    )
    kept = my_drafts(sqlite_world, associate, "conversation:")[0]
    assert kept.answers == {"note": ("Half",), "capacities": ("leader", "deputy")}
    asha.get("/concerns/new")
    assert asha.post("/drafts/Not%20a%20name", note="Half").status_code == 404
