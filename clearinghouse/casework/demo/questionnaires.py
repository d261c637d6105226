"""How the demo's coordinator asks a council's staff, how they answer by link, and who looks at what came back."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from sqlalchemy import select

from clearinghouse.casework.demo.stage import Moment
from clearinghouse.casework.questionnaires.answering import answer
from clearinghouse.casework.questionnaires.building import build_questionnaire
from clearinghouse.casework.questionnaires.closing import look_at_answers
from clearinghouse.casework.questionnaires.keeping import open_links
from clearinghouse.casework.questionnaires.links import PATH, link_for
from clearinghouse.casework.questionnaires.sending import Sending, remind, send_questionnaire
from clearinghouse.casework.world import Work
from clearinghouse.records.questionnaires import Questionnaire

_COUNCIL = "198.51.100.20"
_CHOSEN = ("2414254", "1523343", "4424142", "3235344", "2413243", "6444154", "1312233")
"""What people choose, one after the other: the answer to each closed question in its turn."""


def asks_staff(ready: str, links: int, closes: int) -> Callable[[Moment], None]:
    """Builds a ready-made questionnaire and has so many links handed out; `closes` is in working days, as a stage's."""

    def act(moment: Moment) -> None:
        made = build_questionnaire(moment.world, moment.actor, moment.case_id, None, ready)
        sending = Sending(moment.day(closes), links=links)
        send_questionnaire(moment.world, moment.actor, moment.case_id, None, made, sending)

    return act


def asks_again(closes: int) -> Callable[[Moment], None]:
    """Opens the case's questionnaire again, for those who have not answered."""

    def act(moment: Moment) -> None:
        with moment.world.reading(moment.actor) as work:
            key = _of(work, moment).id
        sending = Sending(max(moment.day(closes), moment.world.today + timedelta(days=1)))
        send_questionnaire(moment.world, moment.actor, moment.case_id, None, key, sending)

    return act


def reminds_staff(moment: Moment) -> None:
    """Has those reminded who have not answered."""
    with moment.world.reading(moment.actor) as work:
        key = _of(work, moment).id
    remind(moment.world, moment.actor, moment.case_id, None, key)


def staff_answer(people: int, *said: Sequence[str]) -> Callable[[Moment], None]:
    """So many of those who were asked answer; `said` are what some of them write, to the last two questions."""

    def act(moment: Moment) -> None:
        with moment.world.reading(moment.actor) as work:
            row = _of(work, moment)
            addresses = [link_for(moment.world, link.id) for link in open_links(work, row)][:people]
        for number, address in enumerate(addresses):
            chosen = _CHOSEN[number % len(_CHOSEN)]
            given = dict(enumerate((*chosen, "1" if number % 3 else "2"), start=1))
            given |= dict(enumerate(said[number] if number < len(said) else (), start=9))
            answer(moment.world, address.rpartition(PATH)[2], given, _COUNCIL)

    return act


def looks_at_answers(moment: Moment) -> None:
    """Says that the answers were looked at."""
    with moment.world.reading(moment.actor) as work:
        key = _of(work, moment).id
    look_at_answers(moment.world, moment.actor, moment.case_id, None, key)


def _of(work: Work, moment: Moment) -> Questionnaire:
    query = select(Questionnaire).where(Questionnaire.case_id == moment.case_id)
    return work.session.scalars(query.order_by(Questionnaire.made_at.desc()).limit(1)).one()
