"""Early-warning signals about an authority: the closed lists, which of them warn, and what recurs in a region."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from clearinghouse.protocol.peer_words import Service
from clearinghouse.protocol.vocabulary import Worded

RECURS_IN = 3
"""A theme recurs where it shows in so many authorities of one region."""

COUNTS_FOR = timedelta(days=365)
"""A signal says something about today for so long; what is older stays on record."""


class Direction(Worded):
    """How it has moved since the signal before."""

    BETTER = "better", "Better"
    SAME = "same", "The same"
    WORSE = "worse", "Worse"


class SignalKind(Worded):
    """From where the family learns early that an authority may be in difficulty (§12, §19, §22, appendix 1)."""

    CPA_STARS = "cpa_stars", "CPA star rating"
    CPA_CATEGORY = "cpa_category", "CPA category of a district"
    CAA_ORGANISATION = "caa_organisation", "CAA organisational assessment"
    CAA_FLAG = "caa_flag", "CAA area assessment flag"
    DIRECTION_OF_TRAVEL = "direction_of_travel", "Direction of travel"
    USE_OF_RESOURCES = "use_of_resources", "Use of resources"
    AREA_AGREEMENT = "area_agreement", "Delivery of the local area agreement"
    INSPECTION = "inspection", "Inspection"
    AUDIT = "audit", "Audit"
    DATA_RETURNS = "data_returns", "Data returns"
    SELF_EVALUATION = "self_evaluation", "The authority’s self-evaluation"
    TALK = "talk", "Talk within local government"
    POLITICAL_INTELLIGENCE = "political_intelligence", "Political group intelligence"


class SignalTheme(Worded):
    """What a signal is about: the authority as a whole, its politics, its partnerships, or one service."""

    CORPORATE = "corporate", "The authority as a whole"
    FINANCE = "finance", "Finance"
    LEADERSHIP = "leadership", "Leadership and management"
    GOVERNANCE = "governance", "Governance"
    PERFORMANCE = "performance", "Performance management"
    POLITICAL = "political", "Political leadership and relations"
    PARTNERSHIP = "partnership", "Partnership working"
    CHILDREN = Service.CHILDREN.value, Service.CHILDREN.words
    ADULTS = Service.ADULTS.value, Service.ADULTS.words
    PUBLIC_HEALTH = Service.PUBLIC_HEALTH.value, Service.PUBLIC_HEALTH.words
    HOUSING = Service.HOUSING.value, Service.HOUSING.words
    PLANNING = Service.PLANNING.value, Service.PLANNING.words
    HIGHWAYS = Service.HIGHWAYS.value, Service.HIGHWAYS.words
    WASTE = Service.WASTE.value, Service.WASTE.words
    ENVIRONMENTAL_HEALTH = Service.ENVIRONMENTAL_HEALTH.value, Service.ENVIRONMENTAL_HEALTH.words
    REVENUES_AND_BENEFITS = Service.REVENUES_AND_BENEFITS.value, Service.REVENUES_AND_BENEFITS.words
    ECONOMIC_DEVELOPMENT = Service.ECONOMIC_DEVELOPMENT.value, Service.ECONOMIC_DEVELOPMENT.words
    CULTURE_AND_LEISURE = Service.CULTURE_AND_LEISURE.value, Service.CULTURE_AND_LEISURE.words
    FIRE = Service.FIRE.value, Service.FIRE.words


SOFT = frozenset({SignalKind.TALK, SignalKind.POLITICAL_INTELLIGENCE})
"""What is said in confidence and published by nobody: read by leads and RIEP officers, told at no round table."""


@dataclass(frozen=True)
class Scale:
    """The values of a kind, worst first. The first stands for `lowest`; up to `warns_to` a value is a warning."""

    lowest: int
    words: tuple[str, ...]
    warns_to: int

    @property
    def values(self) -> range:
        """Every value there is."""
        return range(self.lowest, self.lowest + len(self.words))

    def words_of(self, value: int) -> str:
        """The value as screens name it."""
        return self.words[value - self.lowest]

    @property
    def most(self) -> int:
        """The best value: a picture of a value fills so many of so many boxes, none for no star."""
        return self.values[-1]


_ASSESSED = ("Performs poorly", "Performs adequately", "Performs well", "Performs excellently")
_USE = ("Below minimum requirements", "At minimum requirements", "Performing well", "Performing strongly")
_TRAVEL = ("Not improving adequately", "Improving adequately", "Improving well", "Improving strongly")

SCALES: Mapping[SignalKind, Scale] = MappingProxyType(
    {
        SignalKind.CPA_STARS: Scale(0, ("0 stars", "1 star", "2 stars", "3 stars", "4 stars"), 1),
        SignalKind.CPA_CATEGORY: Scale(1, ("Poor", "Weak", "Fair", "Good", "Excellent"), 2),
        SignalKind.CAA_ORGANISATION: Scale(1, _ASSESSED, 1),
        SignalKind.CAA_FLAG: Scale(0, ("Red flag", "Green flag"), 0),
        SignalKind.DIRECTION_OF_TRAVEL: Scale(1, _TRAVEL, 1),
        SignalKind.USE_OF_RESOURCES: Scale(1, _USE, 1),
        SignalKind.AREA_AGREEMENT: Scale(1, ("Red", "Amber", "Green"), 1),
        SignalKind.INSPECTION: Scale(1, ("Inadequate", "Adequate", "Good", "Excellent"), 1),
    }
)
"""The kinds that have a scale (East Midlands strategy §14 to §18; South West mandate §30); the others say direction."""


@dataclass(frozen=True)
class SignalFacts:
    """One signal. `authority` and `id` are in whatever form the caller uses; of two on one day the later one counts."""

    id: str
    authority: str
    kind: SignalKind
    theme: SignalTheme
    observed_on: date
    value: int | None = None
    direction: Direction | None = None


@dataclass(frozen=True)
class Recurrence:
    """A theme that shows in several authorities."""

    theme: SignalTheme
    authorities: frozenset[str]


def fits(kind: SignalKind, value: int | None) -> bool:
    """Whether the value may stand beside the kind (ours): one of its scale where it has one, and none elsewhere."""
    scale = SCALES.get(kind)
    return value is None if scale is None else value in scale.values


def warns(kind: SignalKind, value: int | None, direction: Direction | None) -> bool:
    """Whether a signal is a warning: it got worse, or its value is at the low end of its scale (ours).

    A higher value that got worse warns too: support is meant for the early stage of decline.
    """
    scale = SCALES.get(kind)
    low = scale is not None and value is not None and value <= scale.warns_to
    return low or direction is Direction.WORSE


def latest(signals: Iterable[SignalFacts]) -> tuple[SignalFacts, ...]:
    """The last signal of each kind and theme about each authority (ours); what came before it no longer counts."""
    found: dict[tuple[str, SignalKind, SignalTheme], SignalFacts] = {}
    for each in sorted(signals, key=lambda each: (each.observed_on, each.id)):
        found[each.authority, each.kind, each.theme] = each
    return tuple(found.values())


def counts(signal: SignalFacts, today: date) -> bool:
    """Whether a signal still counts (ours): it warns, and was observed within the last year."""
    is_recent = today - COUNTS_FOR <= signal.observed_on <= today
    return is_recent and warns(signal.kind, signal.value, signal.direction)


def recurring(
    signals: Collection[SignalFacts],
    today: date,
    *,
    soft: bool = True,
    decided: Mapping[SignalTheme, date] = MappingProxyType({}),
) -> tuple[Recurrence, ...]:
    """The themes that recur: the latest signals warn in three or more authorities of a region (§22).

    Such an issue may be relevant in other localities, and so belongs on the round table. `soft` is False for what the
    round table is told: there, talk and political intelligence do not count (ours). A theme that was `decided` at a
    round table comes again when it recurs in what was observed after that day (ours). The most widespread comes first.
    """
    found: dict[SignalTheme, set[str]] = {}
    for each in latest(signals):
        is_new = each.observed_on > decided.get(each.theme, date.min)
        if is_new and counts(each, today) and (soft or each.kind not in SOFT):
            found.setdefault(each.theme, set()).add(each.authority)
    themes = (Recurrence(theme, frozenset(at)) for theme, at in found.items() if len(at) >= RECURS_IN)
    order = list(SignalTheme)
    return tuple(sorted(themes, key=lambda each: (-len(each.authorities), order.index(each.theme))))


def worry(signals: Collection[SignalFacts], today: date) -> tuple[int, int]:
    """By what authorities are ordered, the worst first (ours): how many of the latest signals warn, then how many fell.

    A signal that got better makes up for one that got worse. Only what was observed within the last year counts.
    """
    recent = [each for each in latest(signals) if today - COUNTS_FOR <= each.observed_on <= today]
    fell = sum((each.direction is Direction.WORSE) - (each.direction is Direction.BETTER) for each in recent)
    return sum(counts(each, today) for each in recent), fell
