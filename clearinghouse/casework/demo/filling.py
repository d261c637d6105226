"""Filling a demo: a fictional register, people, peers and cases, made by the everyday verbs in its past weeks."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from clearinghouse.access.roles import OPERATOR, Region
from clearinghouse.casework.demo import beginnings, long_closed, offers, outcomes, plans, region
from clearinghouse.casework.demo.access import look_after_access
from clearinghouse.casework.demo.asked import thackeray_asks
from clearinghouse.casework.demo.exports import prepare_for_dele
from clearinghouse.casework.demo.people import demo_actor, make_demo_people
from clearinghouse.casework.demo.replaced import look_at_ormsgate, replace_pellmouth
from clearinghouse.casework.demo.stage import BEGINNING, Stage, dated, play
from clearinghouse.casework.deputies import name_deputy
from clearinghouse.casework.drafts import save_draft
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.links import LinkKind, declare_link
from clearinghouse.casework.peers.importing import import_peers
from clearinghouse.casework.register.keeping import AddedType, NewAuthority, add_authority, import_register
from clearinghouse.casework.register.ruling_groups import record_ruling_group
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import Nature
from clearinghouse.records import ledger
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Case
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.peers import Peer
from clearinghouse.records.people import User
from clearinghouse.settings import resource

_ADDED = (
    NewAuthority("DWFR", "Westmere Fire and Rescue Authority", AddedType.FIRE, Region.NORTH_WEST),
    NewAuthority(
        "DKEG",
        "Kettlegill Moors National Park Authority",
        AddedType.NATIONAL_PARK,
        Region.YORKSHIRE_AND_THE_HUMBER,
    ),
)
_DRAFT = "concern:0190d3a0-0000-7000-8000-000000000001"
_RULED_SINCE = date(2019, 5, 3)
_LEFT_MIDTHORPE = timedelta(days=2 * 365)


@dataclass(frozen=True)
class DemoReport:
    """What is there. `is_new` is False where an earlier run had filled it."""

    people: int
    authorities: int
    peers: int
    cases: int
    is_new: bool


def fill(world: World) -> DemoReport:
    """Fill a demo's database once; what happens in it ends on the latest working day.

    Raises Refused on anything but a demo, and where an earlier run was broken off or somebody has begun to use it.
    """
    if not world.demo:
        raise Refused("Only a demo is filled with fictional data; this installation is none.")
    if _is_filled(world):
        return _report(world, is_new=False)
    if any(vars(_report(world, is_new=False)).values()):
        raise Refused(
            "This demo was not filled to the end. Delete its folder or its database, and fill a new one."
        )
    stage = Stage(world)
    _set(stage)
    stories = (
        beginnings.STORIES,
        offers.STORIES,
        plans.STORIES,
        outcomes.STORIES,
        long_closed.STORIES,
        region.STORIES,
    )
    play(stage, tuple(story for each in stories for story in each))
    _begin_concern(stage)
    _name_deputy(stage)
    replace_pellmouth(stage)
    look_at_ormsgate(stage)
    prepare_for_dele(stage)
    thackeray_asks(stage)
    look_after_access(stage)
    report = _report(world, is_new=True)
    with world.unit_of_work(OPERATOR) as work:
        work.record(Event.DEMO_FILLED, Stream.INSTALLATION, world.vault.installation, cases=report.cases)
    return report


def _is_filled(world: World) -> bool:
    with world.reading(OPERATOR) as work:
        return bool(ledger.entries(work.session, world.vault.installation, Event.DEMO_FILLED, limit=1))


def _report(world: World, *, is_new: bool) -> DemoReport:
    with world.reading(OPERATOR) as work:
        people, authorities, peers, cases = (
            work.session.scalars(select(func.count()).select_from(table)).one()
            for table in (User, Authority, Peer, Case)
        )
        return DemoReport(people, authorities, peers, cases, is_new)


def _set(stage: Stage) -> None:
    """The register, the people and the peers, before anything happens."""
    world = stage.world_at(BEGINNING, "08:00")
    folder = resource("config") / "demo"
    import_register(world, OPERATOR, (folder / "authorities.csv").read_bytes())
    for authority in _ADDED:
        add_authority(world, OPERATOR, authority)
    make_demo_people(world)
    with world.reading(OPERATOR) as work:
        rows = work.session.execute(select(Authority.name, Authority.id))
        stage.authorities.update({row.name: row.id for row in rows})
    ben = demo_actor(world, "Ben Carver")
    declare_link(
        world,
        ben,
        ben.person,
        stage.authorities["Midthorpe Council"],
        LinkKind.EMPLOYED,
        world.today - _LEFT_MIDTHORPE,
    )
    peers = (folder / "peers.csv").read_text(encoding="utf-8")
    carys = demo_actor(world, "Carys Bowen")
    import_peers(world, carys, dated(peers, stage.last_day).encode())
    aldersyke = stage.authorities["Aldersyke District Council"]
    record_ruling_group(world, carys, aldersyke, "Conservative", _RULED_SINCE)


def _name_deputy(stage: Stage) -> None:
    """Ravi is away soon, and Wendy hears in his place."""
    world = stage.world_at(0, "09:38")
    ravi, wendy = (demo_actor(world, name) for name in ("Ravi Singh", "Wendy Aldous"))
    name_deputy(world, ravi, Region.NORTH_WEST, wendy.person, stage.day(-2), stage.day(-12))


def _begin_concern(stage: Stage) -> None:
    """Ada was called away half way through a concern."""
    world = stage.world_at(0, "09:35")
    answers = {
        "authorities": [str(stage.authorities["Aldersyke District Council"])],
        "nature": [Nature.SERVICE.value],
        "service": ["Environmental health"],
        "risk": ["no"],
        "text": ["Food inspections are a year behind. The team's manager says nobody has asked since"],
    }
    save_draft(world, demo_actor(world, "Ada Okafor"), _DRAFT, answers)
