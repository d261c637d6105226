"""How a peer grows: training, the political group as it changes, and what they offer: days a year and where they go."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.roles import Actor, Region
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.peers.accreditation import peer_to_change
from clearinghouse.casework.peers.rechecking import recheck
from clearinghouse.casework.world import World
from clearinghouse.protocol.peer_words import Course
from clearinghouse.protocol.peers import PeerKind, same_group
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.peers import PeerGroup, PeerTraining

LONGEST_GROUP = 60
MOST_DAYS = 366


def record_training(world: World, actor: Actor, peer_id: UUID, course: Course, taken_on: date) -> None:
    """Keep what a peer has learnt or done, and when. Raises Invalid beside the field, NotFound."""
    with world.unit_of_work(actor) as work:
        peer = peer_to_change(work, peer_id)
        if taken_on > work.today:
            raise Invalid({"taken_on": "The day must be today or earlier."})
        same = (
            PeerTraining.peer_id == peer.id,
            PeerTraining.course == course,
            PeerTraining.taken_on == taken_on,
        )
        if work.session.scalars(select(PeerTraining.id).where(*same)).first() is not None:
            raise Invalid({"taken_on": "This is recorded for that day already."})
        work.add(PeerTraining(peer_id=peer.id, course=course, taken_on=taken_on))
        work.record(Event.PEER_TRAINING_RECORDED, Stream.PEER, peer.id, course=course, taken_on=taken_on)


def change_group(world: World, actor: Actor, peer_id: UUID, group: str, since: date) -> None:
    """Say that a councillor belongs to another political group from a day on; the former one is kept with its dates.

    Raises Invalid beside the field, Refused for who is no councillor, NotFound.
    """
    with world.unit_of_work(actor) as work:
        peer = peer_to_change(work, peer_id)
        if peer.kind is not PeerKind.COUNCILLOR:
            raise Refused("Only councillors belong to a political group.")
        problems = {}
        if not group.strip() or len(group) > LONGEST_GROUP or ":" in group or ";" in group:
            problems["group"] = (
                f"Enter the group, in up to {LONGEST_GROUP} characters, without colon or semicolon."
            )
        elif same_group(group, peer.political_group):
            problems["group"] = "This is the group that the register has already."
        if since > work.today:
            problems["since"] = "The first day must be today or earlier."
        elif peer.political_group_since and since <= peer.political_group_since:
            problems["since"] = "The first day must be later than that of the group before."
        if problems:
            raise Invalid(problems)
        if peer.political_group:
            before = PeerGroup(
                peer_id=peer.id,
                name=peer.political_group,
                since=peer.political_group_since,
                until=date.fromordinal(since.toordinal() - 1),
            )
            work.add(before)
        peer.political_group, peer.political_group_since = group.strip(), since
        work.record(Event.PEER_GROUP_CHANGED, Stream.PEER, peer.id, since=since)
    recheck(world, {peer_id})


def change_offer(
    world: World, actor: Actor, peer_id: UUID, days_offered: int, regions: Collection[Region]
) -> None:
    """Say how many days a year a peer offers, and to which regions they are willing to travel.

    Raises Invalid beside the field, NotFound.
    """
    with world.unit_of_work(actor) as work:
        peer = peer_to_change(work, peer_id)
        if not 0 <= days_offered <= MOST_DAYS:
            raise Invalid({"days": f"Give a number of days from 0 to {MOST_DAYS}."})
        peer.days_offered = days_offered
        peer.regions = sorted(region.value for region in regions)
        work.record(
            Event.PEER_OFFER_CHANGED,
            Stream.PEER,
            peer.id,
            days_offered=days_offered,
            regions=len(set(regions)),
        )
    recheck(world, {peer_id})
