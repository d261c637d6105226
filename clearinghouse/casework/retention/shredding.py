"""What goes when something of a case is destroyed: its keys, and every place where the same words were kept."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from urllib.parse import unquote
from uuid import UUID

from sqlalchemy import select

from clearinghouse.casework.retention.tombstones import destroy_keys, record_destroyed
from clearinghouse.casework.world import Work
from clearinghouse.protocol.retention import Kept, destroyed_with
from clearinghouse.records.cases import Case, CaseMember, Concern, Source
from clearinghouse.records.forms import Draft
from clearinghouse.records.keyring import EMPTY, DataKeyRow, Tombstone
from clearinghouse.records.ledger import actors_of, hold_stream
from clearinghouse.records.packs import PackCase
from clearinghouse.records.people import User
from clearinghouse.records.sealed import Compartment, Gone
from clearinghouse.records.tables import METADATA

COMPARTMENTS: Mapping[Kept, frozenset[Compartment]] = {
    Kept.CONCERN: frozenset({Compartment.CONCERN}),
    Kept.CONVERSATIONS: frozenset({Compartment.CONVERSATIONS}),
    Kept.BROKERAGE: frozenset({Compartment.BROKERAGE}),
    # What a round table decided of a case is sealed under the case's own key.
    Kept.MEETINGS: frozenset({Compartment.MEETINGS, Compartment.REGIONAL}),
    Kept.PLANS: frozenset({Compartment.PLANS}),
    Kept.TEAM: frozenset({Compartment.PEERS}),
    Kept.HISTORY: frozenset({Compartment.LEDGER, Compartment.RETENTION}),
}
"""Which keys of a case each thing is under. Who raised a concern is under a key of each source's own."""


def shred_case(work: Work, case: Case, kinds: Collection[Kept], review_id: UUID) -> tuple[UUID, ...]:
    """Destroy these kinds of what is kept of a case. The caller holds the case, and records why. Returns the keys."""
    all_of_it = destroyed_with(kinds)
    keys: list[UUID] = []
    if Kept.SOURCE in all_of_it:
        for source_id in sources_of(work, case.id):
            keys += _shred(work, work.session.get_one(Source, source_id), review_id)
    if Kept.HISTORY in all_of_it:
        hold_stream(work.session, case.id)
        keys += _packs_gone(work, case, review_id)
    under = frozenset[Compartment]().union(*(COMPARTMENTS.get(kind, frozenset()) for kind in all_of_it))
    keys += destroy_keys(work, case.id, under, review_id=review_id)
    if Kept.HISTORY in all_of_it:
        keys += destroy_keys(work, case.id, _others(work, case.id), review_id=review_id)
    about = _keys_of_rows(work, case.id) if set(all_of_it) - {Kept.SOURCE} else _of_sources(work, case.id)
    keys += _renew_drafts(work, case.id, about, review_id)
    record_destroyed(work, case.id, keys, review_id=review_id)
    return tuple(keys)


def shred_source(work: Work, case: Case, source: Source, review_id: UUID) -> tuple[UUID, ...]:
    """Destroy who raised one concern, and keep the rest of the case. Returns the keys."""
    keys = _shred(work, source, review_id)
    keys += _renew_drafts(work, case.id, {str(source.id), str(source.concern_id)}, review_id)
    record_destroyed(work, source.id, keys, review_id=review_id)
    return tuple(keys)


def sources_of(work: Work, case_id: UUID) -> Sequence[UUID]:
    """The sources of a case's concerns."""
    query = select(Source.id).join(Concern, Concern.id == Source.concern_id)
    return work.session.scalars(query.where(Concern.case_id == case_id).order_by(Source.id)).all()


def left_of(work: Work, case_id: UUID) -> tuple[Kept, ...]:
    """What of a case was not destroyed yet, and is there."""
    return tuple(kind for kind in Kept if kind in left_of_many(work, {case_id})[case_id])


def left_of_many(work: Work, cases: Collection[UUID]) -> dict[UUID, set[Kept]]:
    """What of each of these cases was not destroyed yet, and is there, in few queries."""
    left: dict[UUID, set[Kept]] = {case_id: {Kept.HISTORY} for case_id in cases}
    alive = DataKeyRow.wrapped != EMPTY
    of_case = select(DataKeyRow.subject_id, DataKeyRow.compartment)
    for row in work.session.execute(of_case.where(DataKeyRow.subject_id.in_(cases), alive)):
        left[row.subject_id] |= {kind for kind, under in COMPARTMENTS.items() if row.compartment in under}
    known = (
        select(Concern.case_id)
        .join(Source, Source.concern_id == Concern.id)
        .join(DataKeyRow, DataKeyRow.subject_id == Source.id)
        .where(Concern.case_id.in_(cases), alive)
    )
    for case_id in work.session.scalars(known.distinct()):
        left[case_id].add(Kept.SOURCE)
    for case_id in history_destroyed(work, cases):
        left[case_id].discard(Kept.HISTORY)
    return left


def history_destroyed(work: Work, cases: Collection[UUID]) -> frozenset[UUID]:
    """Of which of these cases it was destroyed what the history says."""
    of_streams = Tombstone.compartment == Compartment.LEDGER.value
    gone = select(Tombstone.subject_id).where(Tombstone.subject_id.in_(cases), of_streams)
    return frozenset(work.session.scalars(gone))


def renew_drafts(
    work: Work, person: UUID, about: Collection[str], review_id: UUID | None
) -> tuple[UUID, ...]:
    """Put a person's drafts under another key, and destroy the former one, under which older words lie in backups.

    Drafts of forms that name one of `about` go. Returns the keys that were destroyed.
    """
    work.session.execute(select(User.id).where(User.id == person).with_for_update(key_share=True))
    drafts = work.session.scalars(select(Draft).where(Draft.user_id == person).order_by(Draft.id)).all()
    kept: list[tuple[Draft, str]] = []
    for draft in drafts:
        answers = draft.answers
        if isinstance(answers, Gone) or any(each in unquote(draft.form) for each in about):
            work.session.delete(draft)
        else:
            kept.append((draft, answers))
    keys = destroy_keys(work, person, {Compartment.DRAFTS}, review_id=review_id)
    for draft, answers in kept:
        draft.answers = answers
    return keys


def _shred(work: Work, source: Source, review_id: UUID) -> list[UUID]:
    source.may_be_contacted = False  # nobody could, and nobody is owed to try
    return list(destroy_keys(work, source.id, {Compartment.SOURCE}, review_id=review_id))


def _renew_drafts(work: Work, case_id: UUID, about: Collection[str], review_id: UUID) -> Iterator[UUID]:
    """Of everybody who was ever at work on the case: any of them may have begun to type what is destroyed now."""
    on_case = work.session.scalars(select(CaseMember.user_id).where(CaseMember.case_id == case_id))
    people = set(on_case) | set(_people(actors_of(work.session, case_id)))
    for person in sorted(people):
        yield from renew_drafts(work, person, about, review_id)


def _people(actors: Iterable[str]) -> Iterator[UUID]:
    for actor in actors:
        if len(actor) == len(str(UUID(int=0))):
            yield UUID(actor)


def _packs_gone(work: Work, case: Case, review_id: UUID) -> Iterator[UUID]:
    for pack_id in work.session.scalars(select(PackCase.pack_id).where(PackCase.case_id == case.id)).all():
        yield from destroy_keys(work, pack_id, {Compartment.PACKS}, review_id=review_id)


def _others(work: Work, case_id: UUID) -> frozenset[Compartment]:
    """Whatever else was ever sealed for the case."""
    mine = (DataKeyRow.subject_id == case_id, DataKeyRow.wrapped != EMPTY)
    return frozenset(
        Compartment(each) for each in work.session.scalars(select(DataKeyRow.compartment).where(*mine))
    )


def _of_sources(work: Work, case_id: UUID) -> set[str]:
    concerns = work.session.scalars(select(Concern.id).where(Concern.case_id == case_id))
    return {str(each) for each in (*concerns, *sources_of(work, case_id))}


def _keys_of_rows(work: Work, case_id: UUID) -> set[str]:
    """The case's key and those of everything on it: what the names of its forms are made of."""
    found = {case_id}
    for table in METADATA.tables.values():
        if "case_id" in table.c and "id" in table.c:
            found |= set(work.session.scalars(select(table.c.id).where(table.c.case_id == case_id)))
    return {str(each) for each in found}
