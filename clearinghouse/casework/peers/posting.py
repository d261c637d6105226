"""The peers' outbox: mail with a reference and a link, sent by whichever clock process claims it."""

from datetime import timedelta
from email.message import EmailMessage

from sqlalchemy import select

from clearinghouse.casework.mail.outbox import Outbox, Sent, send_due
from clearinghouse.casework.peers.invitations import PATH
from clearinghouse.casework.world import Work, World
from clearinghouse.notices.mail import Envelope, LetterKind, compose
from clearinghouse.protocol.invitations import InvitationState
from clearinghouse.records.cases import Case
from clearinghouse.records.peer_invitations import PeerInvitation, PeerLetter, PeerLetterKind, PeerLink
from clearinghouse.vault.digests import token_digest

BATCH = 20
WORTHLESS_AFTER = timedelta(days=7)
_KINDS = {
    PeerLetterKind.ASKED: (LetterKind.PEER_ASKED, InvitationState.ASKED),
    PeerLetterKind.CONFIRMED: (LetterKind.PEER_CONFIRMED, InvitationState.CONFIRMED),
    PeerLetterKind.NOT_NEEDED: (LetterKind.PEER_NOT_NEEDED, InvitationState.WITHDRAWN),
    PeerLetterKind.FEEDBACK: (LetterKind.PEER_FEEDBACK, InvitationState.CONFIRMED),
}


def send_peer_letters(world: World) -> Sent:
    """Send what waits for peers (see send_due); what does not hold any more is dropped."""
    return send_due(world, PEER_OUTBOX, BATCH)


def _message(work: Work, letter: PeerLetter) -> EmailMessage | None:
    """The letter ready to go; None where it is too old, or the invitation or the link does not hold any more."""
    kind, holds = _KINDS[letter.kind]
    invitation = work.session.get_one(PeerInvitation, letter.invitation_id)
    mail, token = work.world.mail, letter.token
    if mail is None or invitation.state is not holds or work.now - letter.made_at >= WORTHLESS_AFTER:
        return None
    if token and not _leads_somewhere(work, token):
        return None
    path = f"{PATH}/{token}" if token else PATH
    reference = work.session.get_one(Case, invitation.case_id).reference
    link = work.world.base_url + path
    return compose(Envelope(letter.id, kind, letter.address, reference, link, letter.made_at), mail.sender)


def _leads_somewhere(work: Work, token: str) -> bool:
    good = (
        PeerLink.token_hash == token_digest(token),
        PeerLink.ended_at.is_(None),
        PeerLink.expires_at > work.now,
    )
    return work.session.scalar(select(PeerLink.id).where(*good)) is not None


PEER_OUTBOX = Outbox(PeerLetter, _message, emptied=("token_sealed", "address_sealed"))
