"""How search reads: the texts of many cases, opened one after the other as plain bytes, and one value for its place."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, bindparam, exists, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from clearinghouse.records.keyring import Tombstone, keyring_of, stored_keys
from clearinghouse.records.raw import table_of
from clearinghouse.records.search_texts import Subject, text_place, value_at, values_of
from clearinghouse.records.searches import SearchText
from clearinghouse.vault.errors import SealBroken
from clearinghouse.vault.sealing import DataKey, Vault, key_of

_AT_ONCE = 50


class Wanted(NamedTuple):
    """Which texts may be opened: of these subjects, each with its case, these compartments."""

    subjects: Mapping[UUID, UUID]
    compartments: Collection[str]


def texts_of(
    session: Session, vault: Vault, cases: Mapping[UUID, bool], wanted: Sequence[Wanted]
) -> Iterator[tuple[UUID, list[tuple[Subject, bytes]]]]:
    """Each of these cases, in their order, with its texts, opened; of each is said whether the kept ones hold it all.

    Where they do not, or one does not open, they are made of the values themselves: nobody makes search miss a case by
    what they do to a text. A text whose key was destroyed is left out.
    """
    ids = list(cases)
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        found, broken = _kept_of(session, vault, {each for each in some if cases[each]}, wanted)
        if rest := [each for each in some if each in broken or not cases[each]]:
            for subject, text in texts_of_values(session, rest, wanted).items():
                found.setdefault(subject.case_id, []).append((subject, text))
        for case_id in some:
            yield case_id, found.get(case_id, [])


def _kept_of(
    session: Session, vault: Vault, cases: Collection[UUID], wanted: Sequence[Wanted]
) -> tuple[dict[UUID, list[tuple[Subject, bytes]]], set[UUID]]:
    """The kept texts of these cases, and which of the cases have one that does not open."""
    found: dict[UUID, list[tuple[Subject, bytes]]] = {}
    try:
        for each in wanted:
            for subject, text in kept_texts(session, vault, _of_cases(each, cases)):
                found.setdefault(subject.case_id, []).append((subject, text))
    except SealBroken:
        return {}, set(cases)
    return found, set()


def kept_texts(session: Session, vault: Vault, wanted: Wanted) -> Iterator[tuple[Subject, bytes]]:
    """The texts that are kept of these subjects, opened, but for those whose key was destroyed.

    Raises SealBroken where one does not open. The rows come as the driver gives them: making keys of their columns took
    longer than opening the texts.
    """
    if not wanted.subjects:
        return
    stored_as, read = _forms(session)
    subjects = {stored_as(subject): subject for subject in wanted.subjects}
    rows = session.execute(
        _KEPT, {"subjects": list(subjects), "compartments": [str(each) for each in wanted.compartments]}
    ).all()
    unknown = [key_of(row[3]) for row in rows if vault.opened_before(row[3]) is None]
    fresh = _opened_keys(session, vault, unknown) if unknown else {}
    for stored, compartment, row, folded in rows:
        data_key = vault.opened_before(folded) or fresh.get(key_of(folded))
        if data_key is None:
            raise SealBroken("a search text names a key that is not there")
        subject_id = subjects[stored]
        subject = Subject(wanted.subjects[subject_id], subject_id, compartment)
        yield subject, data_key.open(folded, text_place(read(row), subject))


def _opened_keys(session: Session, vault: Vault, ids: Sequence[UUID]) -> dict[UUID, DataKey]:
    return {stored.id: vault.data_key(stored) for stored in stored_keys(session, ids)}


def texts_of_values(
    session: Session, cases: Collection[UUID], wanted: Sequence[Wanted]
) -> dict[Subject, bytes]:
    """The same texts of cases for which none are kept yet, made of the values themselves, field by field."""
    keyring, lines = keyring_of(session), dict[Subject, list[bytes]]()
    for value in values_of(session, cases):
        subject = value.subject
        if not any(
            subject.subject_id in each.subjects and subject.compartment in each.compartments
            for each in wanted
        ):
            continue
        try:
            made = value.line(keyring)
        except SealBroken:
            continue
        lines.setdefault(subject, []).append(made)
    return {subject: b"\n".join(found) for subject, found in lines.items()}


def words_of(session: Session, subject: Subject, name: str, row: UUID) -> str:
    """The typed words of one value; nothing where it is not there, or its key was destroyed."""
    value = value_at(session, subject, name, row)
    try:
        return value.words(keyring_of(session)) if value else ""
    except SealBroken:
        return ""


def _of_cases(wanted: Wanted, cases: Collection[UUID]) -> Wanted:
    mine = {subject: case_id for subject, case_id in wanted.subjects.items() if case_id in cases}
    return Wanted(mine, wanted.compartments)


def _forms(session: Session) -> tuple[Callable[[UUID], object], Callable[[Any], UUID]]:
    """How a key stands in a row as the driver gives it, and the key of what stands there."""
    if session.get_bind().dialect.name == "sqlite":
        return attrgetter("hex"), lambda stored: UUID(int=int(stored, 16))
    return _itself, _itself


def _itself(key: UUID) -> UUID:
    return key


def _kept() -> Select[Any]:
    texts, stones = table_of(SearchText), table_of(Tombstone)
    subject, mine = type_coerce(texts.c.subject_id, NullType()), stones.c.subject_id == texts.c.subject_id
    gone = exists().where(mine, stones.c.compartment == texts.c.compartment, stones.c.renewed.is_(False))
    return select(subject, texts.c.compartment, type_coerce(texts.c.id, NullType()), texts.c.folded).where(
        subject.in_(bindparam("subjects", expanding=True)),
        texts.c.compartment.in_(bindparam("compartments", expanding=True)),
        ~gone.correlate(texts),
    )


_KEPT = _kept()
