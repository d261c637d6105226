"""What audit officers see of packs: the list, and one pack with exactly what it discloses and what it does not."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import may_enter
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_read
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.headers import header_of
from clearinghouse.casework.packs.disclosing import Capacities, ShownEvent, shown_events
from clearinghouse.casework.packs.preparing import LIVE, cases_of, pack_to_read, sees_all_cases, unfit
from clearinghouse.casework.packs.recipient_keys import GivenKey, given_key
from clearinghouse.casework.packs.scope import FOR_A_FINDING, PackSubject, shown_facts
from clearinghouse.casework.staff import Colleague, active_actor, name_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.vocabulary import Body
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.packs import Pack, PackKey, PackPurpose, PackState
from clearinghouse.records.people import User


@dataclass(frozen=True)
class PackLine:
    """A pack in a list. `for_me` is true where it waits for the reader's approval, `stuck` where something must change
    before it can go on."""

    id: UUID
    reference: str
    state: PackState
    body: Body
    recipient: str
    cases: int
    prepared_by: str
    prepared_at: datetime
    expires_on: date
    events: int
    built: int
    for_me: bool
    stuck: bool


@dataclass(frozen=True)
class PreviewedCase:
    """A case as the pack shows it: every event up to the moment of preparing."""

    id: UUID
    reference: str
    councils: tuple[str, ...]
    events: tuple[ShownEvent, ...]

    @property
    def shown(self) -> int:
        """How many facts are shown."""
        return sum(len(event.disclosures) for event in self.events)

    @property
    def withheld(self) -> int:
        """How many values stay digests."""
        return sum(event.withheld for event in self.events)

    @property
    def by_hash(self) -> int:
        """How many events are shown by their hash alone."""
        return sum(event.type is None for event in self.events)


@dataclass(frozen=True)
class PackPage:
    """One pack with everything that it discloses, and what the reader may do about it."""

    line: PackLine
    version: int
    purpose: PackPurpose
    subjects: tuple[PackSubject, ...]
    not_shown: tuple[PackSubject, ...]
    finding_is_worked_out: bool
    recipient_id: UUID
    key: GivenKey | None
    approved_by: str
    approved_at: datetime | None
    built_at: datetime | None
    digest: str
    size: int
    collected: int
    ended_at: datetime | None
    cases: tuple[PreviewedCase, ...]
    may_approve: bool
    may_withdraw: bool
    may_change: bool
    may_revoke: bool
    unfit: tuple[str, ...]


def packs(world: World, actor: Actor) -> tuple[PackLine, ...]:
    """Every pack whose cases the audit officer may all see, the newest first. Raises NotFound for others."""
    if not may_enter(actor, Permission.PACK_PREPARE):
        raise NotFound
    with world.reading(actor) as work:
        found = work.session.scalars(select(Pack).order_by(Pack.prepared_at.desc(), Pack.id.desc())).all()
        return tuple(_line(work, pack) for pack in found if sees_all_cases(work, actor, pack))


def pack_page(world: World, actor: Actor, pack_id: UUID) -> PackPage:
    """One pack with every fact that it shows; that it was opened is recorded. Raises NotFound."""
    with world.unit_of_work(actor) as work:
        pack = pack_to_read(work, pack_id)
        work.record(Event.PACK_OPENED, Stream.PACK, pack.id, version=pack.version)
        line, live, early = _line(work, pack), pack.state in LIVE, not pack.collected
        subjects = tuple(PackSubject(each) for each in pack.subjects)
        capacities = Capacities(work)
        return PackPage(
            line=line,
            version=pack.version,
            purpose=pack.purpose,
            subjects=subjects,
            not_shown=tuple(each for each in PackSubject if each not in subjects),
            finding_is_worked_out=set(subjects) >= FOR_A_FINDING,
            recipient_id=pack.recipient_id,
            key=given_key(work.session.get_one(PackKey, pack.key_id)) if pack.key_id else None,
            approved_by=name_of(work, pack.approved_by) if pack.approved_by else "",
            approved_at=pack.approved_at,
            built_at=pack.built_at,
            digest=pack.digest.hex() if pack.digest else "",
            size=pack.size,
            collected=pack.collected,
            ended_at=pack.ended_at,
            cases=tuple(
                _previewed(work, case.id, shown_to, pack, capacities)
                for case, shown_to in cases_of(work, pack)
            ),
            may_approve=line.for_me and not line.stuck,
            may_withdraw=live and early and pack.approved_by == actor.person,
            may_change=live and early,
            may_revoke=live,
            unfit=unfit(work, pack) if live else (),
        )


def recipients(world: World, actor: Actor) -> tuple[Colleague, ...]:
    """Everybody who signs in as a regulator, by name. Raises NotFound for who prepares no pack."""
    if not may_enter(actor, Permission.PACK_PREPARE):
        raise NotFound
    with world.reading(actor) as work:
        found = []
        for user in work.session.scalars(select(User).order_by(User.name, User.id)):
            person = active_actor(work, user.id)
            if person is not None and may_enter(person, Permission.PACK_COLLECT):
                found.append(Colleague(user.id, user.name))
        return tuple(found)


def _line(work: Work, pack: Pack) -> PackLine:
    waits = pack.state is PackState.PREPARED and pack.prepared_by != work.actor.id
    return PackLine(
        id=pack.id,
        reference=pack.reference,
        state=pack.state,
        body=pack.body,
        recipient=name_of(work, pack.recipient_id),
        cases=len(cases_of(work, pack)),
        prepared_by=name_of(work, pack.prepared_by),
        prepared_at=pack.prepared_at,
        expires_on=pack.expires_on,
        events=pack.events,
        built=pack.built,
        for_me=waits and may_enter(work.actor, Permission.PACK_APPROVE),
        stuck=pack.state in LIVE and bool(unfit(work, pack)),
    )


def _previewed(work: Work, case_id: UUID, shown_to: int, pack: Pack, capacities: Capacities) -> PreviewedCase:
    header = header_of(work, case_to_read(work, case_id, Permission.PACK_PREPARE))
    named = (header.lead_authority, *header.other_authorities, *header.former_authorities)
    events = shown_events(work, case_id, shown_facts(pack.subjects), shown_to, capacities, shown_to)
    return PreviewedCase(case_id, header.reference, tuple(each.name for each in named), tuple(events))
