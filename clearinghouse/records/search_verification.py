"""Verification of the texts that search reads: each opens, and says what the values say that it is made of."""

from collections.abc import Callable, Collection, Iterator, Sequence
from uuid import UUID

from sqlalchemy import Row, and_, select
from sqlalchemy.orm import Session

from clearinghouse.records.folding import FOLDING
from clearinghouse.records.keyring import DataKeyRow, keyring_of
from clearinghouse.records.raw import Raw, raw, shown, table_of, uuid_of, value_of
from clearinghouse.records.search_texts import Subject, tag_of, text_place, values_of
from clearinghouse.records.searches import SearchedCase, SearchText
from clearinghouse.vault.errors import KeysError, SealBroken
from clearinghouse.vault.sealing import DataKey, Vault, WrappedKey

_AT_ONCE = 100
_OF_TEXT = ("case_id", "subject_id", "compartment", "id", "folded")
_OF_KEY = ("id", "epoch", "wrapped", "commitment")
_NOT_OPEN = (SealBroken, KeysError, OverflowError, TypeError, ValueError, AttributeError, LookupError)

Found = tuple[str, str]
"""Where something is wrong, and what."""


def search_faults(
    session: Session, vault: Vault, unsound: Collection[UUID | None], destroyed: Callable[[Raw], bool]
) -> Iterator[Found]:
    """What is wrong with search texts: those that do not open, and those that say more or less than their values.

    Values in the rows `unsound` have a fault of their own, which is not told twice. `destroyed` says whether a text's
    key was destroyed on purpose. Texts that wait to be folded anew are not read by any search, and not compared.
    """
    texts, whole, dialect = table_of(SearchText), table_of(SearchedCase), session.get_bind().dialect
    cases = select(raw(whole.c.case_id, dialect)).where(whole.c.folding == FOLDING).order_by(whole.c.case_id)
    found = [value_of(row[0], dialect) for row in session.execute(cases)]
    yield from ((f"searched case {shown(each)}", "is none") for each in found if uuid_of(each) is None)
    ids = [case_id for each in found if (case_id := uuid_of(each)) is not None]
    for start in range(0, len(ids), _AT_ONCE):
        yield from _compared(session, vault, ids[start : start + _AT_ONCE], unsound, destroyed)
    kept = select(whole.c.case_id)
    for row in session.execute(select(raw(texts.c.id, dialect)).where(texts.c.case_id.not_in(kept))):
        yield (
            f"search text {shown(value_of(row[0], dialect))}",
            "belongs to no case that is searched by its texts",
        )


def _compared(
    session: Session,
    vault: Vault,
    cases: Sequence[UUID],
    unsound: Collection[UUID | None],
    destroyed: Callable[[Raw], bool],
) -> Iterator[Found]:
    try:
        wanted = _wanted(session, cases)
    except _NOT_OPEN:
        if len(cases) == 1:
            yield f"search texts of case {cases[0]}", "cannot be compared: a value of the case is none"
            return
        for each in cases:
            yield from _compared(session, vault, [each], unsound, destroyed)
        return
    for row in _texts(session, cases):
        stored = dict(zip((*_OF_TEXT, *(f"key_{name}" for name in _OF_KEY)), row, strict=True))
        where = f"search text {shown(stored['id'])}"
        subject = _subject(stored)
        if subject is None:
            yield where, "is not one"
            continue
        held = wanted.pop(subject, set[bytes]())
        if destroyed(stored["folded"]):
            continue
        try:
            text = _opened(vault, stored, subject)
            said = set(text.split(b"\n")) if text else set()
            differ = [each for each in said ^ held if tag_of(each)[1] not in unsound]
        except _NOT_OPEN as error:
            yield where, f"does not open: {error}"
            continue
        if differ:
            yield where, f"says something else than the {subject.compartment} of case {subject.case_id}"
    for subject, lines in wanted.items():
        if any(tag_of(each)[1] not in unsound for each in lines):
            yield (
                f"the search text of the {subject.compartment} of case {subject.case_id}",
                "is not there any more",
            )


def _wanted(session: Session, cases: Sequence[UUID]) -> dict[Subject, set[bytes]]:
    """The lines that the texts should have, of the values that open; of the others it is said elsewhere."""
    keyring, lines = keyring_of(session), dict[Subject, set[bytes]]()
    for value in values_of(session, cases):
        try:
            made = value.line(keyring)
        except _NOT_OPEN:
            continue
        lines.setdefault(value.subject, set()).add(made)
    return lines


def _texts(session: Session, cases: Sequence[UUID]) -> Iterator[tuple[Raw, ...]]:
    texts, keys, dialect = table_of(SearchText), table_of(DataKeyRow), session.get_bind().dialect
    own_key = and_(keys.c.subject_id == texts.c.subject_id, keys.c.compartment == texts.c.compartment)
    columns = [texts.c[name] for name in _OF_TEXT] + [keys.c[name] for name in _OF_KEY]
    query = (
        select(*(raw(each, dialect) for each in columns))
        .select_from(texts.outerjoin(keys, own_key))
        .where(texts.c.case_id.in_(cases))
    )
    found: Sequence[Row[tuple[object, ...]]] = session.execute(query).all()
    for row in found:
        yield tuple(value_of(each, dialect) for each in row)


def _subject(stored: dict[str, Raw]) -> Subject | None:
    case_id, subject_id = uuid_of(stored["case_id"]), uuid_of(stored["subject_id"])
    compartment = stored["compartment"]
    if case_id is None or subject_id is None or not isinstance(compartment, str):
        return None
    return Subject(case_id, subject_id, compartment)


def _opened(vault: Vault, stored: dict[str, Raw], subject: Subject) -> bytes:
    """The text. Raises one of _NOT_OPEN where it is not as it was sealed."""
    row, key, epoch = uuid_of(stored["id"]), uuid_of(stored["key_id"]), stored["key_epoch"]
    wrapped, commitment, folded = stored["key_wrapped"], stored["key_commitment"], stored["folded"]
    if row is None or key is None or not isinstance(epoch, int) or not isinstance(folded, bytes):
        raise SealBroken("it is no sealed text, or its key is not there")
    if not isinstance(wrapped, bytes) or not isinstance(commitment, bytes):
        raise SealBroken("its key is not one")
    stored_key = WrappedKey(key, subject.subject_id, subject.compartment, epoch, wrapped, commitment)
    data_key: DataKey = vault.data_key(stored_key)
    return data_key.open(folded, text_place(row, subject))
