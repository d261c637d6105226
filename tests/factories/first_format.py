"""Events of the first format, which anybody who can write to the database could append: nothing of them is sealed."""

import json
from collections.abc import Mapping
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
    head = session.get(LedgerHead, str(stream_id))
    columns = {
        "id": str(new_id()),
        "stream": stream.value,
        "stream_id": str(stream_id),
        "seq": head.seq + 1 if head else 1,
        "type": event.value,
        "at": at,
        "actor": "operator",
    }
    prev = (head.hash if head else NOTHING_BEFORE).hex()
    body = json.dumps({**columns, "v": 1, "prev": prev, "facts": facts, "seals": seals}).encode()
    session.add(LedgerEvent(**columns, body=body, disclosed=None, hash=event_hash(body)))
    if head is None:
        head = LedgerHead(stream_id=str(stream_id))
        session.add(head)
    head.seq, head.hash = columns["seq"], event_hash(body)
