"""Preparing a pack and approving it: two audit officers, a change voids the approval, and either may end it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import delete, select

from clearinghouse.access.decision import may, may_enter
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Role
from clearinghouse.casework.admission import scope_of
from clearinghouse.casework.errors import Invalid, NotFound, Refused, Stale
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.packs.disclosing import events_of
from clearinghouse.casework.packs.recipient_keys import current_key, key_to
from clearinghouse.casework.packs.scope import PackSubject
from clearinghouse.casework.references import new_pack_reference
from clearinghouse.casework.retention.shredding import history_destroyed
from clearinghouse.casework.staff import active_actor, in_force, name_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.vocabulary import Body
from clearinghouse.records.cases import Case
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.ledger import Fact, as_recorded, entries
from clearinghouse.records.meetings import Escalation
from clearinghouse.records.packs import Pack, PackCase, PackPart, PackPurpose, PackState
from clearinghouse.records.people import RoleGrant
from clearinghouse.vault.envelopes import EnvelopeBroken

LONGEST = timedelta(days=90)
LIVE = (PackState.PREPARED, PackState.APPROVED, PackState.READY)
_OF_AN_APPROVAL = (
    Event.PACK_PREPARED,
    Event.PACK_CHANGED,
    Event.PACK_APPROVED,
    Event.PACK_APPROVAL_ENDED,
)
REGULATORS = (Body.AUDIT_COMMISSION, Body.GOVERNMENT_OFFICE, Body.DEPARTMENT, Body.OTHER)


@dataclass(frozen=True)
class PackScope:
    """What a pack may disclose, to whom and until when. Without `references`: all cases escalated to the body."""

    body: Body
    recipient_id: UUID
    purpose: PackPurpose
    expires_on: date
    subjects: frozenset[PackSubject]
    references: tuple[str, ...] = ()


def prepare_pack(world: World, actor: Actor, given: PackScope) -> UUID:
    """Prepare a pack; another audit officer approves it.

    What its cases record from now on is not shown by it. Raises Invalid beside the field, NotFound for who may not.
    """
    with world.unit_of_work(actor) as work:
        _require(work, Permission.PACK_PREPARE)
        cases = _check(work, given)
        pack = work.add(
            Pack(
                reference=new_pack_reference(work),
                state=PackState.PREPARED,
                version=1,
                prepared_by=actor.person,
                prepared_at=work.now,
                **_columns(work, given),
            )
        )
        work.session.flush()
        _scope(work, pack, cases, Event.PACK_PREPARED)
        return pack.id


def change_pack(world: World, actor: Actor, pack_id: UUID, version: int | None, given: PackScope) -> None:
    """Change what a pack discloses, which voids its approval; whoever changes it has prepared it.

    Raises Refused once it has been collected or has ended, Stale, Invalid beside the field, NotFound.
    """
    with world.unit_of_work(actor) as work:
        pack = pack_to_change(work, pack_id, Permission.PACK_PREPARE, version)
        if pack.state not in LIVE or pack.collected:
            raise Refused("This pack was collected or has ended. Prepare another one.")
        cases = _check(work, given)
        for name, value in _columns(work, given).items():
            setattr(pack, name, value)
        pack.version += 1
        pack.prepared_by, pack.prepared_at = actor.person, work.now
        end_approval(work, pack)
        work.session.execute(delete(PackCase).where(PackCase.pack_id == pack.id))
        _scope(work, pack, cases, Event.PACK_CHANGED)


def approve_pack(world: World, actor: Actor, pack_id: UUID, version: int, *, compared: bool = False) -> None:
    """Approve exactly what the person looked at: this version, prepared by somebody else who still may.

    `compared` is whether they asked the recipient for their key's fingerprint, where the pack is encrypted to one.
    Raises Refused where they prepared it themselves or it is approved already, Invalid where the fingerprint was not
    compared, Stale where the pack was changed, NotFound.
    """
    with world.unit_of_work(actor) as work:
        pack = pack_to_change(work, pack_id, Permission.PACK_APPROVE, version)
        if pack.prepared_by == actor.person:
            raise Refused("You prepared this pack. Another audit officer approves it.")
        if pack.state is not PackState.PREPARED:
            raise Refused("This pack does not wait for an approval any more.")
        if reasons := unfit(work, pack):
            raise Refused(*reasons)
        if pack.key_id is not None and not compared:
            raise Invalid(
                {"compared": "Compare the fingerprint with the recipient before you approve the pack"}
            )
        pack.state, pack.approved_by, pack.approved_at = PackState.APPROVED, actor.person, work.now
        work.record(
            Event.PACK_APPROVED,
            Stream.PACK,
            pack.id,
            version=pack.version,
            prepared_by=pack.prepared_by,
            approved_by=pack.approved_by,
        )


def withdraw_approval(world: World, actor: Actor, pack_id: UUID) -> None:
    """Take one's own approval back, until the pack is collected. Raises Refused, NotFound."""
    with world.unit_of_work(actor) as work:
        pack = pack_to_change(work, pack_id, Permission.PACK_APPROVE)
        if pack.approved_by != actor.person or pack.state not in LIVE or pack.collected:
            raise Refused(
                "Only whoever approved a pack takes the approval back, and only before it is collected."
            )
        end_approval(work, pack)
        work.record(Event.PACK_APPROVAL_ENDED, Stream.PACK, pack.id, version=pack.version)


def revoke_pack(world: World, actor: Actor, pack_id: UUID) -> None:
    """End a pack for good, also instead of approving it; what was made is taken away. Raises Refused, NotFound."""
    with world.unit_of_work(actor) as work:
        pack = pack_to_change(work, pack_id, Permission.PACK_PREPARE)
        if pack.state not in LIVE:
            raise Refused("This pack has ended already.")
        end_pack(work, pack, PackState.REVOKED)
        work.record(Event.PACK_REVOKED, Stream.PACK, pack.id, collected=pack.collected)


def pack_to_read(work: Work, pack_id: UUID) -> Pack:
    """The pack, for an audit officer who may see all its cases. Raises NotFound."""
    _require(work, Permission.PACK_PREPARE)
    pack = work.session.get(Pack, pack_id)
    if pack is None or not sees_all_cases(work, work.actor, pack):
        raise NotFound
    return pack


def pack_to_change(work: Work, pack_id: UUID, needs: Permission, version: int | None = None) -> Pack:
    """The pack, held until the work ends. Raises NotFound, Stale where it is not the version that was looked at."""
    _require(work, needs)
    query = select(Pack).where(Pack.id == pack_id).with_for_update().execution_options(populate_existing=True)
    pack = work.session.scalars(query).one_or_none()
    if pack is None or not sees_all_cases(work, work.actor, pack):
        raise NotFound
    if version is not None and version != pack.version:
        raise Stale(name_of(work, pack.prepared_by), pack.prepared_at)
    return pack


def cases_of(work: Work, pack: Pack) -> Sequence[tuple[Case, int]]:
    """The pack's cases by their reference, each with the number of its last event of which anything is shown."""
    query = select(Case, PackCase.shown_to).join(PackCase, PackCase.case_id == Case.id)
    found = work.session.execute(query.where(PackCase.pack_id == pack.id).order_by(Case.reference))
    return [(row[0], row[1]) for row in found]


def sees_all_cases(work: Work, actor: Actor, pack: Pack) -> bool:
    """Whether no wall stands between the person and one of the pack's cases, and they reach all headers."""
    cases = [case for case, _ in cases_of(work, pack)]
    return all(may(actor, Permission.PACK_PREPARE, scope_of(work, case)).allowed for case in cases)


def unfit(work: Work, pack: Pack) -> tuple[str, ...]:
    """Why a pack may not be approved, made or collected: what became of its people and its last day."""
    found = []
    preparer = active_actor(work, pack.prepared_by)
    if preparer is None or not may_enter(preparer, Permission.PACK_PREPARE):
        found.append(
            "Whoever prepared this pack is no audit officer any more. Change it, or prepare another."
        )
    elif not sees_all_cases(work, preparer, pack):
        found.append("Whoever prepared this pack may not see all of its cases. Prepare another.")
    if pack.approved_by is not None:
        approver = active_actor(work, pack.approved_by)
        if approver is None or not may_enter(approver, Permission.PACK_APPROVE):
            found.append("Whoever approved this pack is no audit officer any more.")
        elif not sees_all_cases(work, approver, pack):
            found.append("Whoever approved this pack may not see all of its cases any more.")
    key = current_key(work, pack.recipient_id)
    if pack.key_id != (key.id if key else None):
        found.append(
            "The recipient gave another key, or took theirs back. Change the pack, or prepare another."
        )
    if is_otherwise_recorded(work, pack):
        found.append(
            "What is kept of this pack is not what the ledger says of it. Tell the operator; revoke it."
        )
    if not may_receive(work, pack):
        found.append("The recipient cannot collect it any more, or may not be shown one of its cases.")
    if pack.expires_on < work.today:
        found.append("Its last day has passed.")
    return tuple(found)


def is_otherwise_recorded(work: Work, pack: Pack) -> bool:
    """Whether the ledger says that something else was prepared, approved or made than what is kept: what is sealed in
    it, nobody writes who only writes to the database.
    """
    scope = entries(work.session, pack.id, Event.PACK_PREPARED, Event.PACK_CHANGED, limit=1)
    try:
        kept = as_recorded(_disclosed(work, pack))
    except (EnvelopeBroken, ValueError):
        return True
    # Events of before there were keys say nothing of one, and who acted beside what they say.
    if (
        not scope
        or not scope[0].sealed
        or {"key": None, "prepared_by": scope[0].actor, **scope[0].facts} != kept
    ):
        return True
    if pack.state not in {PackState.APPROVED, PackState.READY}:
        return False
    told = entries(work.session, pack.id, *_OF_AN_APPROVAL, limit=1)[0]
    agreed = {
        "version": pack.version,
        "prepared_by": kept["prepared_by"],
        "approved_by": str(pack.approved_by),
    }
    if (
        not told.sealed
        or told.type is not Event.PACK_APPROVED
        or {"approved_by": told.actor, **told.facts} != agreed
    ):
        return True
    if pack.state is not PackState.READY:
        return False
    made = entries(work.session, pack.id, Event.PACK_BUILT, limit=1)
    return (
        not made
        or not made[0].sealed
        or made[0].facts.get("digest") != int.from_bytes(pack.digest or b"", "big")
    )


def may_receive(work: Work, pack: Pack) -> bool:
    """Whether the recipient is still a regulator's, and no wall stands between them and one of the cases."""
    recipient = active_actor(work, pack.recipient_id)
    if recipient is None or not may_enter(recipient, Permission.PACK_COLLECT):
        return False
    return not any(recipient.walled & scope_of(work, case).authorities for case, _ in cases_of(work, pack))


def end_approval(work: Work, pack: Pack) -> None:
    """Back to waiting for an approval; what was made under the former one is taken away."""
    pack.state, pack.approved_by, pack.approved_at = PackState.PREPARED, None, None
    _take_away(work, pack)


def end_pack(work: Work, pack: Pack, state: PackState) -> None:
    """Over for good; what was made is taken away."""
    pack.state, pack.ended_by, pack.ended_at = state, work.actor.id, work.now
    work.session.execute(delete(PackPart).where(PackPart.pack_id == pack.id))


def _take_away(work: Work, pack: Pack) -> None:
    work.session.execute(delete(PackPart).where(PackPart.pack_id == pack.id))
    # A clock that is building it finds its lease gone.
    pack.lease, pack.lease_until = pack.lease + 1, None
    pack.built, pack.events, pack.built_at, pack.digest, pack.size = 0, 0, None, None, 0


def _require(work: Work, needs: Permission) -> None:
    """As the person's roles are now, not as they were when the page was opened."""
    actor = active_actor(work, work.actor.person)
    if actor is None or not may_enter(actor, needs) or not may_enter(work.actor, needs):
        raise NotFound


def _columns(work: Work, given: PackScope) -> dict[str, object]:
    key = current_key(work, given.recipient_id)
    return {
        "key_id": key.id if key else None,
        "body": given.body,
        "recipient_id": given.recipient_id,
        "purpose": given.purpose,
        "expires_on": given.expires_on,
        "subjects": sorted(subject.value for subject in given.subjects),
    }


def _check(work: Work, given: PackScope) -> list[Case]:
    """The cases that are meant. Raises Invalid beside the field; a case behind a wall is one that is not there."""
    problems = {}
    recipient = active_actor(work, given.recipient_id)
    if given.body not in REGULATORS:
        problems["body"] = "Select a regulator, Government Office or department."
    if recipient is None or not may_enter(recipient, Permission.PACK_COLLECT):
        problems["recipient"] = "Select somebody who signs in as a regulator."
    if not work.today < given.expires_on <= work.today + LONGEST:
        problems["expires_on"] = f"The last day must be after today and within {LONGEST.days} days."
    if not given.subjects:
        problems["subjects"] = "Select what is shown."
    cases, unknown = _cases(work, given)
    if unknown:
        problems["references"] = f"There is no case {unknown[0]}."
    elif gone := history_destroyed(work, [case.id for case in cases]):
        named = next(case.reference for case in cases if case.id in gone)
        problems["references"] = f"The history of {named} was destroyed. Nothing of it can be shown."
    elif not cases:
        problems["references" if given.references else "which"] = "There is no such case."
    elif recipient and any(recipient.walled & scope_of(work, case).authorities for case in cases):
        problems["recipient"] = "The recipient has a link to one of these councils, and may not be shown it."
    if problems:
        raise Invalid(problems)
    return cases


def _cases(work: Work, given: PackScope) -> tuple[list[Case], list[str]]:
    query = select(Case).order_by(Case.reference)
    if given.references:
        query = query.where(Case.reference.in_(given.references))
    else:
        query = query.where(Case.id.in_(select(Escalation.case_id).where(Escalation.body == given.body)))
    found = [
        case
        for case in work.session.scalars(query)
        if may(work.actor, Permission.PACK_PREPARE, scope_of(work, case)).allowed
    ]
    references = {case.reference for case in found}
    if not given.references:
        # What a history that was destroyed said, nobody can be shown; whoever names such a case is told.
        gone = history_destroyed(work, [case.id for case in found])
        found = [case for case in found if case.id not in gone]
    return found, [each for each in given.references if each not in references]


def _scope(work: Work, pack: Pack, cases: Sequence[Case], event: Event) -> None:
    ends = [events_of(work, case.id) for case in cases]
    for case, end in zip(cases, ends, strict=True):
        work.session.add(PackCase(pack_id=pack.id, case_id=case.id, shown_to=end))
    work.session.flush()
    work.record(event, Stream.PACK, pack.id, **_disclosed(work, pack))
    officers = select(RoleGrant.user_id).where(RoleGrant.role == Role.AUDIT_OFFICER, in_force(work.today))
    for officer in work.session.scalars(officers.where(RoleGrant.user_id != work.actor.id).distinct()):
        person = active_actor(work, officer)
        if person and may_enter(person, Permission.PACK_APPROVE) and sees_all_cases(work, person, pack):
            enqueue(work, officer, LetterKind.PACK_WAITS)


def _disclosed(work: Work, pack: Pack) -> dict[str, Fact]:
    """What an approval is of, as the ledger says it."""
    cases, key = cases_of(work, pack), key_to(work, pack.key_id)
    return {
        "version": pack.version,
        "prepared_by": pack.prepared_by,
        "body": pack.body,
        "recipient": pack.recipient_id,
        "purpose": pack.purpose,
        "expires_on": pack.expires_on,
        "subjects": tuple(PackSubject(each) for each in pack.subjects),
        "cases": tuple(case.id for case, _ in cases),
        "shown_to": tuple(end for _, end in cases),
        "key": key.number if key else None,
    }
