"""Mail: the words of each kind of letter, which are the same for every case, and handing them to an SMTP server."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias
from urllib.parse import unquote, urlsplit
from uuid import UUID

_ANSWERS_WITHIN_SECONDS = 20

MailError: TypeAlias = OSError
"""What goes wrong between us and the mail server: smtplib's own errors are of this kind too."""


@dataclass(frozen=True)
class MailSettings:
    """Where mail is handed over (`smtp://` or `smtps://`, with user and password where asked for), and who sends it."""

    smtp_url: str
    sender: str


class LetterKind(StrEnum):
    """Why somebody gets a letter. Its words depend on nothing else."""

    REMINDER = "reminder"
    OVERDUE = "overdue"
    OVERDUE_FOR_DEPUTY = "overdue_for_deputy"
    WITHOUT_DUTY = "without_duty"
    OFFER_LAPSED = "offer_lapsed"
    ASSIGNED = "assigned"
    SOMETHING_TO_LOOK_AT = "something_to_look_at"
    INVITATION = "invitation"
    IDLE_FIRST = "idle_first"
    IDLE_LAST = "idle_last"
    PEER_ANSWER = "peer_answer"
    PEER_CONFLICT = "peer_conflict"
    PEER_ASKED = "peer_asked"
    PEER_CONFIRMED = "peer_confirmed"
    PEER_NOT_NEEDED = "peer_not_needed"
    PEER_FEEDBACK = "peer_feedback"
    ACCREDITATION_ENDS = "accreditation_ends"
    ROLES_TO_REVIEW = "roles_to_review"
    PACK_WAITS = "pack_waits"
    PACK_READY = "pack_ready"
    PACK_KEY = "pack_key"
    SUBJECT_ACCESS = "subject_access"
    WALL_WAITS = "wall_waits"
    WHO_SEES_CHANGED = "who_sees_changed"
    OPENED_FOR_A_TIME = "opened_for_a_time"
    OPEN_NO_LONGER = "open_no_longer"
    BREAK_GLASS = "break_glass"
    SIGN_IN_CHANGED = "sign_in_changed"
    RESET_PROPOSED = "reset_proposed"
    RESET_DONE = "reset_done"
    RESET_OF_ANOTHER = "reset_of_another"
    QUESTIONNAIRE = "questionnaire"
    QUESTIONNAIRE_AGAIN = "questionnaire_again"


@dataclass(frozen=True)
class Envelope:
    """One letter to one person. `id` stays when it is sent again; `reference` is empty where no case is meant."""

    id: UUID
    kind: LetterKind
    to: str
    reference: str
    link: str
    written_at: datetime


_SUBJECTS = MappingProxyType(
    {
        LetterKind.REMINDER: "Clearinghouse: something is due on {reference}",
        LetterKind.OVERDUE: "Clearinghouse: something is overdue on {reference}",
        LetterKind.OVERDUE_FOR_DEPUTY: "Clearinghouse: something on {reference} comes to you",
        LetterKind.WITHOUT_DUTY: "Clearinghouse: nothing is planned on {reference}",
        LetterKind.OFFER_LAPSED: "Clearinghouse: {reference} has moved on by itself",
        LetterKind.ASSIGNED: "Clearinghouse: you have something to do on {reference}",
        LetterKind.SOMETHING_TO_LOOK_AT: "Clearinghouse: there is something to look at",
        LetterKind.INVITATION: "Clearinghouse: your invitation",
        LetterKind.IDLE_FIRST: "Clearinghouse: your account will be suspended in two weeks",
        LetterKind.IDLE_LAST: "Clearinghouse: your account will be suspended in three days",
        LetterKind.PEER_ANSWER: "Clearinghouse: an answer, or none, on {reference}",
        LetterKind.PEER_CONFLICT: "Clearinghouse: a peer on {reference} needs to be looked at",
        LetterKind.PEER_ASKED: "Clearinghouse: you are asked something, {reference}",
        LetterKind.PEER_CONFIRMED: "Clearinghouse: it is settled, {reference}",
        LetterKind.PEER_NOT_NEEDED: "Clearinghouse: nothing more is asked of you, {reference}",
        LetterKind.PEER_FEEDBACK: "Clearinghouse: how was it, {reference}?",
        LetterKind.ACCREDITATION_ENDS: "Clearinghouse: a peer's accreditation ends",
        LetterKind.ROLES_TO_REVIEW: "Clearinghouse: roles are due for review",
        LetterKind.PACK_WAITS: "Clearinghouse: a pack waits for you",
        LetterKind.PACK_READY: "Clearinghouse: a pack is ready",
        LetterKind.PACK_KEY: "Clearinghouse: your key was changed",
        LetterKind.SUBJECT_ACCESS: "Clearinghouse: something on your agenda has a date",
        LetterKind.WALL_WAITS: "Clearinghouse: a second lead is asked for",
        LetterKind.WHO_SEES_CHANGED: "Clearinghouse: who can see {reference}",
        LetterKind.OPENED_FOR_A_TIME: "Clearinghouse: {reference} is open to you for a time",
        LetterKind.OPEN_NO_LONGER: "Clearinghouse: a case is not open to you any more",
        LetterKind.BREAK_GLASS: "Clearinghouse: {reference} was opened by break-glass",
        LetterKind.SIGN_IN_CHANGED: "Clearinghouse: how you sign in was changed",
        LetterKind.RESET_PROPOSED: "Clearinghouse: a reset of your way in was proposed",
        LetterKind.RESET_DONE: "Clearinghouse: your way in was reset",
        LetterKind.RESET_OF_ANOTHER: "Clearinghouse: somebody's way in was reset",
        LetterKind.QUESTIONNAIRE: "Clearinghouse: a questionnaire for you",
        LetterKind.QUESTIONNAIRE_AGAIN: "Clearinghouse: a questionnaire that you can still answer",
    }
)
_SENTENCES = MappingProxyType(
    {
        LetterKind.REMINDER: "Something that you look after on {reference} falls due today or on the next working day.",
        LetterKind.OVERDUE: "Something on {reference} is past its date and has not been done.",
        LetterKind.OVERDUE_FOR_DEPUTY: (
            "Something on {reference} has been overdue for more than two working days, and comes to you as deputy."
        ),
        LetterKind.WITHOUT_DUTY: "{reference} is open, and nothing is planned on it. Please set its next date.",
        LetterKind.OFFER_LAPSED: "A date on {reference} has passed, and the next step has been set.",
        LetterKind.ASSIGNED: "Something on {reference} has been given to you to do.",
        LetterKind.SOMETHING_TO_LOOK_AT: "There is something for you to look at.",
        LetterKind.INVITATION: "You are invited to Clearinghouse. This link works once, within seven days.",
        LetterKind.IDLE_FIRST: "You have not signed in for a long time. Sign in within two weeks to keep your account.",
        LetterKind.IDLE_LAST: "You have not signed in for a long time. Sign in within three days to keep your account.",
        LetterKind.SUBJECT_ACCESS: "There is something on your agenda that has to be answered by a date.",
        LetterKind.WALL_WAITS: "Somebody has asked for a second lead to decide who may see a case.",
        LetterKind.WHO_SEES_CHANGED: (
            "Who can see {reference} has changed for a time, is asked to be changed, or is as it was again."
        ),
        LetterKind.OPENED_FOR_A_TIME: "Two leads have opened {reference} to you for a time.",
        LetterKind.OPEN_NO_LONGER: (
            "A case that was opened to you for a time is closed to you again. What you had on it was handed over."
        ),
        LetterKind.BREAK_GLASS: (
            "A lead of another region has opened {reference} by break-glass. Sign in to see who, to end it, and to "
            "review it."
        ),
        LetterKind.RESET_PROPOSED: (
            "An administrator proposed to set your password and second factor anew; another has to confirm it after "
            "hearing you. If you did not ask for that, sign in, say so on your account page, and ring an administrator."
        ),
        LetterKind.RESET_DONE: (
            "Two administrators set your password and second factor anew, and all your sessions have ended. If you did "
            "not ask for that, ring an administrator and the lead of your region at once."
        ),
        LetterKind.RESET_OF_ANOTHER: (
            "Two administrators set somebody's password and second factor anew. Your account page says whose. If it "
            "surprises you, ask that person, by voice."
        ),
        LetterKind.QUESTIONNAIRE: (
            "Your organisation has agreed that its staff are asked some questions. Your answers are not kept with your "
            "name, your address or this link, which works once."
        ),
        LetterKind.QUESTIONNAIRE_AGAIN: (
            "You were sent some questions, which you can still answer. Your answers are not kept with your name, your "
            "address or this link, which works once."
        ),
        LetterKind.SIGN_IN_CHANGED: (
            "Your password, a passkey, an app, recovery codes or the link to your organisation's sign-in were set, "
            "changed or removed, or a passkey was refused because it may have been copied. If that was not you, sign "
            "out everywhere and tell an administrator at once."
        ),
        LetterKind.PEER_ANSWER: (
            "Somebody who was asked on {reference} has answered, or has let the date for an answer pass."
        ),
        LetterKind.PEER_CONFLICT: (
            "Something was found or declared about a peer on {reference} that has to be looked at before they go on."
        ),
        LetterKind.PEER_ASKED: (
            "You are asked whether you can help, under the reference {reference}. The link opens with a code that you "
            "are told by telephone or by letter. If nobody has told you one, ring the peer coordinators."
        ),
        LetterKind.PEER_CONFIRMED: (
            "What you were asked under the reference {reference} is settled, and you are counted on. The link shows "
            "your days. It opens with the same code as before."
        ),
        LetterKind.PEER_NOT_NEEDED: (
            "Nothing more is asked of you under the reference {reference}. Please keep the days no longer free for it. "
            "Any link that you were sent for it has ended."
        ),
        LetterKind.PEER_FEEDBACK: (
            "Your days under the reference {reference} are over. Thank you. The link asks how it was. It opens with "
            "the same code as before."
        ),
        LetterKind.ACCREDITATION_ENDS: (
            "A peer's accreditation is nearing its end, or is over, and nobody has said yet whether it is renewed. "
            "Your agenda says whose."
        ),
        LetterKind.ROLES_TO_REVIEW: "It is time to say of some roles whether they are still needed.",
        LetterKind.PACK_WAITS: "A pack waits for you: to be looked at, prepared anew or collected.",
        LetterKind.PACK_READY: "A pack that you prepared or approved is made, and can be collected by its recipient.",
        LetterKind.PACK_KEY: (
            "The key to which packs for you are encrypted was given, changed or taken back. If that was not you, "
            "sign out everywhere and ring the audit officers before you collect anything."
        ),
    }
)
_FOOT = "Sign in to read more: mail carries nothing about a case. Please do not reply to this address."
_FOOT_FOR_PEERS = (
    "Mail carries nothing more than this. Please do not reply to this address, and do not pass the link on."
)
_TO_STAFF = frozenset({LetterKind.QUESTIONNAIRE, LetterKind.QUESTIONNAIRE_AGAIN})
_TO_PEERS = frozenset(
    {LetterKind.PEER_ASKED, LetterKind.PEER_CONFIRMED, LetterKind.PEER_NOT_NEEDED, LetterKind.PEER_FEEDBACK}
)


def compose(envelope: Envelope, sender: str) -> EmailMessage:
    """The letter as a message: plain text, and of one length for all letters of a kind."""
    message = EmailMessage()
    message["Subject"] = _SUBJECTS[envelope.kind].format(reference=envelope.reference)
    message["From"] = sender
    message["To"] = envelope.to
    message["Date"] = format_datetime(envelope.written_at)
    message["Message-ID"] = f"<{envelope.id}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    sentence = _SENTENCES[envelope.kind].format(reference=envelope.reference)
    foot = _FOOT_FOR_PEERS if envelope.kind in _TO_PEERS | _TO_STAFF else _FOOT
    message.set_content(f"{sentence}\n\n{envelope.link}\n\n{foot}\n", charset="us-ascii", cte="7bit")
    return message


@dataclass(frozen=True)
class CheckpointEnvelope:
    """A checkpoint of the ledger on its way to somebody outside who keeps it; `id` stays when it is sent again."""

    id: UUID
    to: str
    log: str
    size: int
    root: str
    signed_at: datetime
    note: str
    written_at: datetime


_KEEP = """Keep this mail, where nobody at {log} can reach it.

On {day}, the ledger of {log} held {size} leaves. The lines
below commit to every one of them: whoever changes, removes or adds one of them later
cannot make the same lines again. They tell nothing about any case.

{note}
The same in figures, to compare by eye:

  leaves  {size}
  root    {root}

To check later that nothing of it was changed, let the ledger be verified against this
mail, as your mail program saves it, or against the file that comes with it:

  clearinghouse ledger verify --checkpoint FILE
"""


def compose_checkpoint(envelope: CheckpointEnvelope, sender: str) -> EmailMessage:
    """The checkpoint as a message, in its text and as a file beside it."""
    message = EmailMessage()
    message["Subject"] = f"Clearinghouse: checkpoint of {envelope.signed_at:%d %B %Y}".replace(" 0", " ")
    message["From"] = sender
    message["To"] = envelope.to
    message["Date"] = format_datetime(envelope.written_at)
    message["Message-ID"] = f"<{envelope.id}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    day = f"{envelope.signed_at:%d %B %Y at %H:%M}".removeprefix("0")
    words = {"log": envelope.log, "day": day, "size": envelope.size, "root": in_fours(envelope.root)}
    message.set_content(_KEEP.format(note=envelope.note, **words), cte="quoted-printable")
    name = f"checkpoint-{envelope.size}.txt"
    message.add_attachment(
        envelope.note.encode(), maintype="application", subtype="octet-stream", filename=name
    )
    return message


def in_fours(digits: str) -> str:
    """Hexadecimal digits as an eye can compare them: four by four, two lines."""
    fours = [digits[start : start + 4] for start in range(0, len(digits), 4)]
    half = (len(fours) + 1) // 2
    return " ".join(fours[:half]) + "\n          " + " ".join(fours[half:])


class Post:
    """An open connection to the mail server."""

    def __init__(self, server: smtplib.SMTP) -> None:
        self._server = server

    def send(self, message: EmailMessage) -> None:
        """Hand one message over. Raises MailError where the server does not take it."""
        self._server.send_message(message)


@contextmanager
def open_post(settings: MailSettings) -> Iterator[Post]:
    """Connect to the mail server, by TLS where the address says so or the server offers it.

    Raises MailError where there is no connection, or the server does not let us in.
    """
    parts = urlsplit(settings.smtp_url)
    host, context = parts.hostname or "", ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or smtplib.SMTP_SSL_PORT, timeout=_ANSWERS_WITHIN_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(host, parts.port or smtplib.SMTP_PORT, timeout=_ANSWERS_WITHIN_SECONDS)
    with server:
        if parts.scheme == "smtp":
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=context)
            elif parts.username:
                raise MailError("the mail server offers no encryption, and gets no password without")
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        yield Post(server)
