"""The life of a team's members: asked, answered, confirmed, replaced; and what comes up about them afterwards."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from email import message_from_string
from email.message import EmailMessage
from uuid import UUID

import pytest
from sqlalchemy import func, select

from clearinghouse.access.roles import OPERATOR, Actor, Role
from clearinghouse.casework.clock import tick
from clearinghouse.casework.correction import Swap, correct_authority
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.mail.letters import LetterKind
from clearinghouse.casework.peers import posting
from clearinghouse.casework.peers.importing import import_peers
from clearinghouse.casework.peers.invitations import email_in
from clearinghouse.casework.peers.register import declare_interest, peer_page, restore_peer, suspend_peer
from clearinghouse.casework.teams.answering import Answer, Declared, record_answer
from clearinghouse.casework.teams.asking import ask_members, spoken_code_of, withdraw_invitation
from clearinghouse.casework.teams.assigning import assign_team
from clearinghouse.casework.teams.choosing import (
    TeamNeeds,
    add_to_team,
    choose_leader,
    propose_team,
    remove_from_team,
)
from clearinghouse.casework.teams.confirming import confirm_member
from clearinghouse.casework.teams.feedback import Feedback, record_feedback
from clearinghouse.casework.teams.own_page import (
    answer_own,
    declare_own,
    give_own_feedback,
    open_own_page,
    own_page,
)
from clearinghouse.casework.teams.pages import team_page
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.notices.mail import MailSettings
from clearinghouse.protocol.conflicts import Rule
from clearinghouse.protocol.invitations import (
    DeclineReason,
    FeedbackFrom,
    InterestKind,
    InvitationState,
    Rating,
)
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.records import ledger
from clearinghouse.records.authorities import Authority, AuthorityLineage
from clearinghouse.records.duties import Duty, DutyState, Letter
from clearinghouse.records.peer_invitations import PeerConflictRaised, PeerInvitation, PeerLetter
from clearinghouse.records.peers import Peer
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.peers import code_of, peer, peer_file
from tests.factories.people import person
from tests.factories.teams import YES, confirm_all, send_team
from tests.worlds import Clock

NEEDS = TeamNeeds(date(2026, 12, 7), date(2026, 12, 18), 4)
ANSWER_BY = date(2026, 11, 30)
NO = Answer(accepts=False, reason=DeclineReason.DAYS)
CANARY = "canary-sister-housing-5512"


@dataclass
class Scene:
    """A team of three without conflicts, nobody asked yet."""

    world: World
    lead: Actor
    coordinator: Actor
    council: UUID
    case_id: UUID
    team: UUID
    peers: tuple[UUID, ...]

    @property
    def act(self) -> tuple[World, Actor, UUID, None, UUID]:
        """What every verb of the coordinator begins with."""
        return self.world, self.coordinator, self.case_id, None, self.team

    def ask(self, *peers: UUID) -> None:
        """Ask these, or all."""
        ask_members(*self.act, peers or self.peers, ANSWER_BY)

    def states(self) -> dict[UUID, InvitationState]:
        """How far each has come who was asked."""
        with self.world.reading(OPERATOR) as work:
            rows = work.session.scalars(select(PeerInvitation).order_by(PeerInvitation.id))
            return {row.peer_id: row.state for row in rows}

    def owed(self) -> set[DutyKind]:
        """What is open about the team's members."""
        kinds = (DutyKind.CONFIRM_PEER, DutyKind.REPLACE_PEER, DutyKind.PEER_CONFLICT, DutyKind.TEAM_FEEDBACK)
        with self.world.reading(OPERATOR) as work:
            query = select(Duty.kind).where(Duty.state == DutyState.OPEN, Duty.kind.in_(kinds))
            return set(work.session.scalars(query))

    def told(self, kind: LetterKind) -> set[UUID]:
        """Who has a letter of the kind waiting."""
        with self.world.reading(OPERATOR) as work:
            return set(work.session.scalars(select(Letter.user_id).where(Letter.kind == kind)))

    def visit(self, peer_id: UUID) -> str:
        """The peer's own page, opened with the link and the code."""
        with self.world.reading(OPERATOR) as work:
            query = select(PeerLetter).where(PeerLetter.peer_id == peer_id).order_by(PeerLetter.id.desc())
            letter = work.session.scalars(query).first()
            assert letter is not None
            token, invitation = letter.token, letter.invitation_id
        return open_own_page(self.world, token, spoken_code_of(self.world, invitation), "192.0.2.1")


def scene_of(world: World) -> Scene:
    """Make it."""
    lead, coordinator = person(world, Role.LEAD), person(world, Role.COORDINATOR, None)
    council = authority(world)
    case_id = triaged_case(world, lead, council)
    names = {"Dinah Oke": "Oxtown", "Priya Natarajan": "Calderwick", "Ada Holt": "Stourley"}
    peers = tuple(
        peer(world, name, authority(world, f"{place} Council"), contact=f"{place.lower()}@peers.example")
        for name, place in names.items()
    )
    team = propose_team(world, coordinator, case_id, None, NEEDS)
    for each in peers:
        add_to_team(world, coordinator, case_id, None, team, each)
    choose_leader(world, coordinator, case_id, None, team, peers[0])
    return Scene(world, lead, coordinator, council, case_id, team, peers)


@pytest.fixture
def scene_in() -> Callable[[World], Scene]:
    return scene_of


@pytest.fixture
def scene(sqlite_world: World) -> Scene:
    return scene_of(sqlite_world)


def test_a_member_is_asked_says_yes_and_is_confirmed_before_the_team_goes(
    world: World, scene_in: Callable[[World], Scene]
) -> None:
    scene = scene_in(world)
    one, two, three = scene.peers
    with pytest.raises(Refused, match="Not asked yet: Dinah Oke, Priya Natarajan, Ada Holt"):
        assign_team(*scene.act)
    scene.ask()
    with pytest.raises(Refused, match="Asked, and no answer yet: Dinah Oke"):
        assign_team(*scene.act)
    with pytest.raises(Refused, match="Has been asked already"):
        scene.ask(one)
    assert answer_own(world, scene.visit(one), YES) is InvitationState.ACCEPTED
    assert scene.owed() == {DutyKind.CONFIRM_PEER}
    assert scene.told(LetterKind.PEER_ANSWER) == {scene.coordinator.id}
    with pytest.raises(Refused, match="Accepted, and not confirmed yet: Dinah Oke"):
        assign_team(*scene.act)
    confirm_all(world, scene.coordinator, scene.case_id, scene.team, (two, three))
    confirm_member(*scene.act, one)
    assert scene.owed() == set()
    assign_team(*scene.act)
    assert set(scene.states().values()) == {InvitationState.CONFIRMED}
    assert verify(world).faults == ()


def test_nobody_hears_anything_while_one_of_them_is_blocked(scene: Scene) -> None:
    """Conflicts are checked before anyone is contacted: a council's name once told cannot be taken back."""
    suspend_peer(scene.world, scene.coordinator, scene.peers[1])
    with pytest.raises(Refused, match="Priya Natarajan: Accreditation is suspended"):
        scene.ask()
    assert scene.states() == {}
    with scene.world.reading(OPERATOR) as work:
        assert work.session.scalar(select(func.count()).select_from(PeerLetter)) == 0


def test_an_answer_is_asked_for_between_today_and_the_first_day(scene: Scene, clock: Clock) -> None:
    for wrong in (date(2026, 11, 20), date(2026, 12, 8)):
        with pytest.raises(Invalid) as problem:
            ask_members(*scene.act, scene.peers, wrong)
        assert set(problem.value.problems) == {"answer_by"}
    clock.pass_days(20)
    with pytest.raises(Refused, match="first day of the work has passed"):
        ask_members(*scene.act, scene.peers, scene.world.today)


def test_who_says_no_opens_the_place_and_the_rest_stay(scene: Scene) -> None:
    scene.ask()
    one, two, _ = scene.peers
    record_answer(*scene.act, one, YES)
    assert record_answer(*scene.act, two, NO) is InvitationState.DECLINED
    page = team_page(scene.world, scene.coordinator, scene.case_id)
    assert page.proposed is not None
    assert {member.name for member in page.proposed.members} == {"Dinah Oke", "Ada Holt"}
    assert [(each.peer, each.reason) for each in page.lives[scene.team].gone] == [
        ("Priya Natarajan", DeclineReason.DAYS)
    ]
    assert scene.owed() == {DutyKind.CONFIRM_PEER, DutyKind.REPLACE_PEER}
    other = peer(scene.world, "Ben Marsh", authority(scene.world, "Marlow Council"))
    add_to_team(*scene.act, other)
    assert scene.owed() == {DutyKind.CONFIRM_PEER}
    assert scene.states()[one] is InvitationState.ACCEPTED


def test_an_answer_that_does_not_come_is_chased_and_may_still_be_told(scene: Scene, clock: Clock) -> None:
    scene.ask()
    clock.pass_days(7)
    tick(scene.world)
    assert set(scene.states().values()) == {InvitationState.ASKED}, "the last day is still theirs"
    clock.pass_days(1)
    assert tick(scene.world).failures == ()
    assert set(scene.states().values()) == {InvitationState.NO_ANSWER}
    assert scene.owed() == {DutyKind.REPLACE_PEER}
    assert scene.coordinator.id in scene.told(LetterKind.PEER_ANSWER)
    record_answer(*scene.act, scene.peers[0], YES)
    ask_members(*scene.act, scene.peers[1:], date(2026, 12, 4))
    assert scene.owed() == {DutyKind.CONFIRM_PEER}


def test_what_the_peer_declares_keeps_them_out_and_stays_sealed(scene: Scene) -> None:
    scene.ask()
    declared = Declared(InterestKind.FAMILY, CANARY)
    with pytest.raises(Invalid):
        record_answer(*scene.act, scene.peers[0], Answer(accepts=True))
    with pytest.raises(Invalid):
        record_answer(*scene.act, scene.peers[0], Answer(True, Declared(InterestKind.FAMILY, " ")))
    state = answer_own(scene.world, scene.visit(scene.peers[0]), Answer(True, declared))
    assert state is InvitationState.CONFLICTED
    assert scene.owed() == {DutyKind.PEER_CONFLICT}
    assert {scene.coordinator.id, scene.lead.id} <= scene.told(LetterKind.PEER_CONFLICT)
    with pytest.raises(Refused, match="Has declared an interest"):
        confirm_member(*scene.act, scene.peers[0])
    for reader in (scene.lead, scene.coordinator):
        assert CANARY not in repr(team_page(scene.world, reader, scene.case_id))
    with scene.world.reading(OPERATOR) as work:
        assert CANARY not in repr(ledger.entries(work.session, scene.case_id))
    remove_from_team(*scene.act, scene.peers[0])
    assert scene.owed() == {DutyKind.REPLACE_PEER}


def _suspended(scene: Scene, peer_id: UUID) -> None:
    suspend_peer(scene.world, scene.coordinator, peer_id)


def _interest(scene: Scene, peer_id: UUID) -> None:
    declare_interest(scene.world, scene.coordinator, peer_id, scene.council, CANARY)


def _imported(scene: Scene, peer_id: UUID) -> None:
    with scene.world.reading(OPERATOR) as work:
        row = work.session.get_one(Peer, peer_id)
        line = {"code": row.code, "name": row.name, "kind": "officer", "role": row.role}
    line["authority_code"] = code_of(scene.world, scene.council)
    report = import_peers(scene.world, OPERATOR, peer_file(line))
    assert report.changed == 1, report.errors


def _declared_later(scene: Scene, peer_id: UUID) -> None:
    declare_own(scene.world, scene.visit(peer_id), Declared(InterestKind.MONEY, CANARY))


def _by_the_clock(scene: Scene, peer_id: UUID) -> None:
    """A change that no verb of ours made."""
    with scene.world.unit_of_work(OPERATOR) as work:
        work.session.get_one(Peer, peer_id).accredited_until = date(2026, 12, 10)
    tick(scene.world)


@pytest.mark.parametrize(
    ("change", "confirmed"),
    [
        (_suspended, False),
        (_interest, True),
        (_imported, False),
        (_declared_later, True),
        (_by_the_clock, True),
    ],
)
def test_whoever_becomes_conflicted_after_saying_yes_is_raised_at_once_and_goes_no_further(
    scene: Scene, change: Callable[[Scene, UUID], None], confirmed: bool
) -> None:
    """A peer with an interest in the council would sit at its table, and everybody would learn of it there."""
    scene.ask()
    for each in scene.peers:
        record_answer(*scene.act, each, YES)
    if confirmed:
        for each in scene.peers:
            confirm_member(*scene.act, each)
    change(scene, scene.peers[1])
    assert DutyKind.PEER_CONFLICT in scene.owed()
    assert {scene.coordinator.id, scene.lead.id} <= scene.told(LetterKind.PEER_CONFLICT)
    with pytest.raises(Refused, match=r"Priya Natarajan: (?!Only somebody who has accepted)"):
        confirm_member(*scene.act, scene.peers[1])
    with pytest.raises(Refused, match="Priya Natarajan: "):
        assign_team(*scene.act)
    assert verify(scene.world).faults == ()


def test_a_council_that_is_merged_into_the_one_that_asks_is_a_conflict_from_then_on(scene: Scene) -> None:
    """The register changes under a team: who belonged to what was replaced belongs to what replaced it."""
    confirm_all(scene.world, scene.coordinator, scene.case_id, scene.team)
    with scene.world.unit_of_work(OPERATOR) as work:
        old = work.session.scalars(select(Authority).where(Authority.name == "Calderwick Council")).one()
        old.ended_on = work.today
        work.add(AuthorityLineage(predecessor_id=old.id, successor_id=scene.council))
    tick(scene.world)
    assert scene.owed() == {DutyKind.PEER_CONFLICT}


def test_what_holds_no_more_is_closed_and_what_comes_again_is_raised_again(scene: Scene) -> None:
    scene.ask()
    for _ in range(2):
        suspend_peer(scene.world, scene.coordinator, scene.peers[0])
        assert scene.owed() == {DutyKind.PEER_CONFLICT}
        restore_peer(scene.world, scene.coordinator, scene.peers[0])
        assert scene.owed() == set()
    with scene.world.reading(OPERATOR) as work:
        raised = work.session.scalars(select(PeerConflictRaised)).all()
        assert [row.rule for row in raised] == [Rule.SUSPENDED, Rule.SUSPENDED]
        assert all(row.ended_at for row in raised)


def test_another_team_that_goes_first_takes_the_days_of_this_one(scene: Scene) -> None:
    confirm_all(scene.world, scene.coordinator, scene.case_id, scene.team)
    council = authority(scene.world, "Munbridge Council")
    other = triaged_case(scene.world, scene.lead, council)
    needs = replace(NEEDS, first=date(2027, 1, 4), last=date(2027, 2, 26), days=17)
    team = propose_team(scene.world, scene.coordinator, other, None, needs)
    ben, joy = (peer(scene.world, name, authority(scene.world, f"{name} Council")) for name in ("Ben", "Joy"))
    for each in (scene.peers[0], ben, joy):
        add_to_team(scene.world, scene.coordinator, other, None, team, each)
    choose_leader(scene.world, scene.coordinator, other, None, team, ben)
    send_team(scene.world, scene.coordinator, other, team)
    assert scene.owed() == {DutyKind.PEER_CONFLICT}
    with pytest.raises(Refused, match="Dinah Oke: Has 3 of the 20 days"):
        assign_team(*scene.act)


def test_asked_for_these_days_they_are_not_moved_to_others_unasked(scene: Scene) -> None:
    scene.ask()
    with pytest.raises(Refused, match="Take their invitations back"):
        propose_team(scene.world, scene.coordinator, scene.case_id, None, replace(NEEDS, days=5))
    for each in scene.peers:
        withdraw_invitation(*scene.act, each)
    propose_team(scene.world, scene.coordinator, scene.case_id, None, replace(NEEDS, days=5))


def test_a_case_about_another_council_needs_its_peers_no_more(scene: Scene) -> None:
    scene.ask()
    visit = scene.visit(scene.peers[0])
    right = authority(scene.world, "Rightham Council")
    correct_authority(scene.world, scene.lead, scene.case_id, None, Swap(scene.council, right), "A mix-up.")
    tick(scene.world)
    assert set(scene.states().values()) == {InvitationState.WITHDRAWN}
    with pytest.raises(NotFound):
        own_page(scene.world, visit)


def test_mail_says_a_reference_and_a_link_and_is_of_one_length(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A council's or a peer's name in a mailbox that others read would tell of a case that nobody may know of."""
    sent: list[EmailMessage] = []

    class Kept:
        def send(self, message: EmailMessage) -> None:
            sent.append(message)

        def __enter__(self) -> "Kept":
            return self

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr("clearinghouse.casework.mail.outbox.open_post", lambda _: Kept())
    world = replace(scene.world, mail=MailSettings("smtp://mail.example", "no-reply@clearinghouse.example"))
    scene.ask()
    withdraw_invitation(*scene.act, scene.peers[2])
    assert posting.send_peer_letters(world).sent == 2, "what was taken back is not sent"
    with scene.world.reading(OPERATOR) as work:
        letters = work.session.scalars(select(PeerLetter)).all()
        assert not any(letter.token_sealed or letter.address_sealed for letter in letters)
    assert {message["To"] for message in sent} == {"oxtown@peers.example", "calderwick@peers.example"}
    bodies = [message.get_content() for message in sent]
    assert len({len(body) for body in bodies}) == 1
    for message in sent:
        text = message_from_string(message.as_string()).as_string()
        assert not any(word in text for word in ("Midthorpe", "Dinah", "Priya", str(scene.case_id)))
    withdraw_invitation(*scene.act, scene.peers[0])
    assert posting.send_peer_letters(world).sent == 1
    assert "Nothing more is asked" in sent[-1].get_content()


def test_after_the_days_the_lead_and_the_peer_say_how_it_was(scene: Scene, clock: Clock) -> None:
    send_team(scene.world, scene.coordinator, scene.case_id, scene.team)
    good = Feedback(Rating.VERY_WELL, again=True, words=CANARY)
    say = (scene.world, scene.lead, scene.case_id, None, scene.team)
    with pytest.raises(Refused, match="has not been there yet"):
        record_feedback(*say, scene.peers[0], FeedbackFrom.COUNCIL, good)
    clock.pass_days(30)
    assert tick(scene.world).failures == ()
    assert scene.owed() == {DutyKind.TEAM_FEEDBACK}
    with pytest.raises(NotFound):
        record_feedback(
            scene.world,
            scene.coordinator,
            scene.case_id,
            None,
            scene.team,
            scene.peers[0],
            FeedbackFrom.LEAD,
            good,
        )
    for each in scene.peers:
        record_feedback(*say, each, FeedbackFrom.COUNCIL, good)
    assert scene.owed() == set()
    visit = scene.visit(scene.peers[1])
    assert own_page(scene.world, visit).asks_feedback
    give_own_feedback(scene.world, visit, Feedback(Rating.WELL, again=False, words=CANARY, days=6))
    with pytest.raises(Refused, match="already"):
        give_own_feedback(scene.world, visit, good)
    for reader, words in ((scene.lead, CANARY), (scene.coordinator, None)):
        shown = team_page(scene.world, reader, scene.case_id).lives[scene.team].feedback[scene.peers[1]]
        assert [(each.rating, each.again, each.words) for each in shown] == [
            (Rating.VERY_WELL, True, words),
            (Rating.WELL, False, words),
        ]
    (served,) = peer_page(scene.world, scene.coordinator, scene.peers[1]).served
    assert [each.words for each in served.ratings] == [
        "The council: very well, and would have them again",
        "The peer: well, and would not serve again",
    ]
    walled = person(scene.world, Role.COORDINATOR, None, walled_from=scene.council)
    assert peer_page(scene.world, walled, scene.peers[1]).served == ()
    assert verify(scene.world).faults == ()


@pytest.mark.parametrize("role", [Role.LEAD, Role.ASSOCIATE, Role.ADMINISTRATOR, Role.AUDIT_OFFICER])
def test_only_a_coordinator_asks_writes_down_and_confirms(scene: Scene, role: Role) -> None:
    scene.ask(scene.peers[0])
    other = (scene.world, person(scene.world, role), scene.case_id, None, scene.team)
    with pytest.raises(NotFound):
        ask_members(*other, scene.peers, ANSWER_BY)
    with pytest.raises(NotFound):
        record_answer(*other, scene.peers[0], YES)
    with pytest.raises(NotFound):
        confirm_member(*other, scene.peers[0])


def test_a_coordinator_behind_the_wall_asks_nobody(scene: Scene) -> None:
    walled = person(scene.world, Role.COORDINATOR, None, walled_from=scene.council)
    with pytest.raises(NotFound):
        ask_members(scene.world, walled, scene.case_id, None, scene.team, scene.peers, ANSWER_BY)


@pytest.mark.parametrize(
    ("contact", "address"),
    [
        ("ada.holt@peers.example", "ada.holt@peers.example"),
        ("Ada Holt <Ada.Holt@Peers.Example>, 0151 496 0000", "ada.holt@peers.example"),
        ("Tel 0151 496 0000; ada@peers.example.", "ada@peers.example"),
        ("0151 496 0000", ""),
        ("", ""),
    ],
)
def test_the_address_is_found_in_what_the_register_has(contact: str, address: str) -> None:
    assert email_in(contact) == address
