"""Break-glass: opening a case of another region for four hours, ending that, and the review of it afterwards."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.break_glass import OPEN_FOR, Answer, may_break_glass
from clearinghouse.access.decision import CaseScope
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, record_change, scopes_of
from clearinghouse.casework.duties.setting import finish_duties, owe
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.opened import opened_to
from clearinghouse.casework.sign_in.throttles import count_attempt
from clearinghouse.casework.staff import active_actor, leads_of
from clearinghouse.casework.still_owed import owe_a_next_step
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.duties import AFTER_BREAK_GLASS
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.records.base import new_id
from clearinghouse.records.cases import Case
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.keyring import Tombstone
from clearinghouse.records.openings import BreakGlass
from clearinghouse.records.sealed import Compartment

LIMIT = 10
NOTHING = "No case that you could open like this has this reference. Check it with whoever gave it to you."
READS_ALREADY = "You can read this case already. Find it in your list of cases."


def break_glass(world: World, actor: Actor, session_id: UUID, reference: str, reason: str) -> UUID:
    """Open the case of this reference to the actor, for four hours or until this session ends. Returns its key.

    The owner and every lead of its region are told at once, and one of them reviews it within two working days. What is
    absent and what is behind a wall is answered alike, after the same work, and stands in the ledger alike. Raises
    Invalid beside the field, TooMany after ten references in a quarter of an hour, NotFound for who may open none.
    """
    count_attempt(world, (f"break-glass:{actor.person}", LIMIT))
    if not reason:
        raise Invalid({"reason": "Enter why you must open it."})
    try:
        with world.unit_of_work(actor) as work:
            return _try(work, session_id, reference, reason)
    except NotFound:
        # In a work of its own, which does not use up the form: the reference can be mended and sent again.
        with replace(world, post_key=None).unit_of_work(actor) as work:
            installation = work.world.vault.installation
            work.record(Event.BREAK_GLASS_REFUSED, Stream.INSTALLATION, installation, person=actor.person)
        raise Invalid({"reference": NOTHING}) from None


def close_again(world: World, actor: Actor, opening_id: UUID) -> None:
    """Let go of a case before its time, as whoever opened it. Where it is over, nothing happens. Raises NotFound."""
    with world.reading(actor) as work:
        row = work.session.get(BreakGlass, opening_id)
        if row is None or row.user_id != actor.id:
            raise NotFound
        case_id = row.case_id
    with world.unit_of_work(actor) as work:
        held = select(Case).where(Case.id == case_id).with_for_update()
        case = work.session.scalars(held.execution_options(populate_existing=True)).one()
        _end(work, case, work.session.get_one(BreakGlass, opening_id, populate_existing=True))


def end_break_glass(world: World, actor: Actor, case_id: UUID, version: int | None, opening_id: UUID) -> None:
    """End it at once, as any lead of the case's region. Where it is over, nothing happens. Raises NotFound, Stale."""
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.BREAKGLASS_REVIEW, seen=version)
        _end(work, case, _of_case(work, case, opening_id))


def review_break_glass(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    opening_id: UUID,
    *,
    justified: bool,
    finding: str,
) -> None:
    """Record whether it was right to open the case so, and why. What was not right is closed again at once.

    Raises Refused for whoever opened it and for a second review, Invalid beside the field, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.BREAKGLASS_REVIEW, seen=version)
        row = _of_case(work, case, opening_id)
        if row.user_id == actor.id:
            raise Refused("You opened it. Another lead of the region reviews it.")
        if row.reviewed_at is not None:
            raise Refused("This has been reviewed already.")
        if not finding:
            raise Invalid({"finding": "Enter what you found."})
        row.reviewed_by, row.reviewed_at, row.justified = actor.person, work.now, justified
        row.finding = finding
        record_change(
            work, case, Event.BREAK_GLASS_REVIEWED, opening=row.id, person=row.user_id, justified=justified
        )
        if not justified:
            _end(work, case, row)
        finish_duties(work, case, DutyKind.REVIEW_BREAK_GLASS, subject_id=row.id)
        owe_a_next_step(work, case)


def _try(work: Work, session_id: UUID, reference: str, reason: str) -> UUID:
    """Raises NotFound where nothing opens, for whatever reason; what is looked up is the same for each."""
    actor = work.actor
    me = active_actor(work, actor.person)
    case, scope = _found(work, reference)
    answer = may_break_glass(me, scope) if me is not None else Answer.NOTHING
    if answer is Answer.READS_ALREADY:
        raise Invalid({"reference": READS_ALREADY})
    if case is None or answer is Answer.NOTHING:
        raise NotFound
    # Held only now: somebody who is refused must not wait for whoever is at work on the case.
    work.session.refresh(case, with_for_update=True)
    if actor.person not in opened_to(work, case.id):
        _open(work, case, scope, session_id, reason)
    return case.id


def _found(work: Work, reference: str) -> tuple[Case | None, CaseScope]:
    """The case of the reference and its scope; one that nobody can be told of any more counts as absent."""
    signs = "".join(sign for sign in reference.upper() if sign.isalnum())[-6:]
    named = select(Case).where(Case.reference == f"CH-{signs[:3]}-{signs[3:]}")
    case = work.session.scalars(named).one_or_none()
    key = case.id if case else new_id()
    scope = scopes_of(work, {key: case.route if case else None})[key]
    sealed_under = {Compartment.CONCERN.value, Compartment.LEDGER.value}
    gone = select(Tombstone.subject_id).where(
        Tombstone.subject_id == key, Tombstone.compartment.in_(sealed_under)
    )
    if work.session.scalars(gone.limit(1)).first() is not None:
        return None, CaseScope(frozenset(), frozenset())
    return case, scope


def _open(work: Work, case: Case, scope: CaseScope, session_id: UUID, reason: str) -> None:
    actor = work.actor
    row = work.add(
        BreakGlass(
            case_id=case.id,
            user_id=actor.person,
            session_id=session_id,
            opened_at=work.now,
            until=work.now + OPEN_FOR,
        )
    )
    row.reason = reason
    hours = int(OPEN_FOR.total_seconds()) // 3600
    record_change(work, case, Event.BREAK_GLASS_OPENED, opening=row.id, person=actor.person, hours=hours)
    leads = [lead.id for lead in leads_of(work, scope.regions, scope.authorities) if lead.id != actor.id]
    owe(work, case, AFTER_BREAK_GLASS, owner_id=leads[0] if leads else None, subject_id=row.id)
    for person in dict.fromkeys((case.owner_id, *leads)):
        enqueue(work, person, LetterKind.BREAK_GLASS, case.id)


def _of_case(work: Work, case: Case, opening_id: UUID) -> BreakGlass:
    row = work.session.get(BreakGlass, opening_id, populate_existing=True)
    if row is None or row.case_id != case.id:
        raise NotFound
    return row


def _end(work: Work, case: Case, row: BreakGlass) -> None:
    if row.ended_at is None and row.until > work.now:
        row.ended_at, row.ended_by = work.now, work.actor.id
        record_change(work, case, Event.BREAK_GLASS_ENDED, opening=row.id, person=row.user_id)
