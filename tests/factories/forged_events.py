"""Events that anybody who can write to the database could append: of the first format, or under a destroyed key."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from clearinghouse.records.base import new_id
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.ledger import LedgerEvent, LedgerHead
from clearinghouse.vault.leaves import NOTHING_BEFORE, event_hash


def append_unsealed(
    session: Session,
    event: Event,
    stream: Stream,
    stream_id: UUID,
    *,
    at: str,
    facts: Mapping[str, object],
    seals: Mapping[str, str],
) -> None:
    """Append an event of the first format to a stream, chained as it should be."""
    head = _head(session, stream_id)
    columns = _columns(event, stream, stream_id, head.seq + 1, at)
    body = {**columns, "v": 1, "prev": head.hash.hex(), "facts": facts, "seals": seals}
    _append(session, head, columns, body, None)


def append_under(
    session: Session, sealed: bytes, event: Event, stream: Stream, stream_id: UUID, *, at: str
) -> None:
    """Append an event of the present format, beside which stands what names the key of `sealed`."""
    head = _head(session, stream_id)
    columns = _columns(event, stream, stream_id, head.seq + 1, at)
    body = {name: each for name, each in columns.items() if name != "actor"}
    _append(session, head, columns, {**body, "v": 2, "prev": head.hash.hex(), "_sd": []}, sealed)


def _head(session: Session, stream_id: UUID) -> LedgerHead:
    head = session.get(LedgerHead, str(stream_id))
    if head is None:
        head = LedgerHead(stream_id=str(stream_id), seq=0, hash=NOTHING_BEFORE)
        session.add(head)
    return head


def _columns(event: Event, stream: Stream, stream_id: UUID, seq: int, at: str) -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "stream": stream.value,
        "stream_id": str(stream_id),
        "seq": seq,
        "type": event.value,
        "at": at,
        "actor": "operator",
    }


def _append(
    session: Session,
    head: LedgerHead,
    columns: Mapping[str, Any],
    content: Mapping[str, object],
    disclosed: bytes | None,
) -> None:
    body = json.dumps(content).encode()
    session.add(LedgerEvent(**columns, body=body, disclosed=disclosed, hash=event_hash(body)))
    head.seq, head.hash = columns["seq"], event_hash(body)
