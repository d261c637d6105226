"""The fictional people of a demo, what each comes to do, and how a newcomer signs in as one of them."""

from dataclasses import dataclass

from sqlalchemy import select

from clearinghouse.access.roles import STRANGER, Grant, Region, Role
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.invitations import make_person
from clearinghouse.casework.second_factors import STEP, code_at
from clearinghouse.casework.world import Work, World
from clearinghouse.records.people import User

PASSWORD = "open and fictional"
_SECRETS = "CLEARINGHOUSEDEMO"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True)
class DemoPerson:
    """Somebody of the demo; `purpose` is a line on what they come to do."""

    email: str
    name: str
    grant: Grant
    purpose: str


@dataclass(frozen=True)
class DemoSignIn:
    """One line of the demo's sign-in page; `code` is good once, now."""

    email: str
    name: str
    role: str
    purpose: str
    code: str


def _person(name: str, role: Role, region: Region | None, purpose: str) -> DemoPerson:
    return DemoPerson(name.lower().replace(" ", ".") + "@demo.example", name, Grant(role, region), purpose)


PEOPLE = (
    _person(
        "Ada Okafor",
        Role.ASSOCIATE,
        Region.NORTH_WEST,
        "logs a concern after a phone call and records conversations",
    ),
    _person(
        "Ravi Singh",
        Role.LEAD,
        Region.NORTH_WEST,
        "triages, decides the route, makes the offer, chairs the meeting",
    ),
    _person("Carys Bowen", Role.COORDINATOR, None, "keeps the register of peers and puts teams together"),
    _person(
        "Helen Marsh",
        Role.LEAD,
        Region.SOUTH_EAST,
        "leads another region and confirms referrals for people at risk",
    ),
    _person(
        "Tom Ellery",
        Role.ASSOCIATE,
        Region.SOUTH_EAST,
        "works in another region, and must see nothing of the first",
    ),
    _person("Noor Rahman", Role.RIEP_OFFICER, Region.NORTH_WEST, "watches the region as a whole"),
    _person(
        "Grace Whitlock", Role.POLITICAL_LEAD, Region.NORTH_WEST, "brokers talks where the cause is political"
    ),
    _person("Miriam Stone", Role.AUDIT_OFFICER, None, "prepares what a regulator may see"),
    _person("Owen Fairley", Role.AUDIT_OFFICER, None, "approves what another prepared"),
    _person("Dele Ajayi", Role.REGULATOR, None, "collects and verifies what was prepared"),
    _person("Iris Novak", Role.ADMINISTRATOR, None, "invites people and proposes roles"),
    _person("Sam Turner", Role.ADMINISTRATOR, None, "confirms what another administrator proposed"),
)


def make_demo_people(world: World) -> None:
    """Make those of the demo's people who are missing. Raises Refused on anything but a demo's database."""
    with world.reading(STRANGER) as work:
        known = set(work.session.scalars(select(User.email)))
    for number, person in enumerate(PEOPLE):
        if person.email not in known:
            make_person(world, person.email, person.name, (person.grant,), PASSWORD, _secret(number))


def demo_sign_ins(world: World) -> tuple[DemoSignIn, ...]:
    """The people to offer on the sign-in page, with their codes. Raises NotFound outside a demo."""
    if not world.demo:
        raise NotFound
    with world.reading(STRANGER) as work:
        return tuple(
            DemoSignIn(person.email, person.name, person.grant.words, person.purpose, code)
            for person in PEOPLE
            if (code := _unused_code(work, person.email))
        )


def _unused_code(work: Work, email: str) -> str:
    """This half minute's code, or the next one's where this was used already; empty for somebody who is not there."""
    user = work.session.scalars(select(User).where(User.email == email)).one_or_none()
    if user is None or not user.totp:
        return ""
    step = max(int(work.now.timestamp()) // STEP, user.totp_last_step + 1)
    return code_at(user.totp, step)


def _secret(number: int) -> str:
    return _SECRETS + "DEMODEMODEMODE" + _LETTERS[number]
