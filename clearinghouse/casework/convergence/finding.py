"""Concerns that may belong together: the clock finds them, and the leads whom they concern, alone, learn of it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from clearinghouse.access.roles import CLOCK
from clearinghouse.casework.facts import with_joined
from clearinghouse.casework.mail.convergence_leads import Leads
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.world import LONDON, Work, World
from clearinghouse.protocol.convergence import Alike, ConcernsOfCase, alike, asks_again
from clearinghouse.protocol.vocabulary import Nature, Standing
from clearinghouse.protocol.working_days import add_working_days
from clearinghouse.records.authorities import AuthorityLineage
from clearinghouse.records.cases import Case, CaseAuthority, Concern
from clearinghouse.records.convergence import Convergence, ConvergenceLook, ConvergenceState
from clearinghouse.records.events import Event, Stream

LOOK = "open cases"
LOOK_BACK = timedelta(hours=1)
"""A change is looked at again for so long, since what was written before a look may be kept only after it."""

REMIND_AFTER = 5
"""So many working days after they were told, the leads are told once more of what still waits."""


class _Open(NamedTuple):
    id: UUID
    nature: Nature
    standing: Standing
    logged_at: object
    fresh: bool


@dataclass(frozen=True)
class _Found:
    first: UUID
    second: UUID
    alike: Alike


def find_convergences(world: World) -> int:
    """The clock's look at what was logged or changed since the last one. Says how many new pairs there are.

    It is the clock that looks, and not whoever logs a concern: logging is the same, to the last query, whether or not
    another case is there. Nothing is written on the cases themselves.
    """
    with world.unit_of_work(CLOCK) as work:
        last = work.session.get(ConvergenceLook, LOOK, with_for_update=True)
        if last is None and not _is_first(work):
            return 0  # another clock has the first look in hand
        found = _look(work, last)
        if last is not None and found is not None:
            last.looked_at = work.now
        new = _keep(work, found or ())
        _remind(work)
        return new


def _is_first(work: Work) -> bool:
    """Begin to look, once: two clocks may come to a new installation in the same instant."""
    dialect = sqlite if work.world.database.is_sqlite else postgresql
    first = dialect.insert(ConvergenceLook).values(look=LOOK, looked_at=work.now)
    begun = first.on_conflict_do_nothing().returning(ConvergenceLook.look)
    return work.session.scalars(begun).one_or_none() is not None


def _look(work: Work, last: ConvergenceLook | None) -> list[_Found] | None:
    """The pairs of which one was logged or changed since; None where nothing was."""
    open_cases = _open_cases(work, last)
    if not any(each.fresh for each in open_cases.values()):
        return None
    named = _authorities_of(work, open_cases)
    lineage = _Lineage(work)
    naming: dict[UUID, list[UUID]] = {}
    for case_id, authorities in named.items():
        for each in authorities:
            naming.setdefault(each, []).append(case_id)
    facts = _Facts(work, open_cases, named, lineage)
    found = dict[frozenset[UUID], _Found]()
    for case_id in sorted(each for each in open_cases if open_cases[each].fresh):
        near = lineage.of(named[case_id])
        for other in sorted(set(chain.from_iterable(naming.get(each, ()) for each in near)) - {case_id}):
            pair = frozenset({case_id, other})
            if pair in found:
                continue
            how = alike(facts.of(case_id), facts.of(other))
            if how.converge:
                first, second = sorted(pair, key=lambda each: (open_cases[each].logged_at, each))
                found[pair] = _Found(first, second, how)
    return list(found.values())


def _open_cases(work: Work, last: ConvergenceLook | None) -> dict[UUID, _Open]:
    query = select(Case.id, Case.nature, Case.standing, Case.logged_at, Case.updated_at)
    rows = work.session.execute(query.where(Case.standing != Standing.CLOSED)).all()
    return {
        row.id: _Open(
            row.id,
            row.nature,
            row.standing,
            row.logged_at,
            last is None or row.updated_at > last.looked_at - LOOK_BACK,
        )
        for row in rows
    }


def _authorities_of(work: Work, cases: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    found: dict[UUID, set[UUID]] = {each: set() for each in cases}
    for row in work.session.execute(select(CaseAuthority.case_id, CaseAuthority.authority_id)):
        if row.case_id in found:
            found[row.case_id].add(row.authority_id)
    return {case_id: frozenset(authorities) for case_id, authorities in found.items()}


class _Lineage:
    """The register's lineage, read once: an authority with all before it and all after it, never its siblings."""

    def __init__(self, work: Work) -> None:
        self._after: dict[UUID, list[UUID]] = {}
        self._before: dict[UUID, list[UUID]] = {}
        pairs = select(AuthorityLineage.predecessor_id, AuthorityLineage.successor_id)
        for row in work.session.execute(pairs):
            self._after.setdefault(row.predecessor_id, []).append(row.successor_id)
            self._before.setdefault(row.successor_id, []).append(row.predecessor_id)

    def of(self, authorities: Iterable[UUID]) -> frozenset[UUID]:
        start = frozenset(authorities)
        return start | self._reached(start, self._after) | self._reached(start, self._before)

    def _reached(self, start: frozenset[UUID], steps: Mapping[UUID, list[UUID]]) -> frozenset[UUID]:
        reached, waiting = set[UUID](), list(start)
        while waiting:
            onward = set(steps.get(waiting.pop(), ())) - reached
            reached |= onward
            waiting += onward
        return frozenset(reached)


class _Facts:
    """What the rule looks at, gathered for each case when it is asked for, once."""

    def __init__(
        self,
        work: Work,
        cases: Mapping[UUID, _Open],
        named: Mapping[UUID, frozenset[UUID]],
        lineage: _Lineage,
    ) -> None:
        self._work, self._cases, self._named, self._lineage = work, cases, named, lineage
        self._known: dict[UUID, ConcernsOfCase] = {}

    def of(self, case_id: UUID) -> ConcernsOfCase:
        if case_id not in self._known:
            case, concerns = self._cases[case_id], self._concerns(case_id)
            self._known[case_id] = ConcernsOfCase(
                authorities=self._named[case_id],
                lineage=self._lineage.of(self._named[case_id]),
                natures=frozenset({case.nature, *(each.nature for each in concerns)}),
                standing=case.standing,
                logged_on=max(each.logged_at for each in concerns).astimezone(LONDON).date(),
                services=frozenset(each.service.casefold() for each in concerns if each.service),
            )
        return self._known[case_id]

    def _concerns(self, case_id: UUID) -> list[Concern]:
        """The case's concerns, and those of the cases that were joined into it."""
        here = with_joined(self._work, case_id)
        return list(self._work.session.scalars(select(Concern).where(Concern.case_id.in_(here))))


def _keep(work: Work, found: Iterable[_Found]) -> int:
    """Write what is new, tell the leads whom it concerns, and ask again about what a third case throws light on."""
    known = {
        frozenset({row.first_id, row.second_id}): row for row in work.session.scalars(select(Convergence))
    }
    dismissed = {pair: row for pair, row in known.items() if row.state is ConvergenceState.DISMISSED}
    leads, new = Leads(work), 0
    for each in found:
        pair = frozenset({each.first, each.second})
        if pair in known:
            continue
        row = work.add(
            Convergence(
                first_id=each.first,
                second_id=each.second,
                state=ConvergenceState.WAITING,
                same_nature=each.alike.nature,
                same_service=each.alike.service,
                found_at=work.now,
            )
        )
        work.session.flush()
        _tell(work, leads, row, Event.CONVERGENCE_FOUND)
        for other in [other for other in dismissed if asks_again(other, pair)]:
            again = dismissed.pop(other)
            again.state, again.found_at, again.reminded_at = ConvergenceState.WAITING, work.now, None
            _tell(work, leads, again, Event.CONVERGENCE_ASKED_AGAIN)
        known[pair] = row
        new += 1
    return new


def _remind(work: Work) -> None:
    """Tell the leads once more of what nobody has looked at (004 §19: nothing falls between stools)."""
    still_open = select(Case.id).where(Case.standing != Standing.CLOSED)
    waiting = select(Convergence).where(
        Convergence.state == ConvergenceState.WAITING,
        Convergence.reminded_at.is_(None),
        Convergence.found_at < work.now - timedelta(days=REMIND_AFTER),
        Convergence.first_id.in_(still_open),
        Convergence.second_id.in_(still_open),
    )
    leads = None
    for row in work.session.scalars(waiting.order_by(Convergence.id)).all():
        told_on = row.found_at.astimezone(LONDON).date()
        if work.today <= add_working_days(told_on, REMIND_AFTER, work.holidays):
            continue
        leads = leads or Leads(work)
        row.reminded_at = work.now
        _tell(work, leads, row, Event.CONVERGENCE_REMINDED)


def _tell(work: Work, leads: Leads, row: Convergence, event: Event) -> None:
    """Write down that two cases wait to be looked at, and whom that was told; by mail only that there is something.

    It stands in the installation's chain, not in those of the cases, whose histories others read.
    """
    told = leads.who_learn(row.first_id, row.second_id)
    work.record(
        event,
        Stream.INSTALLATION,
        work.world.vault.installation,
        convergence=row.id,
        first=row.first_id,
        second=row.second_id,
        told=told,
    )
    for person in told:
        enqueue(work, person, LetterKind.SOMETHING_TO_LOOK_AT)
