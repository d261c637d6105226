"""The field in which documents are chosen: checked by their content, and asked for again where they cannot be kept."""

from collections.abc import Sequence
from typing import Any, cast

from werkzeug.datastructures import FileStorage
from wtforms.fields import MultipleFileField
from wtforms.validators import StopValidation

from clearinghouse.casework.documents.kinds import Unsupported
from clearinghouse.casework.documents.receiving import (
    MEGABYTE,
    MOST_FILES,
    NewDocument,
    Received,
    check_size,
    document_of,
)
from clearinghouse.web.current import world
from clearinghouse.web.fields import clean
from clearinghouse.web.widgets import FilesWidget

NOT_IN_DRAFT = "They are not kept in a draft, so choose them last."
WHAT_CAME = f"Letters, emails or papers. {NOT_IN_DRAFT}"
"""What the field says at the end of a form about something else."""
_ONCE_MORE = "Choose the files again: they are not kept while something else on this page is put right"


class Files(MultipleFileField):
    """Documents to add, several at once. `missing` is the error where none is chosen; without it none need be."""

    widget = FilesWidget()

    def __init__(self, label: str = "", *, missing: str = "", hint: str = "", **options: Any) -> None:
        self.missing = missing
        self.documents: tuple[NewDocument, ...] = ()
        super().__init__(label, description=hint, **options)

    @property
    def limits(self) -> str:
        """What may be chosen, as the page says it."""
        return f"Up to {MOST_FILES} files, {world().largest_file // MEGABYTE} MB together"

    @property
    def largest(self) -> int:
        """How many bytes the files may have together."""
        return world().largest_file

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Keep the files that were chosen; an empty field sends one without a name, and a page that takes none none."""
        self.data = [
            each
            for each in valuelist
            if isinstance(each, FileStorage) and each.filename and isinstance(each.stream, Received)
        ]

    def pre_validate(self, form: Any) -> None:
        """Look at what arrived. Raises StopValidation with one message, naming the file where there are several."""
        chosen = cast(list[FileStorage], self.data or [])
        if not chosen and self.missing:
            raise StopValidation(self.missing)
        received = [cast(Received, each.stream) for each in chosen]
        try:
            check_size(received, self.largest)
        except Unsupported as unsupported:
            raise StopValidation(str(unsupported)) from unsupported
        about = getattr(form, "about", None)
        words = about.text if about is not None else ""
        self.documents = tuple(
            self._document(file, content, words, len(chosen) > 1)
            for file, content in zip(chosen, received, strict=True)
        )

    def ask_again(self) -> None:
        """Say beside the field that what was chosen must be chosen once more, where it was fit to be kept."""
        if self.data and not self.errors:
            self.errors = [_ONCE_MORE]

    @staticmethod
    def _document(file: FileStorage, content: Received, about: str, named: bool) -> NewDocument:
        try:
            return document_of(content, file.filename or "", about)
        except Unsupported as unsupported:
            shown = clean("".join(sign for sign in file.filename or "" if sign.isprintable()))[:80]
            raise StopValidation(f"{shown}: {unsupported}" if named else str(unsupported)) from unsupported
