"""The regional round table: how often a region holds one, what stands on its agenda, and what a decision must say."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from clearinghouse.protocol.vocabulary import Worded

A_YEAR = timedelta(days=365)
MOST_A_YEAR = 12


class Party(Worded):
    """Who meets at a regional round table (§22); §21 lets regions differ."""

    CHIEF_EXECUTIVES = "chief_executives", "Regional chief executives’ group"
    RIEP = "riep", "RIEP"
    GOVERNMENT_OFFICE = "government_office", "Government Office"
    AUDIT_COMMISSION = "audit_commission", "Audit Commission"
    IDEA = "idea", "IDeA"
    LGA = "lga", "LGA"
    LEADERS = "leaders", "Regional leaders’ forum"
    OTHER = "other", "Another body"


class ItemKind(Worded):
    """Why something stands on the agenda (§22), in the order of the agenda."""

    REFERRAL = "referral", "Referred to the round table"
    SIGNALS = "signals", "Recurs in several authorities"
    OFFER = "offer", "An authority offers support"
    PRACTICE = "practice", "Good practice to share"


class Decision(Worded):
    """What the round table made of an item."""

    TAKEN_UP = "taken_up", "Taken up"
    DEFERRED = "deferred", "Deferred to the next round table"
    NOT_NEEDED = "not_needed", "Not needed"


class Helpers(Worded):
    """Whom an authority makes available to others (§19)."""

    OFFICERS = "officers", "Officers"
    MEMBERS = "members", "Members"
    BOTH = "both", "Officers and members"


class Lacks(StrEnum):
    """What a decision lacks; `field` is where it would be given."""

    words: str
    field: str

    def __new__(cls, value: str, field: str, words: str) -> "Lacks":
        """Make it of its stored value, its field and its words."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.field, member.words = field, words
        return member

    WHAT = "what", "what", "Enter what will be done"
    OWNER = "owner", "owner", "Select who will do it"
    DATE = "date", "due_on", "Enter the date by which it will be done"
    REASON = "reason", "what", "Enter why it is not needed"


class Planning(Worded):
    """How a region stands with its round tables."""

    PLANNED = "planned", "The next round table is planned."
    LATE = "late", "The next round table is planned later than the region has set for itself."
    NOT_PLANNED = "not_planned", "No round table is planned."
    NOT_RECORDED = "not_recorded", "A round table was planned for a day that has passed, and is not recorded."


@dataclass(frozen=True)
class RegionRules:
    """How a region does it (§21: regions differ): how many round tables a year, and who normally attends."""

    a_year: int = 2
    parties: tuple[Party, ...] = (
        Party.CHIEF_EXECUTIVES,
        Party.RIEP,
        Party.GOVERNMENT_OFFICE,
        Party.AUDIT_COMMISSION,
        Party.IDEA,
    )


USUAL = RegionRules()


@dataclass(frozen=True)
class RegionSettings:
    """The rules of each region, and the usual ones for those that have set none of their own."""

    usual: RegionRules = USUAL
    own: tuple[tuple[str, RegionRules], ...] = ()

    def of(self, region: str) -> RegionRules:
        """The rules of one region."""
        return dict(self.own).get(region, self.usual)


class RegionsError(ValueError):
    """The settings of regions cannot be used; the message says why, one line for each error."""


def next_by(a_year: int, last_held: date | None, today: date) -> date:
    """By when the next round table falls (§22, say twice a year): a year's share after the last; today if none was."""
    return today if last_held is None else last_held + A_YEAR // a_year


def planning(a_year: int, last_held: date | None, planned: Collection[date], today: date) -> Planning:
    """How a region stands with its round tables (§22). What is not planned in its time is told to the region (ours).

    Where none was held yet, one planned within a year's share from today is in time. One whose day has passed
    without a record is said first: what it decided may be lost.
    """
    if any(day < today for day in planned):
        return Planning.NOT_RECORDED
    if not planned:
        return Planning.NOT_PLANNED
    latest = (last_held or today) + A_YEAR // a_year
    return Planning.PLANNED if min(planned) <= max(latest, today) else Planning.LATE


def is_waiting(decisions: Iterable[Decision | None]) -> bool:
    """Whether something is on the next agenda by itself (§22): until it is taken up or found not needed.

    What was deferred, or reached no decision, comes again.
    """
    return not {Decision.TAKEN_UP, Decision.NOT_NEEDED} & set(decisions)


def lacking(decision: Decision, *, what: bool, owner: bool, dated: bool) -> tuple[Lacks, ...]:
    """What a decision lacks (§19, ours): taken up needs what, who and by when; not needed needs a reason."""
    if decision is Decision.TAKEN_UP:
        asked = ((Lacks.WHAT, what), (Lacks.OWNER, owner), (Lacks.DATE, dated))
        return tuple(each for each, there in asked if not there)
    return (Lacks.REASON,) if decision is Decision.NOT_NEEDED and not what else ()


def parse_regions(data: Mapping[str, object], regions: Collection[str]) -> RegionSettings:
    """Read the settings as `tomllib` gives them: `[usual]`, and a table for each region that differs.

    Raises RegionsError with a line for each unknown region or entry and each value that makes no sense.
    """
    problems: list[str] = []
    usual = _rules("usual", data.get("usual", {}), USUAL, problems)
    own = []
    for name, table in data.items():
        if name != "usual" and name not in regions:
            problems.append(f"regions: unknown region [{name}]")
        elif name != "usual":
            own.append((name, _rules(name, table, usual, problems)))
    if problems:
        raise RegionsError("\n".join(problems))
    return RegionSettings(usual, tuple(own))


def _rules(name: str, table: object, usual: RegionRules, problems: list[str]) -> RegionRules:
    if not isinstance(table, Mapping):
        problems.append(f"regions: [{name}] must be a table")
        return usual
    unknown = sorted(set(table) - {"round_tables_a_year", "attend"})
    problems += [f"regions: [{name}] has an unknown entry {each}" for each in unknown]
    number = table.get("round_tables_a_year", usual.a_year)
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MOST_A_YEAR:
        problems.append(
            f"regions: [{name}] round_tables_a_year must be a whole number from 1 to {MOST_A_YEAR}"
        )
        number = usual.a_year
    named = table.get("attend", list(usual.parties))
    if not isinstance(named, list) or not named or not set(map(str, named)) <= set(Party):
        problems.append(f"regions: [{name}] attend must be a list of {', '.join(Party)}")
        named = list(usual.parties)
    return RegionRules(number, tuple(dict.fromkeys(Party(str(each)) for each in named)))
