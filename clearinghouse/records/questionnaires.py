"""Questionnaires to a council's staff: questions, times at which they were sent, links, and answers that are nobody's.

Nothing here says when somebody answered or joins an answer to a link: answers lie in one sealed pool of all, links know
only that they were used, and keys of links are random where others tell the order in which rows were made.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.protocol.questionnaires import QuestionKind
from clearinghouse.records.base import Row
from clearinghouse.records.sealed import Compartment, Sealed


class Questionnaire(Row):
    """What a peer team asks of a council's staff; `typed` once somebody put words of their own into it.

    `waiting` are the answers that nobody is shown yet, `results` those that are: each a pool as JSON. The first is
    sealed anew with each answer and no event tells of it, or its event would say when somebody answered.
    """

    __tablename__ = "questionnaires"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"))
    made_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime]
    typed: Mapped[bool]
    shown_people: Mapped[int]
    dropped_at: Mapped[datetime | None]
    title_sealed: Mapped[bytes | None]
    title = Sealed(Compartment.PEERS, subject="case_id")
    intro_sealed: Mapped[bytes | None]
    intro = Sealed(Compartment.PEERS, subject="case_id")
    results_sealed: Mapped[bytes | None]
    results = Sealed(Compartment.PEERS, subject="case_id")
    waiting_sealed: Mapped[bytes | None]
    waiting = Sealed(Compartment.PEERS, subject="case_id", ledgered=False)


class QuestionnaireQuestion(Row):
    """One question, at its place from 1 on; `options` are the lines of a choice. What was taken out keeps its row."""

    __tablename__ = "questionnaire_questions"

    questionnaire_id: Mapped[UUID] = mapped_column(ForeignKey("questionnaires.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    position: Mapped[int]
    kind: Mapped[QuestionKind]
    required: Mapped[bool]
    removed: Mapped[bool]
    words_sealed: Mapped[bytes | None]
    words = Sealed(Compartment.PEERS, subject="case_id")
    options_sealed: Mapped[bytes | None]
    options = Sealed(Compartment.PEERS, subject="case_id")


class QuestionnaireRound(Row):
    """One time at which a questionnaire was open: to how many who had not answered yet, until when, and how many did.

    `chased_on` is the day on which the clock raised that few had answered by half-time.
    """

    __tablename__ = "questionnaire_rounds"
    __table_args__ = (
        Index(
            "uq_questionnaire_rounds_questionnaire_id_number",
            "questionnaire_id",
            "number",
            unique=True,
        ),
        Index("ix_questionnaire_rounds_closed_at_closes_on", "closed_at", "closes_on"),
    )

    questionnaire_id: Mapped[UUID] = mapped_column(ForeignKey("questionnaires.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    number: Mapped[int]
    sent_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    sent_at: Mapped[datetime]
    closes_on: Mapped[date]
    asked: Mapped[int]
    answered: Mapped[int]
    reminded_on: Mapped[date | None]
    chased_on: Mapped[date | None]
    closed_at: Mapped[datetime | None]


class QuestionnaireLink(Row):
    """A link by which one person answers once. Its address is there while it may still be needed, and then gone."""

    __tablename__ = "questionnaire_links"

    questionnaire_id: Mapped[UUID] = mapped_column(ForeignKey("questionnaires.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    used: Mapped[bool]
    address_sealed: Mapped[bytes | None]
    address = Sealed(Compartment.PEERS, subject="case_id", ledgered=False)


class QuestionnaireLetter(Row):
    """A mail with a link that waits to be sent, or was; it says nothing of case, council or question."""

    __tablename__ = "questionnaire_letters"
    __table_args__ = (Index("ix_questionnaire_letters_sent_at_due_at", "sent_at", "due_at"),)

    link_id: Mapped[UUID] = mapped_column(ForeignKey("questionnaire_links.id"), index=True)
    reminds: Mapped[bool]
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]
