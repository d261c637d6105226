"""The mails that carry links: written when a questionnaire is sent or reminded of, and sent by the clock."""

from collections.abc import Iterable
from email.message import EmailMessage

from clearinghouse.casework.mail.outbox import Outbox, Sent, send_due
from clearinghouse.casework.questionnaires.links import link_for
from clearinghouse.casework.questionnaires.standing import is_open
from clearinghouse.casework.world import Work, World
from clearinghouse.notices.mail import Envelope, LetterKind, compose
from clearinghouse.records.questionnaires import Questionnaire, QuestionnaireLetter, QuestionnaireLink

_AT_ONCE = 20


def write_to(work: Work, links: Iterable[QuestionnaireLink], *, reminds: bool) -> int:
    """Write to everybody whose link has an address; returns to how many."""
    count = 0
    for link in links:
        if link.address_sealed is not None:
            work.add(QuestionnaireLetter(link_id=link.id, reminds=reminds, made_at=work.now, due_at=work.now))
            count += 1
    return count


def send_questionnaires(world: World) -> Sent:
    """Send what waits; a mail whose link was used meanwhile, or that is closed, is dropped."""
    return send_due(world, OUTBOX, _AT_ONCE)


def _message(work: Work, letter: QuestionnaireLetter) -> EmailMessage | None:
    mail = work.world.mail
    link = work.session.get_one(QuestionnaireLink, letter.link_id)
    if mail is None or link.used or link.address_sealed is None:
        return None
    if not is_open(work, work.session.get_one(Questionnaire, link.questionnaire_id)):
        return None
    kind = LetterKind.QUESTIONNAIRE_AGAIN if letter.reminds else LetterKind.QUESTIONNAIRE
    address = link_for(work.world, link.id)
    return compose(Envelope(letter.id, kind, link.address, "", address, letter.made_at), mail.sender)


OUTBOX = Outbox(QuestionnaireLetter, _message)
