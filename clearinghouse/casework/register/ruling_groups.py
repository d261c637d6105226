"""Which political group runs a council: coordinators enter it with its date, and no file of the register holds it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from clearinghouse.access.decision import CaseScope, may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.errors import Invalid, NotFound
from clearinghouse.casework.world import Work, World
from clearinghouse.records import ledger
from clearinghouse.records.authorities import Authority
from clearinghouse.records.events import Event, Stream

LONGEST_GROUP = 60


@dataclass(frozen=True)
class RulingGroup:
    """Which group runs a council and since when; "" and None where none does, or nobody has entered it."""

    group: str = ""
    since: date | None = None


@dataclass(frozen=True)
class EnteredGroup:
    """What the register of authorities holds; `entered_at` is None where nobody has entered anything."""

    ruling: RulingGroup
    entered_at: datetime | None


def record_ruling_group(
    world: World, actor: Actor, authority_id: UUID, group: str, since: date | None
) -> None:
    """Say which political group runs the council, and since when; "" and None where none does (design 6).

    What is in the register already leaves no event. Raises Invalid beside `group` or `since`, and NotFound for whoever
    may not put teams together or is walled off from the council.
    """
    ruling = RulingGroup(group, since)
    with world.unit_of_work(actor) as work:
        problems = problems_with(ruling, work.today)
        _authority(work, authority_id)
        if problems:
            raise Invalid(problems)
        keep_ruling_group(work, authority_id, ruling)


def entered_group(world: World, actor: Actor, authority_id: UUID) -> EnteredGroup:
    """Which group runs the council, as it was entered. Raises NotFound as record_ruling_group does."""
    with world.reading(actor) as work:
        row = _authority(work, authority_id)
        events = ledger.entries(work.session, world.vault.installation, Event.AUTHORITY_RULED)
        entered = [event.at for event in events if event.facts["authority"] == str(authority_id)]
        ruling = RulingGroup(row.ruling_group or "", row.ruling_group_since)
        return EnteredGroup(ruling, entered[0] if entered else None)


def problems_with(ruling: RulingGroup, today: date) -> dict[str, str]:
    """What is wrong with it, by `group` and `since`."""
    problems: dict[str, str] = {}
    group, since = _tidy(ruling.group), ruling.since
    if len(group) > LONGEST_GROUP or not group.isprintable():
        problems["group"] = f"Give the group's name in up to {LONGEST_GROUP} characters."
    if group and since is None:
        problems["since"] = "Enter since when the group runs the council."
    elif since is not None and not group:
        problems["group"] = "Enter which group runs the council since that day, or leave both empty."
    elif since is not None and since > today:
        problems["since"] = "The day since when the group runs the council must be today or earlier."
    return problems


def keep_ruling_group(work: Work, authority_id: UUID, ruling: RulingGroup) -> None:
    """Keep what was found without problems, in a verb that has looked whether the actor may."""
    row = work.session.get_one(Authority, authority_id, with_for_update=True)
    group = _tidy(ruling.group) or None
    if (row.ruling_group, row.ruling_group_since) == (group, ruling.since):
        return
    row.ruling_group, row.ruling_group_since = group, ruling.since
    work.record(
        Event.AUTHORITY_RULED,
        Stream.INSTALLATION,
        work.world.vault.installation,
        authority=authority_id,
        since=ruling.since,
    )


def _authority(work: Work, authority_id: UUID) -> Authority:
    row = work.session.get(Authority, authority_id)
    if row is None:
        raise NotFound
    scope = CaseScope(frozenset({row.region} if row.region else ()), frozenset({row.id}))
    if not may(work.actor, Permission.PEER_MATCH, scope).allowed:
        raise NotFound
    return row


def _tidy(group: str) -> str:
    return " ".join(group.split())
