"""The papers of the demo's stories: a letter as a PDF and an email, made here, each added to its case."""

from collections.abc import Mapping
from contextlib import closing

from sqlalchemy import select

from clearinghouse.casework.demo.acts import Act
from clearinghouse.casework.demo.stage import Moment
from clearinghouse.casework.documents.keeping import add_documents
from clearinghouse.casework.documents.receiving import Received, document_of
from clearinghouse.records.cases import Concern
from clearinghouse.records.dialogue import Offer
from clearinghouse.records.documents import CameWith

_THINGS: Mapping[CameWith, type[Offer] | type[Concern]] = {CameWith.OFFER: Offer, CameWith.SOURCE: Concern}


def adds_letter(name: str, about: str, *lines: str) -> Act:
    """Adds a letter of one page, which came with the case's latest offer."""
    return _adds(CameWith.OFFER, name, about, _pdf(lines))


def adds_email(name: str, about: str, *lines: str) -> Act:
    """Adds an email that says who raised the concern."""
    return _adds(CameWith.SOURCE, name, about, "\r\n".join((*lines, "")).encode())


def _adds(came_with: CameWith, name: str, about: str, content: bytes) -> Act:
    def act(moment: Moment) -> None:
        table = _THINGS[came_with]
        with moment.world.reading(moment.actor) as work:
            latest = select(table.id).where(table.case_id == moment.case_id).order_by(table.id.desc())
            thing = work.session.scalars(latest).first()
        with closing(Received(moment.world.largest_file)) as received:
            received.write(content)
            given = [document_of(received, name, about)]
            add_documents(moment.world, moment.actor, moment.case_id, came_with, thing, given)

    return act


def _pdf(lines: tuple[str, ...]) -> bytes:
    """One page of text that every reader of PDFs shows."""
    shown = [line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)") for line in lines]
    text = "BT /F1 12 Tf 18 TL 72 760 Td " + " ".join(f"({line}) Tj T*" for line in shown) + " ET"
    stream = text.encode("cp1252", "replace")
    parts = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R/Resources<</Font<</F1 4 0 R>>>>>>",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(stream), stream),
    )
    out, places = b"%PDF-1.4\n", list[int]()
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(parts) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return out + end % (count, table, count, len(out))
