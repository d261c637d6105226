"""Sending a questionnaire, for the first time, again after a visit or to more people, and reminding of it."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, open_duties, record_change
from clearinghouse.casework.duties.setting import end_duty, finish_duties, set_duty
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.questionnaires.keeping import (
    open_links,
    questionnaire_of,
    questions_of,
    rounds_of,
)
from clearinghouse.casework.questionnaires.letters import write_to
from clearinghouse.casework.questionnaires.links import link_for, make_links, renew_hashes
from clearinghouse.casework.questionnaires.standing import is_open, open_round
from clearinghouse.casework.sign_in.email_addresses import email_problem, normalised
from clearinghouse.casework.still_owed import owe_a_next_step
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.questionnaires import FEWEST_SHOWN
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import DutyKind, Standing
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import DutyState
from clearinghouse.records.events import Event
from clearinghouse.records.questionnaires import Questionnaire, QuestionnaireRound

MOST_AT_ONCE = 2000
MOST_LINKS = 500
LONGEST_OPEN = timedelta(days=184)
BETWEEN_REMINDERS = timedelta(days=2)
NOT_OPEN = "The questionnaire is not open. Open it again first."
ALL_ANSWERED = "Everybody who was asked has answered. Name more people to ask."


@dataclass(frozen=True)
class Sending:
    """To whom a questionnaire goes, and until when: by mail to addresses, and as so many links to hand out."""

    closes_on: date
    addresses: tuple[str, ...] = ()
    links: int = 0


@dataclass(frozen=True)
class SentTo:
    """What went out: how many mails were written, and the links to hand out, which are shown this once."""

    mailed: int
    links: tuple[str, ...]


def send_questionnaire(
    world: World, actor: Actor, case_id: UUID, version: int | None, questionnaire_id: UUID, sending: Sending
) -> SentTo:
    """Send it: a draft for the first time; a closed one again, to whoever has not answered and to those who are named;
    an open one to more people, or until another day.

    That the answers are to be looked at is owed from the day after. Raises Invalid beside `addresses`, `links` or
    `closes_on`, Refused for a closed case, without questions or with nobody left to ask, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.QUESTIONNAIRE_SEND, seen=version)
        row = questionnaire_of(work, case.id, questionnaire_id, hold=True)
        if case.standing is Standing.CLOSED:
            raise Refused(Missing.CASE_CLOSED.words)
        if not questions_of(work, row) or not row.title_sealed:
            raise Refused("Give the questionnaire a title and at least one question first.")
        unused, is_first = open_links(work, row), not rounds_of(work, row)
        named = _new_addresses(sending, {link.address for link in unused})
        _check(work, sending, named, is_first=is_first, is_open=open_round(work, row) is not None)
        if not unused and not named and not sending.links:
            raise Refused(ALL_ANSWERED)
        again = () if open_round(work, row) else unused
        renew_hashes(work, again)
        made = make_links(work, row, named, sending.links)
        current = _open(work, row, sending, len(unused), len(made))
        mailed = write_to(work, made, reminds=False) + write_to(work, again, reminds=True)
        work.session.flush()
        record_change(
            work,
            case,
            Event.QUESTIONNAIRE_SENT,
            questionnaire=row.id,
            round=current.number,
            asked=current.asked,
            added=len(made),
            mailed=mailed,
            closes_on=current.closes_on,
        )
        owe_a_look(work, case, row, current.closes_on + timedelta(days=1))
        return SentTo(mailed, tuple(link_for(world, link.id) for link in made if link.address_sealed is None))


def remind(world: World, actor: Actor, case_id: UUID, version: int | None, questionnaire_id: UUID) -> int:
    """Write once more to whoever has not answered, the same link; nobody learns who that is. Returns to how many.

    Where links were handed out it records that the council was asked to remind. Raises Refused where it is not open,
    all have answered, or it was done a day or two ago; NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.QUESTIONNAIRE_SEND, seen=version)
        row = questionnaire_of(work, case.id, questionnaire_id, hold=True)
        current = open_round(work, row)
        if current is None or not is_open(work, row):
            raise Refused(NOT_OPEN)
        unused = open_links(work, row)
        if not unused:
            raise Refused("Everybody who was asked has answered.")
        if current.reminded_on and work.today < current.reminded_on + BETWEEN_REMINDERS:
            raise Refused("They were reminded a short while ago. Wait two days.")
        renew_hashes(work, unused)
        mailed = write_to(work, unused, reminds=True)
        current.reminded_on = work.today
        record_change(
            work,
            case,
            Event.QUESTIONNAIRE_REMINDED,
            questionnaire=row.id,
            round=current.number,
            unanswered=len(unused),
            mailed=mailed,
        )
        finish_duties(work, case, DutyKind.QUESTIONNAIRE_REMINDER, subject_id=row.id)
        owe_a_next_step(work, case)
        return mailed


def owe_a_look(work: Work, case: Case, row: Questionnaire, due_on: date) -> None:
    """Owe a look at the answers from that day on, in place of one that was owed before."""
    kinds = (DutyKind.QUESTIONNAIRE_ANSWERS, DutyKind.QUESTIONNAIRE_REMINDER)
    before = [duty for duty in open_duties(work, case) if duty.kind in kinds and duty.subject_id == row.id]
    set_duty(work, case, DutyKind.QUESTIONNAIRE_ANSWERS, due_on, subject_id=row.id)
    for duty in before:
        end_duty(work, case, duty, DutyState.REPLACED)


def _open(work: Work, row: Questionnaire, sending: Sending, unused: int, added: int) -> QuestionnaireRound:
    current = open_round(work, row)
    if current is None:
        current = work.add(
            QuestionnaireRound(
                questionnaire_id=row.id,
                case_id=row.case_id,
                number=len(rounds_of(work, row)) + 1,
                sent_by=work.actor.person,
                sent_at=work.now,
                asked=unused,
                answered=0,
            )
        )
    current.closes_on = sending.closes_on
    current.asked += added
    return current


def _new_addresses(sending: Sending, known: set[str]) -> list[str]:
    """Each address once, without those that hold a link that was not used yet."""
    return list(dict.fromkeys(each for one in sending.addresses if (each := normalised(one)) not in known))


def _check(work: Work, sending: Sending, named: list[str], *, is_first: bool, is_open: bool) -> None:
    problems = dict[str, str]()
    wrong = next((each for each in named if email_problem(each)), None)
    if wrong is not None:
        problems["addresses"] = f"“{wrong[:60]}” is no email address. Enter one address a line"
    elif len(named) > MOST_AT_ONCE:
        problems["addresses"] = f"Enter at most {MOST_AT_ONCE:,} addresses at once"
    if not 0 <= sending.links <= MOST_LINKS:
        problems["links"] = f"Enter how many links you need, at most {MOST_LINKS}"
    if is_first and not problems and len(named) + sending.links < FEWEST_SHOWN:
        field = "links" if sending.links or not named else "addresses"
        problems[field] = f"Ask at least {FEWEST_SHOWN} people: what fewer of them answer is never shown"
    # One that is open may be closed the same day; to begin with there must be a day to answer on.
    earliest = work.today if is_open else work.today + timedelta(days=1)
    if not earliest <= sending.closes_on <= work.today + LONGEST_OPEN:
        problems["closes_on"] = "The last day to answer must be in the next six months, from tomorrow on"
    if problems:
        raise Invalid(problems)
