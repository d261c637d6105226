"""The life of a team's members: asked, answered, confirmed, replaced, and how it was."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from email import message_from_string
from email.message import EmailMessage

import pytest
from sqlalchemy import func, select

from clearinghouse.access.roles import OPERATOR, Role
from clearinghouse.casework.clock import tick
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.mail.letters import LetterKind
from clearinghouse.casework.peers import posting
from clearinghouse.casework.peers.invitations import email_in
from clearinghouse.casework.peers.register import peer_page, suspend_peer
from clearinghouse.casework.teams.answering import Answer, Declared, record_answer
from clearinghouse.casework.teams.asking import ask_members, withdraw_invitation
from clearinghouse.casework.teams.assigning import assign_team
from clearinghouse.casework.teams.choosing import add_to_team, remove_from_team
from clearinghouse.casework.teams.confirming import confirm_member
from clearinghouse.casework.teams.feedback import Feedback, record_feedback
from clearinghouse.casework.teams.own_page import answer_own, give_own_feedback, own_page
from clearinghouse.casework.teams.pages import team_page
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.notices.mail import MailSettings
from clearinghouse.protocol.invitations import (
    DeclineReason,
    FeedbackFrom,
    InterestKind,
    InvitationState,
    Rating,
)
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.records import ledger
from clearinghouse.records.peer_invitations import PeerLetter
from tests.factories.authorities import authority
from tests.factories.peers import peer
from tests.factories.people import person
from tests.factories.team_members import ANSWER_BY, CANARY, Scene, scene_of
from tests.factories.teams import YES, confirm_all, send_team
from tests.worlds import Clock

NO = Answer(accepts=False, reason=DeclineReason.DAYS)


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
