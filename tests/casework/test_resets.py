"""Resets: two administrators, two ways by which what they have reaches the person, and everybody told."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from clearinghouse.access.roles import OPERATOR, Actor, Grant, Region, Role
from clearinghouse.casework.duties.feeds import make_feed, read_feed
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.mail.letters import LetterKind
from clearinghouse.casework.people import accounts, invitations, resets
from clearinghouse.casework.people.resets import Heard, ResetReason, ResetState
from clearinghouse.casework.sign_in.second_factors import STEP, code_at, make_recovery_codes
from clearinghouse.casework.sign_in.sessions import begin_session, give_password, who
from clearinghouse.casework.sign_in.throttles import TooMany
from clearinghouse.casework.world import World
from clearinghouse.records import ledger
from clearinghouse.records.duties import Letter
from clearinghouse.records.events import Event
from clearinghouse.records.people import RecoveryCode, User
from tests.factories.accounts import PASSWORD, can_sign_in
from tests.factories.people import again, person
from tests.worlds import Clock

GOOD = "copper lantern meadow"
LOST = ResetReason.LOST_DEVICE


@pytest.fixture
def admin(world: World) -> Actor:
    """Whoever proposes."""
    return person(world, Role.ADMINISTRATOR, None, "Ann Field")


@pytest.fixture
def other(world: World) -> Actor:
    """Whoever confirms."""
    return person(world, Role.ADMINISTRATOR, None, "Bea Holt")


@pytest.fixture
def lead(world: World) -> Actor:
    """Whose phone is lost."""
    return person(world, Role.LEAD, Region.NORTH_EAST, "Lou Marsh")


def proposed(world: World, admin: Actor, lead: Actor) -> resets.ResetView:
    resets.propose_reset(world, admin, lead.person, LOST)
    return resets.resets_of(world, admin, lead.person)[0]


def session_of(world: World, somebody: Actor) -> str:
    with world.unit_of_work(somebody) as work:
        return begin_session(work, work.session.get_one(User, somebody.person))


def token_of(invited: invitations.Invited) -> str:
    return invited.link.rpartition("/")[2]


def letters_of(world: World, kind: LetterKind) -> set[object]:
    with world.reading(OPERATOR) as work:
        return set(work.session.scalars(select(Letter.user_id).where(Letter.kind == kind)))


def test_one_proposes_another_confirms_and_everything_of_before_is_void(
    world: World, admin: Actor, other: Actor, lead: Actor
) -> None:
    """What a thief has (session, password, codes, calendar feed) must be worth nothing, and roles must stay."""
    email, feed = can_sign_in(world, lead), make_feed(world, lead)
    with world.unit_of_work(lead) as work:
        make_recovery_codes(work, work.session.get_one(User, lead.person))
    stolen = session_of(world, lead)
    waiting = proposed(world, admin, lead)
    assert who(world, stolen), "a proposal changes nothing"
    assert (waiting.state, waiting.may_confirm, waiting.code) == (ResetState.WAITING, False, "")
    invited = resets.confirm_reset(world, other, waiting.id, Heard.IN_PERSON)
    assert who(world, stolen) is None
    with pytest.raises(Refused):
        give_password(world, email, PASSWORD, "10.0.0.1")
    with world.reading(OPERATOR) as work:
        codes = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == lead.id)
        assert work.session.scalars(codes).one() == 0
    code = resets.resets_of(world, admin, lead.person)[0].code
    invitations.choose_password(world, token_of(invited), GOOD, code.upper().replace("-", " "))
    app = code_at(invitations.joining(world, token_of(invited)).secret, int(world.now().timestamp()) // STEP)
    back = who(world, invitations.join(world, token_of(invited), app).token)
    assert back
    assert back.actor.grants == lead.grants
    with pytest.raises(NotFound):
        read_feed(world, feed.removeprefix("/calendar/").removesuffix(".ics"), "10.0.0.1")
    done = resets.resets_of(world, admin, lead.person)[0]
    assert (done.state, done.code) == (ResetState.DONE, "")
    with pytest.raises(NotFound):
        invitations.choose_password(world, token_of(invited), GOOD, code)
    with world.reading(OPERATOR) as work:
        (event,) = ledger.entries(work.session, lead.person, Event.RESET_CONFIRMED)
        assert event.actor == str(other.id)
        assert event.facts["proposed_by"] == str(admin.id)
        assert event.facts["heard"] == "in_person"


def test_neither_administrator_can_use_the_link_alone(
    world: World, admin: Actor, other: Actor, lead: Actor
) -> None:
    """One has the link and not the code, the other the code and not the link, and no mail carries either."""
    waiting = proposed(world, admin, lead)
    invited = resets.confirm_reset(world, other, waiting.id, Heard.BY_VIDEO)
    (of_confirmer,) = resets.resets_of(world, other, lead.person)
    assert of_confirmer.code == ""
    for wrong in ("", "bbbb-bbbb-bbbb", "bcdf-ghjk-mnpq"):
        with pytest.raises(Invalid, match="not the one"):
            invitations.choose_password(world, token_of(invited), GOOD, wrong)
    with pytest.raises(Refused):
        invitations.join(world, token_of(invited), "000000")
    with pytest.raises(Refused, match="Propose a reset"):
        invitations.invite_again(world, other, invited.email)
    with world.reading(OPERATOR) as work:
        sealed = work.session.scalars(select(Letter.token_sealed).where(Letter.user_id == lead.id)).all()
    assert sealed
    assert not any(sealed)
    assert letters_of(world, LetterKind.INVITATION) == set()


def test_the_code_is_not_found_by_trying(world: World, admin: Actor, other: Actor, lead: Actor) -> None:
    """Ten tries in a quarter of an hour, for whoever has the link."""
    invited = resets.confirm_reset(world, other, proposed(world, admin, lead).id, Heard.IN_PERSON)
    for _ in range(10):
        with pytest.raises(Invalid):
            invitations.choose_password(world, token_of(invited), GOOD, "wrong")
    with pytest.raises(TooMany):
        invitations.choose_password(world, token_of(invited), GOOD, "wrong")


def test_one_administrator_alone_comes_to_nothing(
    world: World, admin: Actor, other: Actor, lead: Actor
) -> None:
    """Two sessions are one administrator; nobody resets themselves, or confirms a reset of their own."""
    waiting = proposed(world, admin, lead)
    for session in (session_of(world, admin), session_of(world, admin)):
        found = who(world, session)
        assert found
        with pytest.raises(Refused, match="You proposed it"):
            resets.confirm_reset(world, found.actor, waiting.id, Heard.IN_PERSON)
    with pytest.raises(Refused, match="your own"):
        resets.propose_reset(world, admin, admin.person, LOST)
    resets.propose_reset(world, admin, other.person, LOST)
    against = resets.resets_of(world, admin, other.person)[0]
    with pytest.raises(Refused, match="of your own"):
        resets.confirm_reset(world, other, against.id, Heard.IN_PERSON)
    with pytest.raises(Invalid, match="reads no case"):
        accounts.propose_grant(world, other, admin.person, lead.grants[0])


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_nobody_but_administrators_resets_anybody(
    world: World, admin: Actor, lead: Actor, role: Role
) -> None:
    """For everybody else it is not there; only the person can say that they did not ask for it."""
    outsider, waiting = person(world, role), proposed(world, admin, lead)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: resets.propose_reset(world, outsider, lead.person, LOST),
        lambda: resets.confirm_reset(world, outsider, waiting.id, Heard.IN_PERSON),
        lambda: resets.withdraw_reset(world, outsider, waiting.id),
        lambda: resets.resets_of(world, outsider, lead.person),
        lambda: resets.resets_waiting(world, outsider),
        lambda: resets.reset_to_confirm(world, outsider, waiting.id),
    )
    for attempt in attempts:
        with pytest.raises(NotFound):
            attempt()


def test_whoever_did_not_ask_for_it_says_so(world: World, admin: Actor, other: Actor, lead: Actor) -> None:
    """Somebody who rings in a lead's name, or holds their mailbox, is found out by the lead who is at work."""
    waiting = proposed(world, admin, lead)
    assert letters_of(world, LetterKind.RESET_PROPOSED) == {lead.id}
    session_of(world, lead)
    assert resets.reset_to_confirm(world, other, waiting.id).seen_since is False, "in the same instant"
    shown = resets.reset_against_me(world, lead)
    assert shown
    assert shown.id == waiting.id
    resets.withdraw_reset(world, lead, waiting.id)
    assert resets.reset_against_me(world, lead) is None
    with pytest.raises(Refused, match="withdrawn already"):
        resets.confirm_reset(world, other, waiting.id, Heard.BY_TELEPHONE)


def test_one_administrator_voids_a_link_that_is_in_wrong_hands(
    world: World, admin: Actor, other: Actor, lead: Actor
) -> None:
    """Whoever hears that it was not they must be able to stop it at once, alone; letting in takes two again."""
    waiting = proposed(world, admin, lead)
    invited = resets.confirm_reset(world, other, waiting.id, Heard.BY_TELEPHONE)
    code = resets.resets_of(world, admin, lead.person)[0].code
    resets.withdraw_reset(world, person(world, Role.ADMINISTRATOR, None), waiting.id)
    with pytest.raises(NotFound):
        invitations.choose_password(world, token_of(invited), GOOD, code)
    assert resets.resets_of(world, admin, lead.person)[0].state is ResetState.WITHDRAWN
    with pytest.raises(Refused):
        invitations.invite_again(world, admin, invited.email)
    again_asked = proposed(world, admin, lead)
    assert resets.confirm_reset(world, other, again_asked.id, Heard.IN_PERSON).link != invited.link


def test_the_second_administrator_sees_that_they_sign_in_all_the_while(
    world: World, admin: Actor, other: Actor, lead: Actor, clock: Clock
) -> None:
    """Whoever signs in has not lost their factors."""
    waiting = proposed(world, admin, lead)
    clock.pass_days(0.1)
    session_of(world, lead)
    assert resets.reset_to_confirm(world, other, waiting.id).seen_since


def test_a_proposal_expires_and_a_link_too(
    world: World, admin: Actor, other: Actor, lead: Actor, clock: Clock
) -> None:
    """What was heard on Monday says nothing on Friday; a link that lies about is a way in."""
    late = proposed(world, admin, lead)
    clock.pass_days(3)
    with pytest.raises(Refused, match="not confirmed in time"):
        resets.confirm_reset(world, other, late.id, Heard.IN_PERSON)
    assert resets.resets_waiting(world, other) == ()
    invited = resets.confirm_reset(world, other, proposed(world, admin, lead).id, Heard.IN_PERSON)
    clock.instant += timedelta(days=2)
    with pytest.raises(NotFound):
        invitations.joining(world, token_of(invited))
    assert [one.state for one in resets.resets_waiting(world, other)] == [ResetState.LINK_OVER]
    once_more = proposed(world, other, lead)
    with pytest.raises(Refused, match="You proposed it"):
        resets.confirm_reset(world, other, once_more.id, Heard.IN_PERSON)
    fresh = resets.confirm_reset(world, admin, once_more.id, Heard.IN_PERSON)
    code = resets.resets_of(world, other, lead.person)[0].code
    assert resets.resets_of(world, admin, lead.person)[1].code == "", "the code of the first is no good"
    invitations.choose_password(world, token_of(fresh), GOOD, code)


def test_the_suspended_and_newcomers_are_not_reset(world: World, admin: Actor, lead: Actor) -> None:
    """A reset must not let a suspended person back in, nor take the place of an invitation."""
    accounts.suspend(world, admin, lead.person)
    with pytest.raises(Refused, match="suspended"):
        resets.propose_reset(world, admin, lead.person, LOST)
    invitations.invite(world, admin, "ola@council.example", "Ola Brand", [Grant(Role.LEAD, Region.LONDON)])
    newcomer = next(line for line in accounts.people_view(world, admin).people if line.name == "Ola Brand")
    with pytest.raises(Refused, match="not joined"):
        resets.propose_reset(world, admin, newcomer.id, LOST)


def test_a_role_that_begins_later_is_not_had_by_a_fresh_invitation(
    world: World, admin: Actor, other: Actor, lead: Actor
) -> None:
    """One administrator could mail a new link to a mailbox that they read, and hold the role in a week."""
    accounts.end_grant(world, admin, accounts.person_view(world, admin, lead.person).grants[0].id)
    accounts.propose_grant(world, admin, lead.person, lead.grants[0], world.today + timedelta(days=7))
    accounts.confirm_grant(world, other, accounts.people_view(world, other).waiting[0].id)
    invited = resets.confirm_reset(world, other, proposed(world, admin, lead).id, Heard.IN_PERSON)
    assert again(world, lead).grants == ()
    for administrator in (admin, other):
        with pytest.raises(Refused):
            invitations.invite_again(world, administrator, invited.email)


def test_everybody_who_could_notice_is_told(world: World, admin: Actor, other: Actor, lead: Actor) -> None:
    """A takeover that nobody hears of lasts; but a mail says nothing, and nobody hears who has no reason to."""
    elsewhere = person(world, Role.LEAD, Region.LONDON)
    beside = person(world, Role.LEAD, Region.NORTH_EAST)
    officer, officer_elsewhere = person(world, Role.AUDIT_OFFICER, None), person(world, Role.RIEP_OFFICER)
    resets.confirm_reset(world, other, proposed(world, admin, lead).id, Heard.IN_PERSON)
    assert letters_of(world, LetterKind.RESET_DONE) == {lead.id}
    assert letters_of(world, LetterKind.RESET_OF_ANOTHER) == {
        admin.id,
        other.id,
        elsewhere.id,
        beside.id,
    }
    (told,) = resets.told_of_resets(world, beside)
    assert (told.person, told.is_mine, told.by) == ("Lou Marsh", False, ("Ann Field", "Bea Holt"))
    assert resets.told_of_resets(world, officer) == ()
    associate = person(world, Role.ASSOCIATE, Region.NORTH_EAST)
    resets.confirm_reset(world, other, proposed(world, admin, associate).id, Heard.IN_PERSON)
    assert len(resets.told_of_resets(world, beside)) == 2
    assert len(resets.told_of_resets(world, elsewhere)) == 1
    resets.confirm_reset(world, other, proposed(world, admin, officer).id, Heard.IN_PERSON)
    assert resets.told_of_resets(world, officer_elsewhere) == ()
    assert resets.told_of_resets(world, other)[0].person == officer.name
