"""The fictional people of a demo, what each comes to do, and how a newcomer signs in as one of them."""

from dataclasses import dataclass

from sqlalchemy import select

from clearinghouse.access.roles import STRANGER, Actor, Grant, Region, Role
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.people.invitations import make_person
from clearinghouse.casework.sign_in.second_factors import STEP, code_at
from clearinghouse.casework.staff import actor_of
from clearinghouse.casework.world import Work, World
from clearinghouse.records.people import User
from clearinghouse.vault.passwords import hash_password

PASSWORD = "open and fictional"
_SECRETS = "CLEARINGHOUSEDEMO"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True)
class DemoPerson:
    """Somebody of the demo: what they come to do, and what is worth trying as them."""

    email: str
    name: str
    grant: Grant
    purpose: str
    try_this: str


@dataclass(frozen=True)
class DemoSignIn:
    """One line of the demo's sign-in page; `code` is good once, now, and `password` is everybody's."""

    email: str
    name: str
    role: str
    purpose: str
    try_this: str
    password: str
    code: str


def _person(name: str, role: Role, region: Region | None, purpose: str, try_this: str) -> DemoPerson:
    email = name.lower().replace(" ", ".") + "@demo.example"
    return DemoPerson(email, name, Grant(role, region), purpose, try_this)


PEOPLE = (
    _person(
        "Ada Okafor",
        Role.ASSOCIATE,
        Region.NORTH_WEST,
        "Logs a concern straight after a phone call, and records conversations.",
        "Log a concern: one that she has begun waits there. Then open the Midthorpe case.",
    ),
    _person(
        "Ravi Singh",
        Role.LEAD,
        Region.NORTH_WEST,
        "Triages, decides the route, makes the offer, runs the joint local meeting.",
        "Triage what Ada logged, then read how the Harrowfell case came to be escalated.",
    ),
    _person(
        "Wendy Aldous",
        Role.LEAD,
        Region.NORTH_WEST,
        "Is the second lead of the region.",
        "Confirm or question the referral for people at risk that Ada made.",
    ),
    _person(
        "Carys Bowen",
        Role.COORDINATOR,
        None,
        "Keeps the register of peers and puts teams together, without ever reading a case.",
        "Find a team for Aldersyke, which has accepted the offer.",
    ),
    _person(
        "Ben Carver",
        Role.ASSOCIATE,
        Region.NORTH_WEST,
        "Worked for Midthorpe until two years ago, and is walled off from it.",
        "Look for Midthorpe: in the list, in the search, by its address.",
    ),
    _person(
        "Helen Marsh",
        Role.LEAD,
        Region.SOUTH_EAST,
        "Leads another region, and can be the second lead for any.",
        "Triage the Sandhaven concern, which is overdue.",
    ),
    _person(
        "Tom Ellery",
        Role.ASSOCIATE,
        Region.SOUTH_EAST,
        "Works in another region.",
        "See that none of the North West's cases exists for him.",
    ),
    _person(
        "Noor Rahman",
        Role.RIEP_OFFICER,
        Region.NORTH_WEST,
        "Watches the region as a whole.",
        "See what stands where in the region, and nobody's secrets.",
    ),
    _person(
        "Grace Whitlock",
        Role.POLITICAL_LEAD,
        Region.NORTH_WEST,
        "Brokers talks where the cause is political.",
        "Record the next talk with the group leaders of the fire authority.",
    ),
    _person(
        "Miriam Stone",
        Role.AUDIT_OFFICER,
        None,
        "Sees which cases there are and how far they have come, reads none, and prepares what a regulator is shown.",
        "Prepare a pack, and see exactly what it would disclose.",
    ),
    _person(
        "Owen Fairley",
        Role.AUDIT_OFFICER,
        None,
        "Is the second audit officer: what goes to a regulator needs two.",
        "Look at the pack that Miriam prepared, and approve it.",
    ),
    _person(
        "Dele Ajayi",
        Role.REGULATOR,
        None,
        "Is at a regulator, and is shown only what two audit officers approved.",
        "Collect the pack that Owen approved, and verify it.",
    ),
    _person(
        "Iris Novak",
        Role.ADMINISTRATOR,
        None,
        "Invites people and proposes roles, and can read no case.",
        "Propose a role for somebody; it waits for Sam.",
    ),
    _person(
        "Sam Turner",
        Role.ADMINISTRATOR,
        None,
        "Confirms what another administrator proposed.",
        "Confirm what Iris proposed.",
    ),
)


def make_demo_people(world: World) -> None:
    """Make those of the demo's people who are missing. Raises Refused on anything but a demo's database."""
    with world.reading(STRANGER) as work:
        known = set(work.session.scalars(select(User.email)))
    stored = hash_password(PASSWORD)
    for number, person in enumerate(PEOPLE):
        if person.email not in known:
            make_person(world, person.email, person.name, (person.grant,), stored, _secret(number))


def demo_actor(world: World, name: str) -> Actor:
    """One of the demo's people, by name, as access knows them at the world's instant."""
    email = next(person.email for person in PEOPLE if person.name == name)
    with world.reading(STRANGER) as work:
        return actor_of(work, work.session.scalars(select(User).where(User.email == email)).one())


def demo_sign_ins(world: World) -> tuple[DemoSignIn, ...]:
    """The people to offer on the sign-in page, with their codes. Raises NotFound outside a demo."""
    if not world.demo:
        raise NotFound
    with world.reading(STRANGER) as work:
        return tuple(
            DemoSignIn(
                email=person.email,
                name=person.name,
                role=person.grant.words,
                purpose=person.purpose,
                try_this=person.try_this,
                password=PASSWORD,
                code=code,
            )
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
