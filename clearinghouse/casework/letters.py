"""The outbox: letters written in the transaction of what they tell of, sent by whichever clock process claims them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

from sqlalchemy import func, insert, or_, select, update

from clearinghouse.access.decision import CaseScope, may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import CLOCK, Actor
from clearinghouse.casework.admission import scope_of
from clearinghouse.casework.convergence_leads import waiting_for
from clearinghouse.casework.regional_reach import may_hear_of_action
from clearinghouse.casework.staff import actor_of
from clearinghouse.casework.world import LONDON, Work, World
from clearinghouse.notices.mail import Envelope, LetterKind, MailError, MailSettings, Post, compose, open_post
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.records.base import Base, new_id
from clearinghouse.records.cases import Case
from clearinghouse.records.database import shared_instant
from clearinghouse.records.duties import Duty, DutyState, Letter
from clearinghouse.records.people import User, UserState
from clearinghouse.records.regional import RegionalAction

__all__ = ["LetterKind", "Sent", "enqueue", "letters_waiting", "may_hear", "send_letters", "write_letters"]

BATCH = 20
LOOK_AT = "/convergence"
LEASE = timedelta(minutes=15)
LONGEST_SENDING = timedelta(seconds=45)
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
WORTHLESS_AFTER = timedelta(days=7)
_ABOUT_ACCOUNTS = (LetterKind.IDLE_FIRST, LetterKind.IDLE_LAST)


@dataclass(frozen=True)
class Sent:
    """What became of the letters that were due. `dropped` are those that their person may not get any more."""

    sent: int = 0
    dropped: int = 0
    put_off: int = 0


@dataclass(frozen=True)
class _Claim:
    """A letter that this process may send, for as long as nobody claims it with a higher number."""

    letter_id: UUID
    fence: int
    tries: int


def enqueue(
    work: Work,
    user_id: UUID,
    kind: LetterKind,
    case_id: UUID | None = None,
    token: str = "",
    *,
    action_id: UUID | None = None,
) -> None:
    """Write a letter in this work; a person gets one of a kind about a case, or about a regional action, however much
    the work does.

    `token` is the secret of a one-time link, sealed until the letter is sent.
    """

    def write() -> None:
        letter = work.add(
            Letter(
                user_id=user_id,
                kind=kind,
                case_id=case_id,
                action_id=action_id,
                made_at=work.now,
                due_at=work.now,
            )
        )
        letter.token = token

    work.before_keeping(("letter", user_id, kind, case_id or action_id, token), write)


def write_letters(work: Work, kind: LetterKind, to: Collection[tuple[UUID, UUID]]) -> None:
    """Write letters of one kind to many people in one statement; each is a person and the case that it is about."""
    rows = [
        {
            "id": new_id(),
            "user_id": person,
            "kind": kind.value,
            "case_id": case_id,
            "made_at": work.now,
            "due_at": work.now,
            "fence": 0,
            "tries": 0,
        }
        for person, case_id in dict.fromkeys(to)
    ]
    if rows:
        work.session.execute(insert(Base.metadata.tables[Letter.__tablename__]), rows)


def may_hear(work: Work, person: Actor, case_id: UUID, scope: CaseScope) -> bool:
    """Whether the person may be told of the case: they may see that it exists, or are asked to confirm its referral."""
    if may(person, Permission.CASE_HEADER, scope).allowed:
        return True
    if not may(person, Permission.RISK_CONFIRM, scope).allowed:
        return False
    asked = (Duty.case_id == case_id, Duty.owner_id == person.id, Duty.kind == DutyKind.CONFIRM_RISK_REFERRAL)
    return (
        work.session.scalar(select(Duty.id).where(*asked, Duty.state == DutyState.OPEN).limit(1)) is not None
    )


def link_to(case_id: UUID) -> str:
    """The path that a mail or a calendar leads to, alike for everybody: it finds what its reader may open."""
    return f"/agenda/{case_id}"


def letters_waiting(world: World) -> int:
    """How many letters wait to be sent."""
    with world.reading(CLOCK) as work:
        waiting = (
            select(func.count())
            .select_from(Letter)
            .where(Letter.sent_at.is_(None), Letter.dropped_at.is_(None))
        )
        return work.session.scalars(waiting).one()


def send_letters(world: World) -> Sent:
    """Send the letters that are due, each by the one process that claimed it; without a mail server they wait.

    A slow server does not hold the clock's round up for longer than LONGEST_SENDING: the rest go in the next. A letter
    that the server does not take is tried again later and later, and dropped once it is worthless.
    """
    total, until = Sent(), monotonic() + LONGEST_SENDING.total_seconds()
    while world.mail is not None and monotonic() < until and (claims := _claim(world)):
        done = _deliver(world, world.mail, claims)
        total = Sent(total.sent + done.sent, total.dropped + done.dropped, total.put_off + done.put_off)
        if done.put_off == len(claims):
            break  # the server takes nothing: leave the rest for the next round
    return total


def _claim(world: World) -> list[_Claim]:
    with world.unit_of_work(CLOCK) as work:
        now = shared_instant(work.session)
        free = (
            Letter.sent_at.is_(None),
            Letter.dropped_at.is_(None),
            Letter.due_at <= work.now,
            or_(Letter.leased_until.is_(None), Letter.leased_until < now),
        )
        found = select(Letter).where(*free).order_by(Letter.due_at, Letter.id).limit(BATCH)
        rows = work.session.scalars(found.with_for_update(skip_locked=True)).all()
        for row in rows:
            row.fence, row.tries, row.leased_until = row.fence + 1, row.tries + 1, now + LEASE
        return [_Claim(row.id, row.fence, row.tries) for row in rows]


def _deliver(world: World, mail: MailSettings, claims: Sequence[_Claim]) -> Sent:
    ends: list[str] = []
    try:
        with open_post(mail) as post:
            for claim in claims:
                ends.append(_send(world, mail, post, claim))  # noqa: PERF401  # what went before a failure counts
    except MailError:
        ends += [_put_off(world, claim) for claim in claims[len(ends) :]]
    return Sent(ends.count("sent"), ends.count("dropped"), ends.count("put off"))


def _send(world: World, mail: MailSettings, post: Post, claim: _Claim) -> str:
    with world.reading(CLOCK) as work:
        letter = work.session.get_one(Letter, claim.letter_id)
        if letter.fence != claim.fence or letter.leased_until is None:
            return "another's"
        if letter.leased_until <= shared_instant(work.session):
            return "another's"
        envelope = _envelope(work, letter)
    if envelope is None:
        return _end(world, claim, "dropped")
    try:
        post.send(compose(envelope, mail.sender))
    except MailError:
        return _put_off(world, claim)
    return _end(world, claim, "sent")


def _envelope(work: Work, letter: Letter) -> Envelope | None:
    """The letter ready to go; None where its person may not get it any more, or it is worthless by now."""
    user, kind = work.session.get_one(User, letter.user_id), LetterKind(letter.kind)
    if work.now - letter.made_at >= WORTHLESS_AFTER:
        return None
    reference, link = "", f"{work.world.base_url}/join/{letter.token}"
    if letter.case_id is not None:
        case = work.session.get_one(Case, letter.case_id)
        person = actor_of(work, user)
        if user.state is not UserState.ACTIVE or not may_hear(work, person, case.id, scope_of(work, case)):
            return None
        reference, link = case.reference, work.world.base_url + link_to(case.id)
    elif letter.action_id is not None:
        action = work.session.get_one(RegionalAction, letter.action_id)
        person = actor_of(work, user)
        if user.state is not UserState.ACTIVE or not may_hear_of_action(work, person, action):
            return None
        reference, link = action.reference, work.world.base_url + link_to(action.id)
    elif kind is LetterKind.SOMETHING_TO_LOOK_AT:
        link = work.world.base_url + LOOK_AT
        if user.state is not UserState.ACTIVE or not waiting_for(work, actor_of(work, user)):
            return None
    elif kind in _ABOUT_ACCOUNTS:
        link = f"{work.world.base_url}/account"
        if user.state is not UserState.ACTIVE or _has_come_since(user, letter):
            return None
    elif user.state is not UserState.INVITED:
        return None
    return Envelope(letter.id, kind, user.email, reference, link, letter.made_at)


def _has_come_since(user: User, letter: Letter) -> bool:
    written_on = letter.made_at.astimezone(LONDON).date()
    return user.last_seen_on is not None and user.last_seen_on >= written_on


def _end(world: World, claim: _Claim, end: str) -> str:
    with world.unit_of_work(CLOCK) as work:
        # Straight into the columns: a sealed attribute refuses to be emptied, and the link's secret has served.
        when: dict[str, datetime] = {"sent_at" if end == "sent" else "dropped_at": work.now}
        held = (Letter.id == claim.letter_id, Letter.fence == claim.fence)
        work.session.execute(update(Letter).where(*held).values(token_sealed=None, leased_until=None, **when))
    return end


def _put_off(world: World, claim: _Claim) -> str:
    with world.unit_of_work(CLOCK) as work:
        wait = min(FIRST_WAIT * 2 ** min(claim.tries - 1, 16), LONGEST_WAIT)
        held = (Letter.id == claim.letter_id, Letter.fence == claim.fence, Letter.sent_at.is_(None))
        work.session.execute(update(Letter).where(*held).values(due_at=work.now + wait, leased_until=None))
    return "put off"
