"""Writing a pack's file: events and what is shown of them, proofs, manifest, report and verifier, in a fixed order."""

import base64
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date
from functools import partial
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import IO
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import Decision
from clearinghouse.casework.admission import Admitted, scope_of
from clearinghouse.casework.anchors.cosigning import cosigned_note
from clearinghouse.casework.headers import header_of
from clearinghouse.casework.packs.contents import (
    CHECKPOINT,
    EVENTS,
    MANIFEST,
    PACK_FORMAT,
    PROOFS,
    README,
    REPORT,
    SIGNED_FILES,
    STREAMS,
    VERIFIER,
)
from clearinghouse.casework.packs.disclosing import Capacities, ShownEvent, shown_events
from clearinghouse.casework.packs.preparing import cases_of
from clearinghouse.casework.packs.recipient_keys import key_to
from clearinghouse.casework.packs.retelling import ESCALATIONS
from clearinghouse.casework.packs.scope import shown_facts
from clearinghouse.casework.world import Work
from clearinghouse.notices.pack_report import (
    PackWords,
    ReportedCase,
    ReportedEvent,
    ReportedFinding,
    readme,
    report_page,
    timeline_row,
)
from clearinghouse.records.cases import Case
from clearinghouse.records.ledger import LedgerEvent
from clearinghouse.records.log import LogCheckpoint, LogLeaf, LogStream, LogTree, leaves_from, map_of_ends
from clearinghouse.records.packs import Pack
from clearinghouse.settings import resource
from clearinghouse.vault.heads import HeadsMap
from clearinghouse.vault.jws import sign_jws
from clearinghouse.vault.log_key import LogKey
from clearinghouse.vault.merkle import consistency_proof
from clearinghouse.vault.notes import read_checkpoint, read_note
from clearinghouse.vault.whole_tree import BlockTree

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""Every file of a pack carries this instant, so that the zip says nothing of the machine's clock."""
_LATEST, _DAYS = 20, 400
_REPORT_EVERY, _AT_ONCE = 1_000, 2_000
_GATHERED, _IN_MEMORY = 1 << 16, 1 << 22


class NotCovered(Exception):
    """The newest checkpoint does not end with what the log holds; the next round tries again."""


@dataclass
class _Writing:
    """What the parts of a pack are written from."""

    work: Work
    pack: Pack
    key: LogKey
    checkpoint: LogCheckpoint
    tree: BlockTree
    ends: HeadsMap
    out: zipfile.ZipFile
    capacities: Capacities
    progress: Callable[[int], None]
    cases: Sequence[tuple[Case, int, int]]
    files: ExitStack
    digests: dict[str, str] = field(default_factory=dict)
    reported: dict[UUID, ReportedCase] = field(default_factory=dict)

    @property
    def shown(self) -> Mapping[str, frozenset[str]]:
        """The facts that may be shown, by the type of event."""
        return shown_facts(self.pack.subjects)

    @property
    def size(self) -> int:
        """How many leaves the checkpoint covers."""
        return self.checkpoint.size


def write_pack(work: Work, pack: Pack, key: LogKey, file: IO[bytes], progress: Callable[[int], None]) -> int:
    """Write the pack as it stands under the newest checkpoint. `progress` is told how many events are written.

    Returns how many events it holds. Raises NotCovered where no checkpoint covers all that the log holds.
    """
    checkpoint = _covering(work)
    tree = BlockTree(_leaves(work, 0, checkpoint.size), partial(_leaves, work))
    if read_checkpoint(read_note(checkpoint.note)).root != tree.root():
        raise NotCovered
    ends = map_of_ends(work.session)
    cases = [(case, shown_to, _logged(work, case.id)) for case, shown_to in cases_of(work, pack)]
    if any(end < shown_to for _, shown_to, end in cases):
        raise NotCovered
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out, ExitStack() as files:
        said = Capacities(work)
        writing = _Writing(work, pack, key, checkpoint, tree, ends, out, said, progress, cases, files)
        _write_events(writing)
        _write_proofs(writing)
        _write(writing, STREAMS, [json.dumps(_streams(writing), indent=1) + "\n"])
        _write(writing, CHECKPOINT, [cosigned_note(work.session, checkpoint, work.world.outside.witnesses)])
        _write(writing, REPORT, report_page(_words(writing), writing.reported.values()))
        _write(writing, README, [readme(pack.reference, key.verifier.text)])
        _write(writing, VERIFIER, [verifier_file()])
        _write(writing, MANIFEST, [_manifest(writing)])
    return sum(end for *_, end in cases)


def verifier_file() -> str:
    """The verifier in one file, as it travels in every pack."""
    return (resource("config") / "pack" / "verify.py").read_text(encoding="utf-8")


def _leaves(work: Work, start: int, end: int) -> Iterator[bytes]:
    return (leaf.hash for leaf in leaves_from(work.session, start, end))


def _logged(work: Work, case_id: UUID) -> int:
    """The number of the case's last event that the log holds; what came after stands in no checkpoint yet."""
    stream = work.session.get(LogStream, str(case_id))
    return stream.seq if stream else 0


def _covering(work: Work) -> LogCheckpoint:
    tree = work.session.scalars(select(LogTree)).one_or_none()
    query = select(LogCheckpoint).order_by(LogCheckpoint.size.desc()).limit(1)
    last = work.session.scalars(query).one_or_none()
    if tree is None or last is None or last.size != tree.size:
        raise NotCovered
    return last


def _write_events(writing: _Writing) -> None:
    done = 0

    def lines() -> Iterator[str]:
        nonlocal done
        for case, shown_to, end in writing.cases:
            reported = writing.reported[case.id] = _begun(writing, case)
            for event in shown_events(
                writing.work, case.id, writing.shown, shown_to, writing.capacities, end
            ):
                done += 1
                if done % _REPORT_EVERY == 0:
                    writing.progress(done)
                _report(reported, event)
                yield _event_line(case.id, event)

    _write(writing, EVENTS, lines())
    writing.progress(done)


def _event_line(stream: UUID, event: ShownEvent) -> str:
    if event.type is None:
        return f'{{"stream":"{stream}","hash":"{event.hash.hex()}"}}\n'
    shown = ",".join(f'"{each}"' for each in event.disclosures)
    return f'{{"body":{json.dumps(event.body.decode("ascii"))},"disclosures":[{shown}]}}\n'


def _write_proofs(writing: _Writing) -> None:
    def lines() -> Iterator[str]:
        for case, _, end in writing.cases:
            query = (
                select(LogLeaf.position)
                .join(LedgerEvent, LedgerEvent.id == LogLeaf.event_id)
                .where(LedgerEvent.stream_id == str(case.id), LedgerEvent.seq <= end)
                .order_by(LedgerEvent.seq)
            )
            for position in writing.work.session.scalars(query.execution_options(yield_per=_AT_ONCE)):
                yield f'{{"index":{position},"path":"{_text(b"".join(writing.tree.path(position)))}"}}\n'

    _write(writing, PROOFS, lines())


def _streams(writing: _Writing) -> dict[str, object]:
    """Where each stream ends, under the log's last leaf, and how the log grew to the checkpoint."""
    tree, size = writing.tree, writing.size
    ends = {
        "streams": len(writing.ends),
        "root": _text(writing.ends.root()),
        "path": _texts(tree.path(size - 1)),
    }
    streams = []
    for case, *_ in writing.cases:
        proof = writing.ends.proof(case.id)
        streams.append(
            {
                "stream": str(case.id),
                "index": proof.index,
                "size": proof.size,
                "beside": _texts(proof.beside),
                "above": _texts(proof.above),
            }
        )
    growth = [
        {"size": earlier, "path": _texts(consistency_proof(tree.subtree, earlier, size))}
        for earlier in _earlier(writing.work, size)
    ]
    return {"ends": ends, "streams": streams, "growth": growth}


def _earlier(work: Work, size: int) -> list[int]:
    """The checkpoints that somebody may hold: the latest, and the last of each day before."""
    query = select(LogCheckpoint.size, LogCheckpoint.signed_at).where(LogCheckpoint.size < size)
    rows = work.session.execute(query.order_by(LogCheckpoint.size)).all()
    by_day: dict[date, int] = {row.signed_at.date(): row.size for row in rows}
    return sorted({*[row.size for row in rows[-_LATEST:]], *list(by_day.values())[-_DAYS:]})


def _manifest(writing: _Writing) -> str:
    pack, key = writing.pack, writing.key
    recipient = key_to(writing.work, pack.key_id)
    said = {
        "format": PACK_FORMAT,
        "pack": pack.reference,
        "version": pack.version,
        "log_key": key.verifier.text,
        "made_at": writing.work.now.astimezone(UTC).isoformat(timespec="seconds"),
        "body": pack.body.value,
        "purpose": pack.purpose.value,
        "recipient_key": recipient.fingerprint if recipient else None,
        "expires_on": pack.expires_on.isoformat(),
        "checkpoint": {"size": writing.size, "root": _text(writing.tree.root())},
        "shown": {kind: sorted(facts) for kind, facts in sorted(writing.shown.items())},
        "cases": [
            {
                "stream": str(case.id),
                "reference": case.reference,
                "councils": list(writing.reported[case.id].councils),
                "shown_to": shown_to,
            }
            for case, shown_to, _ in writing.cases
        ],
        "events": sum(end for *_, end in writing.cases),
        "files": {name: writing.digests[name] for name in SIGNED_FILES},
    }
    return sign_jws(said, key.signer.private, f"{key.verifier.name}+{key.verifier.key_id.hex()}")


def _words(writing: _Writing) -> PackWords:
    pack = writing.pack
    return PackWords(
        reference=pack.reference,
        body=pack.body.words,
        purpose=pack.purpose.words,
        made_at=writing.work.now.astimezone(UTC),
        expires_on=pack.expires_on,
        log=writing.key.verifier.name,
        leaves=writing.size,
    )


def _begun(writing: _Writing, case: Case) -> ReportedCase:
    """A case of the report; its timeline is written to a file as the events go by, since there may be very many."""
    header = header_of(writing.work, Admitted(case, scope_of(writing.work, case), Decision(allowed=True)))
    named = (header.lead_authority, *header.other_authorities, *header.former_authorities)
    file = SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8")  # noqa: SIM115  # closed with the pack's others
    timeline = writing.files.enter_context(file)
    return ReportedCase(case.reference, tuple(each.name for each in named), timeline)


def _report(case: ReportedCase, event: ShownEvent) -> None:
    if event.type is None or event.at is None:
        case.by_hash += 1
        return
    facts = tuple((fact.label, fact.words) for fact in event.facts)
    row = ReportedEvent(event.seq, event.at, event.words, event.who, facts, event.withheld)
    case.timeline.write(timeline_row(row))
    if event.type.value in ESCALATIONS and facts:
        case.findings.append(_finding(event))


def _finding(event: ShownEvent) -> ReportedFinding:
    words = {fact.label: fact.words for fact in event.facts}
    missing = () if words["Missing"] == "Nothing" else tuple(words["Missing"].split("; "))
    why_not = "" if words["Why not"] == "Not said" else words["Why not"]
    return ReportedFinding(
        number=event.seq,
        on=words["Day of it"],
        result=words["Finding"],
        gate=words["Gate"],
        missing=missing,
        why_not=why_not,
        rests_on=words["Rests on"],
    )


def _write(writing: _Writing, name: str, stretches: Iterable[str]) -> None:
    """One file of the pack, hashed as it is written."""
    hashed, info = sha256(), zipfile.ZipInfo(name, _FIRST_DAY)
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    with writing.out.open(info, "w", force_zip64=True) as file:
        for stretch in _gathered(stretches):
            raw = stretch.encode("utf-8")
            hashed.update(raw)
            file.write(raw)
    writing.digests[name] = hashed.hexdigest()


def _gathered(stretches: Iterable[str]) -> Iterator[str]:
    """The same in fewer and longer stretches, each of which costs as much as a short one to begin."""
    some, length = list[str](), 0
    for stretch in stretches:
        some.append(stretch)
        length += len(stretch)
        if length > _GATHERED:
            yield "".join(some)
            some, length = [], 0
    yield "".join(some)


def _texts(path: Sequence[bytes]) -> list[str]:
    return [_text(each) for each in path]


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
