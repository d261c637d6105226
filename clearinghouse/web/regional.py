"""The regional picture, and signals: those about one authority, recording and withdrawing them, importing a file."""

from hashlib import sha256
from typing import TypeVar
from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Region
from clearinghouse.casework.drafts import discard_draft, draft_is_gone, read_draft, save_draft
from clearinghouse.casework.errors import Invalid
from clearinghouse.casework.regional.commitments import commitments_of, overdue_commitments
from clearinghouse.casework.regional.picture import TRAVEL_WORDS, Picture, PictureFilter, regional_picture
from clearinghouse.casework.regional.round_tables import RegionsRoundTables, round_tables_of
from clearinghouse.casework.regional.signal_import import SignalImportReport, import_signals
from clearinghouse.casework.regional.signals import (
    LONGEST,
    NewSignal,
    authorities_to_record,
    authority_page,
    record_signal,
    signal_header,
    withdraw_signal,
)
from clearinghouse.protocol.round_table import Planning
from clearinghouse.protocol.signals import SCALES, SOFT, Direction, SignalKind, SignalTheme
from clearinghouse.protocol.vocabulary import Body
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import forget, keep, kept_form
from clearinghouse.web.fields import Choice, DateParts, Option, Pick, Text, options_of
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

regional = Pages("regional", __name__, navigation="Region")

RECORDED = Message("The signal is recorded.")
WITHDRAWN = Message("The signal is withdrawn. It stays on record with your reason.")
IMPORTED = Message("The signals of the file are recorded.")

NEW, UPLOAD = "signal", "signals/import"
MOST_ERRORS = 100

_E = TypeVar("_E", Region, SignalKind, SignalTheme)


def _values() -> tuple[Option, ...]:
    """Every value of every scale, each with the kind that it belongs to."""
    return tuple(
        Option(f"{kind.value}:{value}", f"{kind.words}: {scale.words_of(value)}")
        for kind, scale in SCALES.items()
        for value in scale.values
    )


class SignalForm(Form):
    """A signal about an authority."""

    authority = Pick("Authority", missing="Select an authority", prompt="Select an authority")
    kind = Pick(
        "What kind of signal is it?",
        options=options_of(SignalKind),
        missing="Select the kind",
        hint="Talk and political group intelligence are shown to leads and RIEP officers only",
    )
    value = Pick(
        "What value does it give?",
        options=_values(),
        prompt="This kind has no value",
        hint="Only scores and ratings have one. Choose a value of the kind above",
    )
    theme = Pick("What is it about?", options=options_of(SignalTheme), missing="Select what it is about")
    direction = Choice(
        "How has it moved?",
        options=(*options_of(Direction), Option("none", "Not known, or it is the first")),
        missing="Select how it has moved",
    )
    observed_on = DateParts(
        "When was it observed or published?", subject="The date of the signal", missing="Enter the date"
    )
    source = Pick("Where does it come from?", options=options_of(Body), missing="Select the source")
    words = Text(
        "In a few words",
        rows=4,
        longest=LONGEST,
        hint="Optional. Sealed: shown on the authority’s own page, and to nobody at a round table",
    )

    def signal(self) -> NewSignal:
        """The signal as it was filled in. Raises Invalid where the value belongs to another kind."""
        kind = SignalKind(self.kind.data)
        of_kind, _, value = str(self.value.data or "").partition(":")
        if of_kind and of_kind != kind:
            raise Invalid({"value": f"Select a value of this kind: {kind.words}"})
        return NewSignal(
            authority_id=UUID(str(self.authority.data)),
            kind=kind,
            theme=SignalTheme(self.theme.data),
            observed_on=self.observed_on.day,
            source=Body(self.source.data),
            value=int(value) if value else None,
            direction=None if self.direction.data == "none" else Direction(self.direction.data),
            words=self.words.text,
        )


class WithdrawalForm(Form):
    """Why a signal is withdrawn."""

    reason = Text("Why is it withdrawn?", rows=3, longest=1000, missing="Enter why it is withdrawn")


class UploadForm(Form):
    """A file of signals."""

    file = FileField("CSV file")


class ConfirmForm(Form):
    """The import of the file that was checked."""


@regional.get("/region", needs=Permission.SIGNAL_READ)
def index() -> Response:
    """The picture of a region, its filter in the address."""
    given = PictureFilter(
        kind=_member(SignalKind, "kind"),
        theme=_member(SignalTheme, "theme"),
        warnings_only=request.args.get("show") == "warnings",
    )
    found = regional_picture(world(), actor(), _member(Region, "region"), given)
    return page(
        "regional/index.html",
        found=found,
        given=given,
        filtered=given != PictureFilter(),
        tables=_tables(found),
        overdue=overdue_commitments(world(), actor(), found.region),
        planned=Planning.PLANNED,
        travel_words=TRAVEL_WORDS,
        kinds=[each for each in SignalKind if found.shows_soft or each not in SOFT],
        themes=list(SignalTheme),
    )


@regional.get("/region/authorities/<uuid:authority_id>", needs=Permission.SIGNAL_READ)
def authority(authority_id: UUID) -> Response:
    """The signals about one authority and its commitments, with their words."""
    shown = authority_page(world(), actor(), authority_id)
    promised = commitments_of(world(), actor(), authority_id)
    return page("regional/authority.html", shown=shown, commitments=promised)


@regional.route("/region/signals/new", methods=["GET", "POST"], needs=Permission.SIGNAL_RECORD)
def new() -> ResponseReturnValue:
    """Record a signal."""
    form = kept_form(SignalForm, NEW)
    places = authorities_to_record(world(), actor())
    form.authority.offer(Option(str(each.id), each.name) for each in places)
    if request.method == "GET":
        chosen = request.args.get("authority", "")
        if not form.authority.data and chosen in {str(each.id) for each in places}:
            form.authority.data = chosen
        return _asked(form)
    if not form.is_posted_and_valid():
        return _asked(form)
    try:
        signal = form.signal()
        record_signal(world_for(form.key()), actor(), signal)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return _asked(form)
    forget(NEW)
    tell(RECORDED)
    return redirect(url_for("regional.authority", authority_id=signal.authority_id), 303)


@regional.route(
    "/region/signals/<uuid:signal_id>/withdraw", methods=["GET", "POST"], needs=Permission.SIGNAL_RECORD
)
def withdraw(signal_id: UUID) -> ResponseReturnValue:
    """Withdraw a signal that was recorded wrongly."""
    form = WithdrawalForm()
    if request.method == "POST" and form.is_posted_and_valid():
        about = withdraw_signal(world_for(form.key()), actor(), signal_id, form.reason.text)
        tell(WITHDRAWN)
        return redirect(url_for("regional.authority", authority_id=about), 303)
    signal, place = signal_header(world(), actor(), signal_id)
    status = 422 if form.errors else 200
    return page("regional/withdraw.html", status, form=form, signal=signal, place=place)


@regional.route("/region/signals/import", methods=["GET", "POST"], needs=Permission.SIGNAL_RECORD)
def upload() -> ResponseReturnValue:
    """Check a file; what it would record is shown before anything is."""
    form = UploadForm()
    if request.method == "GET" or not form.is_posted_and_valid():
        return _upload_page(form, None, 200)
    content = form.file.data.read() if form.file.data else b""
    if not content:
        form.refuse(form.file, "Select a CSV file that is not empty")
        return _upload_page(form, None, 422)
    report = import_signals(world(), actor(), content, dry_run=True)
    if report.errors:
        form.refuse(form.file, "The file cannot be imported: see below, line by line")
        return _upload_page(form, report, 422)
    # Kept sealed for this person until they confirm: nobody has to find the file again.
    save_draft(world_for(form.key()), actor(), UPLOAD, {"file": [content.decode("utf-8-sig")]})
    return redirect(url_for("regional.confirm"), 303)


@regional.route("/region/signals/import/confirm", methods=["GET", "POST"], needs=Permission.SIGNAL_RECORD)
def confirm() -> ResponseReturnValue:
    """Show what the checked file would record; import it when that is confirmed."""
    form, kept = ConfirmForm(), read_draft(world(), actor(), UPLOAD)
    if kept is None and request.method == "POST":
        draft_is_gone(world_for(form.key()), actor())
    if kept is None:
        return redirect(url_for("regional.upload"), 303)
    content = kept.answers["file"][0].encode()
    shown = sha256(content).hexdigest()
    report = import_signals(world(), actor(), content, dry_run=True)
    # Another tab may have put another file in its place: then what that would record is shown first.
    if request.method == "GET" or not form.is_posted_and_valid() or request.form.get("shown") != shown:
        return _preview(form, report, shown)
    report = import_signals(world_for(form.key()), actor(), content)
    if report.errors:
        return _preview(form, report, shown)
    discard_draft(world(), actor(), UPLOAD)
    tell(IMPORTED)
    return redirect(url_for("regional.index"), 303)


@regional.app_template_global()
def region_tabs(region: Region, current: str) -> list[tuple[str, str, bool]]:
    """The parts of a region, for whoever runs its round tables: words, address, and whether it is the one shown."""
    return [
        (words, url_for(endpoint, region=region.value), words == current)
        for words, endpoint in (("Picture", "regional.index"), ("Round tables", "round_tables.index"))
    ]


def region_asked() -> Region | None:
    """The region in the address, None where there is none that makes sense."""
    return _member(Region, "region")


def _tables(found: Picture) -> RegionsRoundTables | None:
    return round_tables_of(world(), actor(), found.region) if found.may_manage else None


def _asked(form: SignalForm) -> Response:
    if request.method == "POST":
        keep(NEW)
    draft = url_for("drafts.save", form=NEW)
    return page("regional/signal.html", 422 if form.errors else 200, form=form, draft_url=draft)


def _upload_page(form: UploadForm, report: SignalImportReport | None, status: int) -> Response:
    return page(
        "regional/import.html",
        status,
        form=form,
        report=report,
        most=MOST_ERRORS,
        kinds=list(SignalKind),
        themes=list(SignalTheme),
        sources=list(Body),
        scales=SCALES,
    )


def _preview(form: ConfirmForm, report: SignalImportReport, shown: str) -> Response:
    status = 422 if report.errors else 200
    return page("regional/confirm.html", status, form=form, report=report, shown=shown, most=MOST_ERRORS)


def _member(members: type[_E], name: str) -> _E | None:
    value = request.args.get(name)
    return members(value) if value in set(members) else None
