"""The register of peers: the list with its filter, a peer's page, absences, suspension, interests, and files."""

from hashlib import sha256
from typing import TypeVar
from uuid import UUID

from flask import Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Region
from clearinghouse.casework.drafts import discard_draft, draft_is_gone, read_draft, save_draft
from clearinghouse.casework.errors import Invalid
from clearinghouse.casework.links import authorities_to_link
from clearinghouse.casework.peers.export import export_peers
from clearinghouse.casework.peers.importing import PeerImportReport, import_peers
from clearinghouse.casework.peers.interests import LONGEST_INTEREST
from clearinghouse.casework.peers.listing import Accreditation, PeerFilter, PeerPlace, peer_list
from clearinghouse.casework.peers.register import (
    declare_interest,
    peer_name,
    peer_page,
    record_absence,
    restore_peer,
    suspend_peer,
)
from clearinghouse.protocol.peer_words import Service, Theme
from clearinghouse.protocol.peers import PeerKind
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.fields import LINE_LENGTH, DateParts, Option, Pick, Text, clean, has_unkeepable
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.paging import asked_mark, filter_asked, list_links
from clearinghouse.web.rendering import page

peers = Pages("peers", __name__, navigation="Peers")

IMPORTED = Message("The file is imported.")
ABSENT = Message("The absence is recorded.")
SUSPENDED = Message("The peer is suspended. No team can be assigned with them.")
RESTORED = Message("The suspension has ended.")
DECLARED = Message("The interest is recorded. It keeps the peer from that council.")

UPLOAD = "peers/import"
MOST_ERRORS = 100

_E = TypeVar("_E", Accreditation, PeerKind, Region, Service, Theme)


class AbsenceForm(Form):
    """From when to when a peer cannot serve."""

    first = DateParts("First day away", subject="The first day", missing="Enter the first day away")
    last = DateParts("Last day away", subject="The last day", missing="Enter the last day away")


class InterestForm(Form):
    """An interest that a peer declares in an authority."""

    authority = Pick("Authority", missing="Select an authority", prompt="Select an authority")
    words = Text(
        "What is the interest?",
        rows=4,
        longest=LONGEST_INTEREST,
        missing="Enter what the interest is",
        hint="It is sealed: only those who keep the register can read it",
    )


class UploadForm(Form):
    """A file of peers."""

    file = FileField("CSV file")


class ConfirmForm(Form):
    """The import of the file that was checked."""


@peers.get("/peers", needs=Permission.PEER_READ)
def index() -> ResponseReturnValue:
    """The register, its filter in the address."""
    given, place = _filter(), _place()
    found = peer_list(world(), actor(), given, place)
    return page(
        "peers/index.html",
        found=found,
        given=given,
        filtered=bool(filter_asked()),
        **list_links("peers", _mark(found.next), _mark(found.previous)),
        words={
            "kind": list(PeerKind),
            "theme": list(Theme),
            "service": list(Service),
            "region": list(Region),
            "accreditation": list(Accreditation),
        },
    )


@peers.get("/peers.csv", needs=Permission.PEER_MANAGE)
def export() -> ResponseReturnValue:
    """The peers of the current filter, to be opened in a spreadsheet; nothing sealed."""
    response = make_response(export_peers(world(), actor(), _filter()))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="peers-{world().today}.csv"'
    return response


@peers.get("/peers/<uuid:peer_id>", needs=Permission.PEER_READ)
def show(peer_id: UUID) -> ResponseReturnValue:
    """One peer."""
    return page("peers/peer.html", peer=peer_page(world(), actor(), peer_id), today=world().today)


@peers.route("/peers/<uuid:peer_id>/absences/new", methods=["GET", "POST"], needs=Permission.PEER_MANAGE)
def absence(peer_id: UUID) -> ResponseReturnValue:
    """Record that a peer cannot serve."""
    form = AbsenceForm()
    if request.method == "GET" or not form.is_posted_and_valid():
        return _asked("peers/absence.html", form, peer_id)
    try:
        record_absence(world_for(form.key()), actor(), peer_id, form.first.day, form.last.day)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return _asked("peers/absence.html", form, peer_id)
    return _done(ABSENT, peer_id)


@peers.route("/peers/<uuid:peer_id>/interests/new", methods=["GET", "POST"], needs=Permission.PEER_MANAGE)
def interest(peer_id: UUID) -> ResponseReturnValue:
    """Record an interest that a peer declares."""
    form = InterestForm()
    form.authority.offer(
        Option(str(choice.id), choice.words) for choice in authorities_to_link(world(), actor())
    )
    if request.method == "GET" or not form.is_posted_and_valid():
        return _asked("peers/interest.html", form, peer_id)
    try:
        declare_interest(
            world_for(form.key()), actor(), peer_id, UUID(str(form.authority.data)), form.words.text
        )
    except Invalid as invalid:
        form.refuse_all(invalid)
        return _asked("peers/interest.html", form, peer_id)
    return _done(DECLARED, peer_id)


@peers.post("/peers/<uuid:peer_id>/suspend", needs=Permission.PEER_MANAGE)
def suspend(peer_id: UUID) -> ResponseReturnValue:
    """Suspend a peer."""
    suspend_peer(world_for(Form().key()), actor(), peer_id)
    return _done(SUSPENDED, peer_id)


@peers.post("/peers/<uuid:peer_id>/restore", needs=Permission.PEER_MANAGE)
def restore(peer_id: UUID) -> ResponseReturnValue:
    """End a suspension."""
    restore_peer(world_for(Form().key()), actor(), peer_id)
    return _done(RESTORED, peer_id)


@peers.route("/peers/import", methods=["GET", "POST"], needs=Permission.PEER_MANAGE)
def upload() -> ResponseReturnValue:
    """Check a file; what it would change is shown before anything is."""
    form = UploadForm()
    if request.method == "GET" or not form.is_posted_and_valid():
        return page("peers/import.html", form=form, report=None)
    content = form.file.data.read() if form.file.data else b""
    if not content:
        form.refuse(form.file, "Select a CSV file that is not empty")
        return page("peers/import.html", 422, form=form, report=None)
    report = import_peers(world(), actor(), content, dry_run=True)
    if report.errors:
        form.refuse(form.file, "The file cannot be imported: see below, line by line")
        return page("peers/import.html", 422, form=form, report=report, most=MOST_ERRORS)
    # Kept sealed for this person until they confirm: nobody has to find the file again.
    save_draft(world_for(form.key()), actor(), UPLOAD, {"file": [content.decode("utf-8-sig")]})
    return redirect(url_for("peers.confirm"), 303)


@peers.route("/peers/import/confirm", methods=["GET", "POST"], needs=Permission.PEER_MANAGE)
def confirm() -> ResponseReturnValue:
    """Show what the checked file would change; import it when that is confirmed."""
    form, kept = ConfirmForm(), read_draft(world(), actor(), UPLOAD)
    if kept is None and request.method == "POST":
        draft_is_gone(world_for(form.key()), actor())
    if kept is None:
        return redirect(url_for("peers.upload"), 303)
    content = kept.answers["file"][0].encode()
    shown = sha256(content).hexdigest()
    report = import_peers(world(), actor(), content, dry_run=True)
    # Another tab may have put another file in its place: then what that would change is shown first.
    if request.method == "GET" or not form.is_posted_and_valid() or request.form.get("shown") != shown:
        return _preview(form, report, shown)
    report = import_peers(world_for(form.key()), actor(), content)
    if report.errors:
        return _preview(form, report, shown)
    discard_draft(world(), actor(), UPLOAD)
    tell(IMPORTED)
    return redirect(url_for("peers.index"), 303)


def _preview(form: ConfirmForm, report: PeerImportReport, shown: str) -> Response:
    status = 422 if report.errors else 200
    return page("peers/confirm.html", status, form=form, report=report, shown=shown, most=MOST_ERRORS)


def _asked(template: str, form: Form, peer_id: UUID) -> Response:
    name = peer_name(world(), actor(), peer_id)
    return page(template, 422 if form.errors else 200, form=form, peer_id=peer_id, name=name)


def _done(message: Message, peer_id: UUID) -> ResponseReturnValue:
    tell(message)
    return redirect(url_for("peers.show", peer_id=peer_id), 303)


def _filter() -> PeerFilter:
    """The filter of the address; what makes no sense there is left out."""
    words = clean(request.args.get("words", ""))[:LINE_LENGTH]
    return PeerFilter(
        words="" if has_unkeepable(words) else words,
        kind=_member(PeerKind, "kind"),
        theme=_member(Theme, "theme"),
        service=_member(Service, "service"),
        region=_member(Region, "region"),
        accreditation=_member(Accreditation, "accreditation"),
    )


def _member(members: type[_E], name: str) -> _E | None:
    value = request.args.get(name)
    return members(value) if value in set(members) else None


def _mark(place: PeerPlace | None) -> str | None:
    return None if place is None else f"{place.peer_id}.{place.name}"


def _place() -> PeerPlace | None:
    """Where the page begins; a mark that makes no sense begins at the beginning."""
    mark, backwards = asked_mark()
    key, _, name = mark.partition(".")
    try:
        return PeerPlace(name, UUID(key), backwards) if not has_unkeepable(name) else None
    except ValueError:
        return None
