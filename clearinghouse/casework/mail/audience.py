"""Who hears of a duty that the clock raises: its owner, then leads, then deputies, none of them walled off."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import CaseScope
from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.deputies import deputies_of
from clearinghouse.casework.mail.letters import may_hear
from clearinghouse.casework.staff import actor_of, in_force
from clearinghouse.casework.world import Work
from clearinghouse.protocol.duties import ChasedWith
from clearinghouse.records.people import RoleGrant, User, UserState


class Audience:
    """Who hears of what in one work: people, leads and deputies are looked up once for all the duties in it."""

    def __init__(self, work: Work, scopes: Mapping[UUID, CaseScope]) -> None:
        self._work = work
        self._scopes = scopes
        self._people: dict[UUID, Actor | None] = {}
        self._leads: dict[Region | None, tuple[UUID, ...]] = {}
        self._deputies: dict[Region | None, tuple[UUID, ...]] = {}

    def of(self, case_id: UUID, owner: UUID, rung: ChasedWith) -> tuple[UUID, ...]:
        """Whom a duty is raised to at this rung (§19), each once.

        The owner alone at first, then the owner and the leads, then the leads' deputies of the day. Where nobody of a
        rung may hear of the case, those of the next one up hear in their place.
        """
        if rung is ChasedWith.DEPUTY:
            return self._heard_by_deputies(case_id, owner)
        told = self._who_may_hear(case_id, (owner,))
        if rung is ChasedWith.LEAD or not told:
            told = (*told, *self.leads(case_id))
        return tuple(dict.fromkeys(told))

    def leads(self, case_id: UUID) -> tuple[UUID, ...]:
        """The leads of the case's regions, else of the country."""
        regional = [lead for region in self._regions(case_id) for lead in self._leads_in(region)]
        return self._who_may_hear(case_id, dict.fromkeys(regional)) or self._who_may_hear(
            case_id, self._leads_in(None)
        )

    def _heard_by_deputies(self, case_id: UUID, owner: UUID) -> tuple[UUID, ...]:
        named = [deputy for region in self._regions(case_id) for deputy in self._deputies_in(region)]
        for people in (named, (*self._leads_in(None), *self._deputies_in(None))):
            # Whoever owes it has been told twice already: it must reach somebody else.
            told = self._who_may_hear(case_id, (each for each in dict.fromkeys(people) if each != owner))
            if told:
                return told
        return self.leads(case_id) or self._who_may_hear(case_id, (owner,))

    def _regions(self, case_id: UUID) -> list[Region]:
        return sorted(self._scopes[case_id].regions)

    def _who_may_hear(self, case_id: UUID, people: Iterable[UUID]) -> tuple[UUID, ...]:
        known = ((each, self._person(each)) for each in people)
        scope = self._scopes[case_id]
        return tuple(
            each for each, person in known if person and may_hear(self._work, person, case_id, scope)
        )

    def _person(self, user_id: UUID) -> Actor | None:
        if user_id not in self._people:
            user = self._work.session.get_one(User, user_id)
            self._people[user_id] = actor_of(self._work, user) if user.state is UserState.ACTIVE else None
        return self._people[user_id]

    def _leads_in(self, region: Region | None) -> tuple[UUID, ...]:
        if region not in self._leads:
            where = RoleGrant.region.is_(None) if region is None else RoleGrant.region == region
            held = select(RoleGrant.user_id).where(
                RoleGrant.role == Role.LEAD, where, in_force(self._work.today)
            )
            self._leads[region] = tuple(
                self._work.session.scalars(held.distinct().order_by(RoleGrant.user_id))
            )
        return self._leads[region]

    def _deputies_in(self, region: Region | None) -> tuple[UUID, ...]:
        if region not in self._deputies:
            self._deputies[region] = deputies_of(self._work, self._leads_in(region), region)
        return self._deputies[region]
