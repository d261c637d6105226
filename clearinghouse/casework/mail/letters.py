"""The outbox: letters written in the transaction of what they tell of, sent by whichever clock process claims them."""

from collections.abc import Collection
from datetime import timedelta
from email.message import EmailMessage
from uuid import UUID

from sqlalchemy import insert, select

from clearinghouse.access.decision import CaseScope, may, may_enter
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import CLOCK, Actor
from clearinghouse.casework.admission import scope_of
from clearinghouse.casework.mail.convergence_leads import waiting_for
from clearinghouse.casework.mail.outbox import LEASE, Outbox, Sent, send_due, waiting_in
from clearinghouse.casework.regional_reach import may_hear_of_action
from clearinghouse.casework.staff import actor_of
from clearinghouse.casework.world import LONDON, Work, World
from clearinghouse.notices.mail import Envelope, LetterKind, compose
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.records.base import Base, new_id
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import Duty, DutyState, Letter
from clearinghouse.records.peer_invitations import PeerLetter
from clearinghouse.records.people import User, UserState
from clearinghouse.records.questionnaires import QuestionnaireLetter
from clearinghouse.records.regional import RegionalAction

__all__ = [
    "LEASE",
    "LetterKind",
    "Sent",
    "enqueue",
    "letters_waiting",
    "may_hear",
    "send_letters",
    "write_letters",
]

BATCH = 20
LOOK_AT = "/convergence"
WORTHLESS_AFTER = timedelta(days=7)
_ACTIVE = frozenset({UserState.ACTIVE})
_WHO_GETS = {
    LetterKind.INVITATION: frozenset({UserState.INVITED}),
    LetterKind.RESET_DONE: frozenset({UserState.INVITED, UserState.ACTIVE}),
}
_ABOUT_ACCOUNTS = (LetterKind.IDLE_FIRST, LetterKind.IDLE_LAST)
_ABOUT_RESETS = (LetterKind.RESET_PROPOSED, LetterKind.RESET_DONE, LetterKind.RESET_OF_ANOTHER)
_WHERE_IT_WAITS = {
    LetterKind.WALL_WAITS: ("/walls", Permission.WALL_CONFIRM),
    LetterKind.SUBJECT_ACCESS: ("/agenda", Permission.SUBJECT_ACCESS_PREPARE),
    LetterKind.ACCREDITATION_ENDS: ("/agenda", Permission.PEER_MANAGE),
    LetterKind.ROLES_TO_REVIEW: ("/grants?due=yes", Permission.GRANT_REVIEW),
}
_ABOUT_PACKS = (LetterKind.PACK_WAITS, LetterKind.PACK_READY, LetterKind.PACK_KEY)


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
    """How many letters wait to be sent: to staff, to peers, and to a council's staff."""
    with world.reading(CLOCK) as work:
        to_outsiders = waiting_in(work, PeerLetter) + waiting_in(work, QuestionnaireLetter)
        return waiting_in(work, Letter) + to_outsiders


def send_letters(world: World) -> Sent:
    """Send the letters that are due (see send_due); what is worthless by now, or nobody may get, is dropped."""
    return send_due(world, OUTBOX, BATCH)


def _message(work: Work, letter: Letter) -> EmailMessage | None:
    envelope, mail = _envelope(work, letter), work.world.mail
    return compose(envelope, mail.sender) if envelope and mail else None


def _envelope(work: Work, letter: Letter) -> Envelope | None:
    """The letter ready to go; None where its person may not get it any more, or it is worthless by now."""
    user, kind = work.session.get_one(User, letter.user_id), LetterKind(letter.kind)
    if work.now - letter.made_at >= WORTHLESS_AFTER:
        return None
    found = _found_by(work, letter, user) if user.state in _WHO_GETS.get(kind, _ACTIVE) else None
    if found is None:
        return None
    reference, path = found
    return Envelope(letter.id, kind, user.email, reference, work.world.base_url + path, letter.made_at)


def _found_by(work: Work, letter: Letter, user: User) -> tuple[str, str] | None:
    """What the letter is about, by its reference, and the path to it; None where its person may not hear of it."""
    person = actor_of(work, user)
    if letter.case_id is not None:
        case = work.session.get_one(Case, letter.case_id)
        heard = may_hear(work, person, case.id, scope_of(work, case))
        return (case.reference, link_to(case.id)) if heard else None
    if letter.action_id is not None:
        action = work.session.get_one(RegionalAction, letter.action_id)
        return (action.reference, link_to(action.id)) if may_hear_of_action(work, person, action) else None
    path = _path_of(work, letter, user, person)
    return ("", path) if path else None


def _path_of(work: Work, letter: Letter, user: User, person: Actor) -> str | None:
    """Where a letter leads that is about no one thing; None where its person has nothing to find there."""
    kind = LetterKind(letter.kind)
    if kind is LetterKind.INVITATION:
        return f"/join/{letter.token}"
    if kind is LetterKind.SOMETHING_TO_LOOK_AT:
        return LOOK_AT if waiting_for(work, person) else None
    if kind in _ABOUT_ACCOUNTS:
        return None if _has_come_since(user, letter) else "/account"
    if kind in _ABOUT_RESETS:
        return "/account"
    if kind is LetterKind.SIGN_IN_CHANGED:
        return "/account/sign-in"
    if kind is LetterKind.OPEN_NO_LONGER:
        return "/agenda"
    if kind in _WHERE_IT_WAITS:
        path, needs = _WHERE_IT_WAITS[kind]
        return path if may_enter(person, needs) else None
    if kind not in _ABOUT_PACKS:
        return None
    if may_enter(person, Permission.PACK_COLLECT):
        return "/packs"
    return "/exports" if may_enter(person, Permission.PACK_PREPARE) else None


OUTBOX = Outbox(Letter, _message, emptied=("token_sealed",))


def _has_come_since(user: User, letter: Letter) -> bool:
    written_on = letter.made_at.astimezone(LONDON).date()
    return user.last_seen_on is not None and user.last_seen_on >= written_on
