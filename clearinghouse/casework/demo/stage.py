"""The stage on which a demo is played: its past weeks in working days, and the world at each instant of them."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

from clearinghouse.access.roles import Actor
from clearinghouse.casework.calendar import bank_holidays
from clearinghouse.casework.clock import tick
from clearinghouse.casework.demo.people import demo_actor
from clearinghouse.casework.world import LONDON, World
from clearinghouse.protocol.working_days import ONE_DAY, add_working_days, is_working_day

BEGINNING = 60
"""So many working days ago the installation had its people, its register and its peers."""

LATEST = time(9, 40)
"""Nothing is played later than this on the last day, so that all of it lies in the past."""

_CLOCK = "06:30"
_FROM_TODAY = re.compile(r"today([+-]\d+)")


@dataclass(frozen=True)
class Step:
    """What one person does, so many working days ago, at a time of day."""

    days_ago: int
    at: str
    by: str
    act: Callable[["Moment"], None]


@dataclass(frozen=True)
class Story:
    """What happens on one case, the first step logging it. The key names the case among the stories."""

    key: str
    authority: str
    steps: tuple[Step, ...]


@dataclass
class Stage:
    """What the stories share. `last_day` is the working day from which days are counted back."""

    world: World
    authorities: dict[str, UUID] = field(default_factory=dict)
    cases: dict[str, UUID] = field(default_factory=dict)

    @property
    def last_day(self) -> date:
        """The latest working day of which the played hours have passed."""
        local = self.world.now().astimezone(LONDON)
        day = local.date() if local.time() > LATEST else local.date() - ONE_DAY
        while not is_working_day(day, self._holidays):
            day -= ONE_DAY
        return day

    def day(self, days_ago: int) -> date:
        """The working day so many working days ago; ahead, where the number is negative."""
        if days_ago <= 0:
            return add_working_days(self.last_day, -days_ago, self._holidays)
        day, left = self.last_day, days_ago
        while left:
            day -= ONE_DAY
            left -= is_working_day(day, self._holidays)
        return day

    def world_at(self, days_ago: int, at: str) -> World:
        """The world at that instant. It sends no mail: what the past wrote is not sent today."""
        instant = datetime.combine(self.day(days_ago), time.fromisoformat(at), LONDON)
        return replace(self.world, now=lambda: instant, mail=None)

    @property
    def _holidays(self) -> frozenset[date]:
        year = self.world.now().astimezone(LONDON).year
        return bank_holidays(year) | bank_holidays(year - 1)


@dataclass(frozen=True)
class Moment:
    """One step as it is played: the world at that instant, who acts, and on which case."""

    stage: Stage
    story: Story
    world: World
    actor: Actor

    @property
    def case_id(self) -> UUID:
        """The story's case. Raises KeyError before it is logged."""
        return self.stage.cases[self.story.key]

    @property
    def authority_id(self) -> UUID:
        """The authority that the story is about."""
        return self.stage.authorities[self.story.authority]

    def day(self, days_ago: int) -> date:
        """The working day so many working days before the stage's last."""
        return self.stage.day(days_ago)


def dated(text: str, today: date) -> str:
    """A file with each `today+90` as the day that it means."""
    return _FROM_TODAY.sub(lambda found: str(today + timedelta(days=int(found[1]))), text)


def play(stage: Stage, stories: Iterable[Story]) -> None:
    """Let everything happen in its order, with the clock's round on each morning."""
    for days_ago, at, story, step in sorted(_played(stories), key=lambda each: (-each[0], each[1])):
        world = stage.world_at(days_ago, at)
        if story is None or step is None:
            for failure in tick(world).failures:
                raise failure.error
        else:
            step.act(Moment(stage, story, world, demo_actor(world, step.by)))


def _played(stories: Iterable[Story]) -> Iterator[tuple[int, str, Story | None, Step | None]]:
    steps = [(step.days_ago, step.at, story, step) for story in stories for step in story.steps]
    yield from steps
    for days_ago in range(max(each[0] for each in steps) + 1):
        yield days_ago, _CLOCK, None, None
