"""The shapes in which pages show a team at work: teams, visits, sessions, outputs and contacts."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from clearinghouse.casework.headers import CaseHeader
from clearinghouse.casework.staff import Colleague
from clearinghouse.casework.teams.packages import Doers
from clearinghouse.protocol.team_work import (
    Activity,
    Means,
    OutputKind,
    Package,
    Shape,
    VisitKind,
    VisitState,
    WhyChanged,
)


@dataclass(frozen=True)
class FindingView:
    """A passage of what was found."""

    text: str
    by: str
    at: datetime


@dataclass(frozen=True)
class SessionView:
    """A session of a workshop or assist day. `presenter` and `findings` are empty for those who may not read."""

    id: UUID
    area: str
    specialists: tuple[str, ...]
    presented: bool | None
    presenter: str = ""
    findings: tuple[FindingView, ...] = ()


@dataclass(frozen=True)
class MoveView:
    """One move of a visit to other days."""

    from_first: date
    from_last: date
    why: WhyChanged
    at: datetime


@dataclass(frozen=True)
class VisitView:
    """A visit. `came` are those who came, once it took place. `may_be_held` from its last day on, while it is planned.

    `purpose` and `findings` are empty for those who may not read.
    """

    id: UUID
    kind: VisitKind
    first: date
    last: date
    activities: tuple[Activity, ...]
    state: VisitState
    is_overdue: bool
    chair: str
    came: tuple[str, ...]
    sessions: tuple[SessionView, ...]
    moves: tuple[MoveView, ...]
    why_cancelled: WhyChanged | None
    may_be_held: bool
    purpose: str = ""
    findings: tuple[FindingView, ...] = ()


@dataclass(frozen=True)
class OutputView:
    """What is owed or was delivered. `of` says what it comes of: a session's area, or nothing for the whole work."""

    id: UUID
    kind: OutputKind
    of: str
    due_on: date
    delivered_on: date | None
    is_overdue: bool
    is_case_plan: bool


@dataclass(frozen=True)
class ContactView:
    """A contact between visits; `note` is empty for those who may not read."""

    on: date
    means: Means
    by: str
    note: str = ""


@dataclass(frozen=True)
class NextThing:
    """What comes next in a team's work, and when."""

    words: str
    on: date


@dataclass(frozen=True)
class TeamAtWork:
    """A team that was assigned, and everything of its work. `manager` is empty where nobody was named yet."""

    id: UUID
    assigned_at: datetime
    package: Package
    shape: Shape
    members: tuple[Colleague, ...]
    manager: str
    managed_since: datetime | None
    visits: tuple[VisitView, ...]
    outputs: tuple[OutputView, ...]
    contacts: tuple[ContactView, ...]
    next: NextThing | None

    @property
    def may_choose_package(self) -> bool:
        """Whether its package can still be changed."""
        return not self.visits


@dataclass(frozen=True)
class WorkPage:
    """The teams at work on a case, the latest first; with what was typed where `opened`."""

    case: CaseHeader
    teams: tuple[TeamAtWork, ...]
    opened: bool


@dataclass(frozen=True)
class SpecialistOption:
    """Somebody who can come to a session, and what they know, in words."""

    id: UUID
    name: str
    knows: tuple[str, ...]


@dataclass(frozen=True)
class TeamSheet:
    """What a form about a team's work needs: who can be chosen, and for which areas."""

    case: CaseHeader
    team: TeamAtWork
    doers: Doers
    specialists: tuple[SpecialistOption, ...]


@dataclass(frozen=True)
class VisitSheet:
    """A visit with its team, and who of the team could have come."""

    case: CaseHeader
    team: TeamAtWork
    visit: VisitView
    could_come: tuple[Colleague, ...]


@dataclass(frozen=True)
class OutputSheet:
    """An output to be recorded. `plan_agreed_on` is set where the case has a plan that it could be."""

    case: CaseHeader
    output: OutputView
    plan_agreed_on: date | None
