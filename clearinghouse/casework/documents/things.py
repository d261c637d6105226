"""What a document can have come with: the concerns, conversations, offers and meetings of a case, by their dates."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from clearinghouse.casework.admission import Admitted
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.source import may_know_source
from clearinghouse.casework.world import LONDON, Work
from clearinghouse.records.cases import Concern, Source
from clearinghouse.records.dialogue import Conversation, Offer
from clearinghouse.records.documents import CameWith
from clearinghouse.records.meetings import Escalation, Meeting, Review, uncorrected
from clearinghouse.records.plans import Plan


@dataclass(frozen=True)
class Thing:
    """Something on a case that a document came with. `id` is None for the case as a whole."""

    came_with: CameWith
    id: UUID | None
    words: str

    @property
    def shows_source(self) -> bool:
        """Whether what comes with it says who raised a concern."""
        return self.came_with is CameWith.SOURCE


def things_on(work: Work, admitted: Admitted) -> tuple[Thing, ...]:
    """Everything on the case that the actor may file a document with; sources only for those who may know them."""
    return (Thing(CameWith.CASE, None, CameWith.CASE.words), *_things(work, admitted))


def subject_of(work: Work, admitted: Admitted, came_with: CameWith, thing_id: UUID | None) -> UUID:
    """Under whose key a document that came with this thing is sealed. Raises NotFound where it is not the actor's."""
    if not any((each.came_with, each.id) == (came_with, thing_id) for each in things_on(work, admitted)):
        raise NotFound
    if came_with is not CameWith.SOURCE:
        return admitted.case.id
    source = work.session.scalars(select(Source.id).where(Source.concern_id == thing_id)).one_or_none()
    if source is None:
        raise NotFound
    return source


def _things(work: Work, admitted: Admitted) -> Iterator[Thing]:
    case_id, session = admitted.case.id, work.session
    for concern in session.scalars(select(Concern).where(Concern.case_id == case_id).order_by(Concern.id)):
        logged = _day(concern.logged_at.astimezone(LONDON).date())
        yield Thing(CameWith.CONCERN, concern.id, f"The concern logged on {logged}")
        if may_know_source(work.actor, admitted.scope, concern):
            words = f"Who raised the concern logged on {logged}: only those who may know them see it"
            yield Thing(CameWith.SOURCE, concern.id, words)
    for talk in session.scalars(
        select(Conversation).where(Conversation.case_id == case_id).order_by(Conversation.held_on.desc())
    ):
        yield Thing(CameWith.CONVERSATION, talk.id, f"Conversation of {_day(talk.held_on)}")
    for offer in session.scalars(
        select(Offer).where(Offer.case_id == case_id).order_by(Offer.made_on.desc())
    ):
        yield Thing(CameWith.OFFER, offer.id, f"Sector offer of {_day(offer.made_on)}")
    for meeting in session.scalars(
        select(Meeting).where(Meeting.case_id == case_id, uncorrected()).order_by(Meeting.held_on.desc())
    ):
        yield Thing(CameWith.MEETING, meeting.id, f"{meeting.kind.words} of {_day(meeting.held_on)}")
    for escalation in session.scalars(
        select(Escalation).where(Escalation.case_id == case_id).order_by(Escalation.id.desc())
    ):
        made = _day(escalation.recorded_at.astimezone(LONDON).date())
        yield Thing(CameWith.ESCALATION, escalation.id, f"Escalation recorded on {made}")
    for review in session.scalars(select(Review).where(Review.case_id == case_id).order_by(Review.id.desc())):
        yield Thing(CameWith.REVIEW, review.id, f"Review of {_day(review.held_on)}")
    for plan in session.scalars(select(Plan.id).where(Plan.case_id == case_id)):
        yield Thing(CameWith.PLAN, plan, CameWith.PLAN.words)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
