"""The life of a team's members, for the coordinator: asking, codes, answers by telephone, confirming, feedback."""

from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.headers import CaseHeader
from clearinghouse.casework.peers.interests import LONGEST_INTEREST
from clearinghouse.casework.teams.answering import Answer, Declared, record_answer
from clearinghouse.casework.teams.asking import ask_members, send_again, withdraw_invitation
from clearinghouse.casework.teams.confirming import confirm_member
from clearinghouse.casework.teams.feedback import LONGEST_WORDS, Feedback, feedback_page, record_feedback
from clearinghouse.casework.teams.life import AskPage, MemberPage, ask_page, member_page
from clearinghouse.protocol.invitations import (
    DeclineReason,
    FeedbackFrom,
    InterestKind,
    InvitationState,
    Rating,
)
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.fields import Choice, Choices, DateParts, Option, Text, options_of
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

team_members = Pages("team_members", __name__)

ASKED = Message(
    "They are asked, by mail where the register has an address. Now tell each of them their code."
)
WITHOUT_MAIL = Message("They are asked, but not all have an email address: ring those who have none.")
SENT = Message("A fresh link is on its way. The earlier one leads nowhere any more; the code is the same.")
NO_ADDRESS = Message("The register has no email address for them. Ring them, and write down what they say.")
WITHDRAWN = Message("The invitation is taken back. The peer hears that nothing more is asked of them.")
CONFIRMED = Message("The peer is confirmed, and hears so by mail.")
ACCEPTED = Message("Their yes is recorded. Confirm them when the team stands.")
DECLINED = Message("Their no is recorded. They are no longer in the team.")
CONFLICT = Message("They said yes, but something speaks against them. You and the lead are told.")
SAID = Message("The feedback is recorded.")
NOTHING = "none"
_OF_MEMBER = "/cases/<uuid:case_id>/team/<uuid:team_id>/members/<uuid:peer_id>"
_YES_NO = (Option("yes", "Yes"), Option("no", "No"))


class AskForm(Form):
    """Who is asked, and by when they answer."""

    peers = Choices("Whom do you ask?", missing="Select whom you ask")
    answer_by = DateParts("Answer by", subject="The date to answer by", missing="Enter the date to answer by")

    def offer(self, found: AskPage) -> None:
        """Who can be asked now; on first sight all of them, and the usual date."""
        self.peers.offer(Option(str(key), name) for key, name in found.members)

    def fill(self, found: AskPage) -> None:
        """Who is usually asked, and the usual date."""
        self.peers.data = [str(key) for key, _ in found.members if key in found.usual]
        day = found.answer_by
        self.answer_by.raw_data = [str(day.day), str(day.month), str(day.year)]


class ToldForm(Form):
    """What a peer said by telephone."""

    answer = Choice("What did they say?", options=_YES_NO, missing="Select what they said")
    interest = Choice(
        "If yes: do they have anything to do with this council?",
        options=(Option(NOTHING, "No, none of these"), *options_of(InterestKind)),
        hint="Read the answers out to them. They speak as “I”",
    )
    words = Text(
        "If there is something: what is it?",
        rows=4,
        longest=LONGEST_INTEREST,
        hint="In their words. It is kept sealed in the register of peers",
    )
    reason = Choice("If no: why not? (optional)", options=options_of(DeclineReason))

    def said(self) -> Answer | None:
        """What they said; None where something that a yes needs is missing, which then stands beside its field."""
        if self.answer.data == "no":
            return Answer(accepts=False, reason=DeclineReason(self.reason.data) if self.reason.data else None)
        if not self.interest.data:
            self.refuse(self.interest, "Select whether they have anything to do with the council")
            return None
        kind = None if self.interest.data == NOTHING else InterestKind(self.interest.data)
        return Answer(accepts=True, declared=Declared(kind, self.words.text if kind else ""))


class FeedbackForm(Form):
    """What is said of a peer's part."""

    given_by = Choice(
        "Who says so?",
        options=options_of((FeedbackFrom.COUNCIL, FeedbackFrom.LEAD)),
        missing="Select who says so",
    )
    rating = Choice("How did it go?", options=options_of(Rating), missing="Select how it went")
    again = Choice("Would they have this peer again?", options=_YES_NO, missing="Select yes or no")
    words = Text(
        "In their words (optional)",
        rows=5,
        longest=LONGEST_WORDS,
        hint="Those who may read the case can read this. Peer coordinators see the answers above alone",
    )


@team_members.route(
    "/cases/<uuid:case_id>/team/<uuid:team_id>/ask", methods=["GET", "POST"], needs=Permission.TEAM_ASSIGN
)
def ask(case_id: UUID, team_id: UUID) -> ResponseReturnValue:
    """Ask members by mail."""
    found, form = ask_page(world(), actor(), case_id, team_id), AskForm()
    form.offer(found)
    if request.method == "GET":
        form.fill(found)
    elif form.is_posted_and_valid():
        peers = tuple(UUID(each) for each in form.peers.data or ())
        world_now = world_for(form.key())
        try:
            done = ask_members(
                world_now, actor(), case_id, form.read_version(), team_id, peers, form.answer_by.day
            )
            return _to_team(WITHOUT_MAIL if done.without_mail else ASKED, case_id)
        except Invalid as invalid:
            form.refuse_all(invalid)
        except Refused as refused:
            return _shown("teams/ask.html", form, found.case, refused.reasons, found=found)
    return _shown("teams/ask.html", form, found.case, found=found)


@team_members.get(_OF_MEMBER, needs=Permission.TEAM_ASSIGN)
def show(case_id: UUID, team_id: UUID, peer_id: UUID) -> Response:
    """A member who was asked: how far they are, their code, and what can be done."""
    return _member(member_page(world(), actor(), case_id, team_id, peer_id))


@team_members.post(f"{_OF_MEMBER}/send", needs=Permission.TEAM_ASSIGN)
def send(case_id: UUID, team_id: UUID, peer_id: UUID) -> ResponseReturnValue:
    """Mail a fresh link."""
    form = Form()
    try:
        sent = send_again(world_for(form.key()), actor(), case_id, form.read_version(), team_id, peer_id)
    except Refused as refused:
        return _member(member_page(world(), actor(), case_id, team_id, peer_id), refused.reasons)
    tell(SENT if sent else NO_ADDRESS)
    return redirect(url_for("team_members.show", case_id=case_id, team_id=team_id, peer_id=peer_id), 303)


@team_members.post(f"{_OF_MEMBER}/withdraw", needs=Permission.TEAM_ASSIGN)
def withdraw(case_id: UUID, team_id: UUID, peer_id: UUID) -> ResponseReturnValue:
    """Take the invitation back."""
    form = Form()
    try:
        withdraw_invitation(world_for(form.key()), actor(), case_id, form.read_version(), team_id, peer_id)
    except Refused as refused:
        return _member(member_page(world(), actor(), case_id, team_id, peer_id), refused.reasons)
    return _to_team(WITHDRAWN, case_id)


@team_members.post(f"{_OF_MEMBER}/confirm", needs=Permission.TEAM_ASSIGN)
def confirm(case_id: UUID, team_id: UUID, peer_id: UUID) -> ResponseReturnValue:
    """Count on a member who accepted."""
    form = Form()
    try:
        confirm_member(world_for(form.key()), actor(), case_id, form.read_version(), team_id, peer_id)
    except Refused as refused:
        return _member(member_page(world(), actor(), case_id, team_id, peer_id), refused.reasons)
    return _to_team(CONFIRMED, case_id)


@team_members.route(f"{_OF_MEMBER}/answer", methods=["GET", "POST"], needs=Permission.TEAM_ASSIGN)
def answer(case_id: UUID, team_id: UUID, peer_id: UUID) -> ResponseReturnValue:
    """Write down what a peer said by telephone."""
    found, form = member_page(world(), actor(), case_id, team_id, peer_id), ToldForm()
    said = form.said() if form.is_posted_and_valid() else None
    if said is not None:
        try:
            world_now, version = world_for(form.key()), form.read_version()
            state = record_answer(world_now, actor(), case_id, version, team_id, peer_id, said)
            return _to_team(_TOLD.get(state, CONFLICT), case_id)
        except Invalid as invalid:
            form.refuse_all(invalid)
        except Refused as refused:
            return _shown("teams/answer.html", form, found.case, refused.reasons, found=found)
    return _shown("teams/answer.html", form, found.case, found=found)


@team_members.route(f"{_OF_MEMBER}/feedback", methods=["GET", "POST"], needs=Permission.TEAM_FEEDBACK)
def feedback(case_id: UUID, team_id: UUID, peer_id: UUID) -> ResponseReturnValue:
    """Write down what the council, or the lead, says of a peer's part."""
    case, name = feedback_page(world(), actor(), case_id, team_id, peer_id)
    form = FeedbackForm()
    if form.is_posted_and_valid():
        given = Feedback(Rating(form.rating.data), form.again.data == "yes", form.words.text)
        try:
            record_feedback(
                world_for(form.key()),
                actor(),
                case_id,
                form.read_version(),
                team_id,
                peer_id,
                FeedbackFrom(form.given_by.data),
                given,
            )
            return _to_team(SAID, case_id)
        except Invalid as invalid:
            form.refuse_all(invalid)
        except Refused as refused:
            return _shown("teams/feedback.html", form, case, refused.reasons, name=name)
    return _shown("teams/feedback.html", form, case, name=name)


_TOLD = {InvitationState.ACCEPTED: ACCEPTED, InvitationState.DECLINED: DECLINED}


def _member(found: MemberPage, reasons: tuple[str, ...] = ()) -> Response:
    status = 422 if reasons else 200
    return page("teams/member.html", status, case=found.case, found=found, reasons=reasons)


def _shown(
    template: str, form: Form, case: CaseHeader, reasons: tuple[str, ...] = (), **context: object
) -> Response:
    if not form.version.data:
        form.version.data = str(case.version)
    refused = form.errors or reasons
    return page(template, 422 if refused else 200, form=form, case=case, reasons=reasons, **context)


def _to_team(message: Message, case_id: UUID) -> ResponseReturnValue:
    tell(message)
    return redirect(url_for("teams.index", case_id=case_id), 303)
