"""Round tables: a region's list, planning one, its agenda on the screen and printed, and recording what it decided."""

from typing import Any, cast
from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Region
from clearinghouse.casework.drafts import SavedDraft, read_draft
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.regional.deciding import (
    HeldRoundTable,
    NewDecision,
    decide_what_is_left,
    record_round_table,
)
from clearinghouse.casework.regional.item_words import ShownItem
from clearinghouse.casework.regional.round_tables import (
    RoundTablePage,
    move_round_table,
    plan_round_table,
    round_table_page,
    round_tables_of,
)
from clearinghouse.protocol.round_table import Decision, ItemKind, Party, Planning
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import filled, forget, keep
from clearinghouse.web.fields import Choice, Choices, DateParts, Option, Pick, Text, options_of
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.regional import region_asked
from clearinghouse.web.rendering import page

round_tables = Pages("round_tables", __name__)

PLANNED = Message("The round table is planned. Its agenda makes itself until the day.")
MOVED = Message("The round table is moved.")
RECORDED = Message("The round table is recorded. What was taken up is now owed by somebody, by a date.")
LENGTH = 4000


class PlanForm(Form):
    """When a round table will be."""

    region = Pick("Region", missing="Select a region", prompt="Select a region")
    on = DateParts(
        "When is the round table?",
        subject="The day of the round table",
        missing="Enter the day of the round table",
    )


class MoveForm(Form):
    """To when a round table is moved."""

    to = DateParts("When is it now?", subject="The day of the round table", missing="Enter the new day")


class LeftForm(Form):
    """The decisions on what whoever recorded the round table could not see; its rows are added for each item."""

    next_on = DateParts(
        "When is the next round table?",
        subject="The day of the next round table",
        hint="Needed where something is deferred and the next one is not planned yet. For example, 27 3 2027",
    )

    def decisions(self, items: tuple[ShownItem, ...]) -> dict[str, NewDecision]:
        """What was decided of each item, by its key; nothing of one that nothing was selected for."""
        decided = (item for item in items if self.row(item)["decision"].data in set(Decision))
        return {item.key: self._decision(item) for item in decided}

    def row(self, item: ShownItem) -> dict[str, Any]:
        """The fields of one item, by their names."""
        return {
            name: getattr(self, f"{item.slug}_{name}") for name in ("decision", "what", "owner", "due_on")
        }

    def _decision(self, item: ShownItem) -> NewDecision:
        row = self.row(item)
        decision = Decision(row["decision"].data)
        if decision is not Decision.TAKEN_UP:
            return NewDecision(decision, row["what"].text if decision is Decision.NOT_NEEDED else "")
        owner = UUID(row["owner"].data) if row["owner"].data else None
        return NewDecision(decision, row["what"].text, owner, row["due_on"].data)


class RecordForm(LeftForm):
    """A round table as it was held."""

    held_on = DateParts(
        "When was it held?", subject="The day it was held", missing="Enter the day it was held"
    )
    parties = Choices("Who came?", options=options_of(Party), missing="Select who came")
    note = Text(
        "Anything else to record",
        rows=4,
        longest=LENGTH,
        hint="Optional. Sealed, and shown to whoever sees every item",
    )


@round_tables.get("/region/round-tables", needs=Permission.ROUND_TABLE_MANAGE)
def index() -> Response:
    """A region's round tables, and how it stands with them."""
    found = round_tables_of(world(), actor(), region_asked())
    return page("regional/round_tables.html", found=found, planned=Planning.PLANNED)


@round_tables.route("/region/round-tables/new", methods=["GET", "POST"], needs=Permission.ROUND_TABLE_MANAGE)
def new() -> ResponseReturnValue:
    """Plan a round table."""
    form, here = PlanForm(), round_tables_of(world(), actor(), region_asked())
    form.region.offer(options_of(here.regions))
    if request.method == "GET" and (len(here.regions) == 1 or region_asked()):
        form.region.data = here.region.value
    if request.method == "GET" or not form.is_posted_and_valid():
        return page("regional/plan.html", 422 if form.errors else 200, form=form)
    try:
        table = plan_round_table(world_for(form.key()), actor(), Region(form.region.data), form.on.day)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return page("regional/plan.html", 422, form=form)
    tell(PLANNED)
    return redirect(url_for("round_tables.show", table_id=table), 303)


@round_tables.get("/region/round-tables/<uuid:table_id>", needs=Permission.ROUND_TABLE_MANAGE)
def show(table_id: UUID) -> Response:
    """One round table with its agenda."""
    return _page("regional/round_table.html", round_table_page(world(), actor(), table_id))


@round_tables.get("/region/round-tables/<uuid:table_id>/print", needs=Permission.ROUND_TABLE_MANAGE)
def printed(table_id: UUID) -> Response:
    """The agenda as it goes to the bodies that attend, with only what they may be told."""
    return _page("regional/printed.html", round_table_page(world(), actor(), table_id))


@round_tables.route(
    "/region/round-tables/<uuid:table_id>/move", methods=["GET", "POST"], needs=Permission.ROUND_TABLE_MANAGE
)
def move(table_id: UUID) -> ResponseReturnValue:
    """Move a round table to another day."""
    form, table = MoveForm(), round_table_page(world(), actor(), table_id)
    if table.is_held:
        raise Refused("This round table has been held.")
    form.version.data = form.version.data or str(table.version)
    if request.method == "GET" or not form.is_posted_and_valid():
        return _page("regional/move_table.html", table, form=form)
    try:
        move_round_table(world_for(form.key()), actor(), table_id, form.read_version(), form.to.day)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return _page("regional/move_table.html", table, form=form)
    tell(MOVED)
    return redirect(url_for("round_tables.show", table_id=table_id), 303)


@round_tables.route(
    "/region/round-tables/<uuid:table_id>/record",
    methods=["GET", "POST"],
    needs=Permission.ROUND_TABLE_MANAGE,
)
def record(table_id: UUID) -> ResponseReturnValue:
    """Record what a round table decided, or what is left of one that was recorded already."""
    table = round_table_page(world(), actor(), table_id, with_people=True)
    items = tuple(each for each in table.items if each.waits)
    if table.is_held and not items:
        raise Refused("Nothing is left to decide.")
    name = f"round-table:{table_id}"
    form = _form(table, items, name)
    form.version.data = form.version.data or str(table.version)
    if request.method == "GET" or not form.is_posted_and_valid():
        return _recording(table, items, form, name)
    decisions, next_on = form.decisions(items), form.next_on.data
    try:
        if isinstance(form, RecordForm):
            parties = tuple(Party(each) for each in form.parties.data or ())
            held = HeldRoundTable(form.held_on.day, parties, decisions, form.note.text, next_on)
            record_round_table(world_for(form.key()), actor(), table_id, form.read_version(), held)
        else:
            held = HeldRoundTable(table.on, table.parties, decisions, next_on=next_on)
            decide_what_is_left(world_for(form.key()), actor(), table_id, form.read_version(), held)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return _recording(table, items, form, name)
    forget(name)
    tell(RECORDED)
    return redirect(url_for("round_tables.show", table_id=table_id), 303)


def _form(table: RoundTablePage, items: tuple[ShownItem, ...], name: str) -> LeftForm:
    """The form with the fields of each item, as it was posted or drafted."""
    base: type[LeftForm] = LeftForm if table.is_held else RecordForm
    fields: dict[str, Any] = {}
    for item in items:
        fields |= _row(item)
    with_rows = cast(type[LeftForm], type(f"{base.__name__}WithItems", (base,), fields))
    if request.method == "POST":
        return with_rows()
    draft: SavedDraft | None = read_draft(world(), actor(), name)
    form = filled(with_rows, draft.answers if draft else {})
    if isinstance(form, RecordForm) and not draft:
        form.parties.data = [each.value for each in table.parties]
    return form


def _row(item: ShownItem) -> dict[str, Any]:
    people = tuple(Option(str(each.id), each.name) for each in item.people)
    return {
        f"{item.slug}_decision": Choice("What was decided?", options=options_of(Decision)),
        f"{item.slug}_what": Text(
            "What will be done, or why is it not needed?", rows=3, longest=LENGTH, hint="Sealed"
        ),
        f"{item.slug}_owner": Pick("Who will do it?", options=people, prompt="Nobody"),
        f"{item.slug}_due_on": DateParts("By when?", subject="The date by which it is done"),
    }


def _recording(table: RoundTablePage, items: tuple[ShownItem, ...], form: LeftForm, name: str) -> Response:
    if request.method == "POST":
        keep(name)
    draft = url_for("drafts.save", form=name)
    return _page("regional/record.html", table, form=form, items=items, draft_url=draft)


def _page(template: str, table: RoundTablePage, **more: Any) -> Response:
    form = more.get("form")
    status = 422 if form is not None and form.errors else 200
    return page(template, status, table=table, kinds=list(ItemKind), decisions=Decision, **more)
