"""The peer team of a case: what is asked of it, who is chosen from ranked candidates, warnings, and assigning it."""

from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.authorities import councils_called
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.headers import CaseHeader, case_header
from clearinghouse.casework.questionnaires.pages import questionnaires_page
from clearinghouse.casework.register.ruling_groups import (
    LONGEST_GROUP,
    EnteredGroup,
    RulingGroup,
    entered_group,
)
from clearinghouse.casework.teams.assigning import assign_team
from clearinghouse.casework.teams.choosing import (
    LONGEST_REASON,
    TeamNeeds,
    accept_warning,
    add_to_team,
    choose_leader,
    propose_team,
    remove_from_team,
)
from clearinghouse.casework.teams.pages import (
    TeamView,
    match_page,
    team_page,
    warning_page,
)
from clearinghouse.protocol.conflicts import Rule
from clearinghouse.protocol.peer_words import Seniority, Service, Theme
from clearinghouse.protocol.team_work import Package
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.fields import (
    LINE_LENGTH,
    Choice,
    Choices,
    DateParts,
    Line,
    Text,
    Tick,
    clean,
    options_of,
    whole_number,
)
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import day_words, page

teams = Pages("teams", __name__)

ASKED = Message("What is asked of the team is recorded.")
ADDED = Message("The peer is in the team. The ranking now counts what they bring.")
REMOVED = Message("The peer is no longer in the team.")
LEADS = Message("Who leads the team is recorded.")
ACCEPTED = Message("The warning is accepted.")
ASSIGNED = Message("The team is assigned. A follow-up is now owed.")

_NUMBERS = ("days", "size", "councillors", "officers", "specialists")
_SHORT = {"classes": "govuk-input--width-3", "inputmode": "numeric"}


def _number(label: str, hint: str = "", missing: str = "") -> Line:
    return Line(label, hint=hint, missing=missing, check=whole_number(3, 3), looks=_SHORT)


class NeedsForm(Form):
    """What the council needs of a team: no narrative."""

    package = Choice(
        "What kind of support does it give?",
        options=options_of(Package),
        default=Package.PEER_TEAM.value,
    )
    first = DateParts("First day", subject="The first day", missing="Enter the first day")
    last = DateParts("Last day", subject="The last day", missing="Enter the last day")
    days = _number("Days of work of each member", "Between the two dates", "Enter the days of work")
    size = _number(
        "Members in all", "At least 3; mentoring and exchange take 1", "Enter how many members the team has"
    )
    councillors = _number("Councillors among them")
    officers = _number("Officers among them")
    specialists = _number("Specialists from outside local government among them")
    lead = Tick("Somebody who has led a review before")
    political_balance = Tick("Councillors of more than one political group")
    group = Line(
        "Which political group runs the council? (optional)",
        hint="As the register of peers calls it. No overall control counts as none",
        longest=LONGEST_GROUP,
    )
    since = DateParts("Since when?", subject="The day since when the group runs the council")
    themes = Choices("Themes", options=options_of(Theme))
    services = Choices("Services", options=options_of(Service))
    seniorities = Choices("Posts", options=options_of(Seniority))
    named = Text(
        "Councils that it wants peers from (optional)",
        rows=3,
        longest=2000,
        hint="One council a line, by its name in the register",
    )

    def fill(self, team: TeamView) -> None:
        """Show what is asked of the team now."""
        needs = team.needs
        self.package.data = needs.package.value
        for name in _NUMBERS:
            getattr(self, name).data = str(getattr(needs, name))
        for part in (self.first, self.last):
            day = getattr(needs, part.name)
            part.raw_data = [str(day.day), str(day.month), str(day.year)]
        for field in (self.themes, self.services, self.seniorities):
            field.data = sorted(getattr(needs, field.name))
        self.lead.data, self.political_balance.data = needs.lead, needs.political_balance
        self.named.data = "\n".join(team.named)

    def fill_ruling(self, ruling: RulingGroup) -> None:
        """Show which group runs the council, as the register has it."""
        self.group.data, day = ruling.group, ruling.since
        self.since.raw_data = [str(day.day), str(day.month), str(day.year)] if day else []

    def say_when_entered(self, entered: EnteredGroup) -> None:
        """Say beside the group how old the answer is."""
        if entered.entered_at:
            self.group.description += f". As entered on {day_words(entered.entered_at)}"

    @property
    def ruling(self) -> RulingGroup:
        """Which group runs the council, once the form was found valid."""
        return RulingGroup(self.group.text, self.since.data)

    def needs(self, named: frozenset[UUID]) -> TeamNeeds:
        """What was asked, once the form was found valid."""
        numbers = {name: int(getattr(self, name).text or 0) for name in _NUMBERS}
        return TeamNeeds(
            first=self.first.day,
            last=self.last.day,
            **numbers,
            themes=frozenset(Theme(each) for each in self.themes.data or ()),
            services=frozenset(Service(each) for each in self.services.data or ()),
            seniorities=frozenset(Seniority(each) for each in self.seniorities.data or ()),
            named=named,
            lead=bool(self.lead.data),
            political_balance=bool(self.political_balance.data),
            package=Package(self.package.data or Package.PEER_TEAM),
        )


class MatchForm(Form):
    """Which candidate is chosen."""

    peer = Line("Peer", missing="Select a peer")


class WarningForm(Form):
    """Why a lead accepts a warning."""

    reason = Text(
        "Why can this be accepted?",
        longest=LONGEST_REASON,
        rows=5,
        missing="Enter why the warning can be accepted",
        hint="Those who may read the case can read this",
    )


@teams.get("/cases/<uuid:case_id>/team", needs=Permission.PEER_READ)
def index(case_id: UUID) -> ResponseReturnValue:
    """The team tab."""
    return _tab(case_id)


@teams.route("/cases/<uuid:case_id>/team/needs", methods=["GET", "POST"], needs=Permission.PEER_MATCH)
def needs(case_id: UUID) -> ResponseReturnValue:
    """Say what is asked of the team."""
    case, form = case_header(world(), actor(), case_id, Permission.PEER_MATCH), NeedsForm()
    entered = entered_group(world(), actor(), case.lead_authority.id)
    form.say_when_entered(entered)
    if request.method == "GET":
        form.fill_ruling(entered.ruling)
        proposed = team_page(world(), actor(), case_id).proposed
        if proposed:
            form.fill(proposed)
        return _shown("teams/needs.html", form, case)
    if not form.is_posted_and_valid():
        return _shown("teams/needs.html", form, case)
    named = councils_called(world(), actor(), [name for name in form.named.text.split("\n") if name.strip()])
    unknown = [name.strip() for name, council in named.items() if council is None]
    if unknown:
        form.refuse(form.named, f"No council of the register is called {unknown[0]}")
        return _shown("teams/needs.html", form, case)
    try:
        asked = form.needs(frozenset(council for council in named.values() if council))
        propose_team(world_for(form.key()), actor(), case_id, form.read_version(), asked, form.ruling)
    except Refused as refused:
        return _shown("teams/needs.html", form, case, refused.reasons)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return _shown("teams/needs.html", form, case)
    tell(ASKED)
    return redirect(url_for("teams.match", case_id=case_id), 303)


@teams.route("/cases/<uuid:case_id>/team/match", methods=["GET", "POST"], needs=Permission.PEER_MATCH)
def match(case_id: UUID) -> ResponseReturnValue:
    """Rank the peers, and choose one."""
    form = MatchForm()
    if request.method == "GET" or not form.is_posted_and_valid():
        return _ranked(case_id, form)
    team = _team_of(case_id)
    try:
        add_to_team(world_for(form.key()), actor(), case_id, form.read_version(), team, _key(form.peer.text))
    except Refused as refused:
        return _ranked(case_id, form, refused.reasons)
    tell(ADDED)
    return redirect(url_for("teams.match", case_id=case_id), 303)


@teams.post("/cases/<uuid:case_id>/team/<uuid:team_id>/remove", needs=Permission.PEER_MATCH)
def remove(case_id: UUID, team_id: UUID) -> ResponseReturnValue:
    """Take a member out."""
    form = Form()
    peer = _key(request.form.get("peer", ""))
    try:
        remove_from_team(world_for(form.key()), actor(), case_id, form.read_version(), team_id, peer)
    except Refused as refused:
        return _tab(case_id, refused.reasons)
    return _done(REMOVED, case_id)


@teams.post("/cases/<uuid:case_id>/team/<uuid:team_id>/leader", needs=Permission.PEER_MATCH)
def leader(case_id: UUID, team_id: UUID) -> ResponseReturnValue:
    """Say who leads."""
    form = Form()
    peer = _key(request.form.get("peer", ""))
    try:
        choose_leader(world_for(form.key()), actor(), case_id, form.read_version(), team_id, peer)
    except Refused as refused:
        return _tab(case_id, refused.reasons)
    return _done(LEADS, case_id)


@teams.post("/cases/<uuid:case_id>/team/<uuid:team_id>/assign", needs=Permission.TEAM_ASSIGN)
def assign(case_id: UUID, team_id: UUID) -> ResponseReturnValue:
    """Send the team."""
    form = Form()
    try:
        assign_team(world_for(form.key()), actor(), case_id, form.read_version(), team_id)
    except Refused as refused:
        return _tab(case_id, refused.reasons)
    return _done(ASSIGNED, case_id)


@teams.route(
    "/cases/<uuid:case_id>/team/<uuid:team_id>/warnings/<uuid:peer_id>/<rule>/<uuid:about>",
    methods=["GET", "POST"],
    needs=Permission.PEER_WARNING_ACCEPT,
)
def warning(case_id: UUID, team_id: UUID, peer_id: UUID, rule: str, about: UUID) -> ResponseReturnValue:
    """A lead accepts one warning, with a reason."""
    if rule not in set(Rule):
        raise NotFound
    form = WarningForm()
    case, member, found = warning_page(world(), actor(), case_id, team_id, peer_id, Rule(rule), about)
    if request.method == "GET" or not form.is_posted_and_valid():
        return _shown("teams/warning.html", form, case, member=member, found=found)
    try:
        accept_warning(
            world_for(form.key()),
            actor(),
            case_id,
            form.read_version(),
            team_id,
            peer_id,
            Rule(rule),
            about,
            form.reason.text,
        )
    except Refused as refused:
        return _shown("teams/warning.html", form, case, refused.reasons, member=member, found=found)
    return _done(ACCEPTED, case_id)


def _team_of(case_id: UUID) -> UUID:
    """The team that is being put together. Raises NotFound where there is none."""
    proposed = team_page(world(), actor(), case_id).proposed
    if proposed is None:
        raise NotFound
    return proposed.id


def _ranked(case_id: UUID, form: MatchForm, reasons: tuple[str, ...] = ()) -> ResponseReturnValue:
    if team_page(world(), actor(), case_id).proposed is None:
        return redirect(url_for("teams.needs", case_id=case_id), 303)
    words = clean(request.args.get("name", ""))[:LINE_LENGTH]
    asked = request.args.get("blocked", "")
    blocked_page = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    found = match_page(world(), actor(), case_id, words, blocked_page)

    def blocked_href(number: int) -> str:
        if not 1 <= number <= found.blocked_pages:
            return ""
        return url_for(
            "teams.match", case_id=case_id, name=words or None, blocked=number, _anchor="cannot-be-chosen"
        )

    return _shown(
        "teams/match.html",
        form,
        found.case,
        reasons,
        found=found,
        words=words,
        next_href=blocked_href(found.blocked_page + 1),
        previous_href=blocked_href(found.blocked_page - 1),
    )


def _shown(
    template: str, form: Form, case: CaseHeader, reasons: tuple[str, ...] = (), **context: object
) -> Response:
    if not form.version.data:
        form.version.data = str(case.version)
    refused = form.errors or reasons
    return page(template, 422 if refused else 200, form=form, case=case, reasons=reasons, **context)


def _tab(case_id: UUID, reasons: tuple[str, ...] = ()) -> Response:
    shown = team_page(world(), actor(), case_id)
    may_send = Permission.QUESTIONNAIRE_SEND in shown.case.permissions
    asked = questionnaires_page(world(), actor(), case_id).questionnaires if may_send else None
    return page(
        "teams/index.html",
        422 if reasons else 200,
        case=shown.case,
        tab="team",
        shown=shown,
        questionnaires=asked if shown.proposed or shown.assigned else None,
        reasons=reasons,
    )


def _done(message: Message, case_id: UUID) -> ResponseReturnValue:
    tell(message)
    return redirect(url_for("teams.index", case_id=case_id), 303)


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
