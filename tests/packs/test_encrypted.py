"""A pack that is encrypted to its recipient's key: nobody puts another key in its place unseen."""

import runpy
import shutil
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update

from clearinghouse.access.roles import OPERATOR, Actor, Role
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.packs.building import build_packs
from clearinghouse.casework.packs.checking import main
from clearinghouse.casework.packs.collecting import addressed_pack, collect_pack, confirm_pack, packs_for
from clearinghouse.casework.packs.preparing import approve_pack, change_pack, prepare_pack, unfit
from clearinghouse.casework.packs.recipient_keys import give_key, key_of, take_key_back
from clearinghouse.casework.packs.views import pack_page, packs
from clearinghouse.casework.world import World
from clearinghouse.notices.mail import LetterKind
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import Letter
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.ledger import LedgerEvent, told
from clearinghouse.records.packs import Pack, PackKey, PackState
from clearinghouse.vault.envelopes import RecipientKey, create_private_key, envelope
from tests.factories.accounts import can_sign_in
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.forged_events import append_unsealed
from tests.factories.packs import collected, scope
from tests.factories.people import person
from tests.worlds import Clock


class Office:
    """Two audit officers, a regulator who can sign in, and a case."""

    def __init__(self, world: World, clock: Clock, folder: Path) -> None:
        self.world, self.clock, self.folder = world, clock, folder
        person(world, Role.LEAD)
        logged_case(world, person(world, Role.ASSOCIATE), authority(world))
        with world.reading(OPERATOR) as work:
            self.reference = str(work.session.scalars(select(Case.reference)).one())
        self.first, self.second = (person(world, Role.AUDIT_OFFICER, None) for _ in range(2))
        self.regulator = person(world, Role.REGULATOR, None)
        can_sign_in(world, self.regulator)

    def give(self, name: str = "my.key") -> RecipientKey:
        """Make a key and give it."""
        key = create_private_key(self.folder / name)
        give_key(self.world, self.regulator, key.text)
        return key

    def prepare(self) -> UUID:
        """A pack that waits for the second officer."""
        return prepare_pack(self.world, self.first, scope(self.world, self.regulator, self.reference))

    def build(self) -> UUID:
        """A pack that is ready."""
        pack_id = self.prepare()
        approve_pack(self.world, self.second, pack_id, 1, compared=True)
        assert build_packs(self.world) == 1
        return pack_id

    def letters(self, kind: LetterKind) -> list[UUID]:
        """Who got a letter of the kind."""
        with self.world.reading(OPERATOR) as work:
            return list(work.session.scalars(select(Letter.user_id).where(Letter.kind == kind.value)))


@pytest.fixture
def office(world: World, clock: Clock, tmp_path: Path) -> Office:
    return Office(world, clock, tmp_path)


def run(*arguments: object) -> int:
    return main([str(each) for each in arguments])


def test_a_pack_for_a_key_is_opened_and_verified_by_its_owner_alone(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole way: key, fingerprint, approval, collecting, opening, and the digest of what was collected."""
    key = office.give()
    pack_id = office.build()
    page = pack_page(office.world, office.first, pack_id)
    assert page.key
    assert page.key.fingerprint == key.fingerprint
    assert addressed_pack(office.world, office.regulator, pack_id).key == key.fingerprint
    download = collect_pack(office.world, office.regulator, pack_id)
    assert download.name.endswith(".zip.sealed")
    path = tmp_path / download.name
    path.write_bytes(b"".join(download.chunks))
    assert path.stat().st_size == download.size
    assert office.reference.encode() not in path.read_bytes()
    assert run(path) == 1
    assert "Give the file of your private key" in capsys.readouterr().err
    assert run("--new-key", tmp_path / "other.key") == 0
    assert run(path, "--key", tmp_path / "other.key") == 1
    assert not (tmp_path / path.stem).exists()
    capsys.readouterr()
    assert run(path, "--key", tmp_path / "my.key") == 0
    said = capsys.readouterr().out
    assert f"The pack was made for your key, {key.fingerprint}." in said
    digest = sha256(path.read_bytes()).hexdigest()
    assert digest in said
    assert run(path, "--key", tmp_path / "my.key") == 1
    assert "stands there already" in capsys.readouterr().err
    opened = tmp_path / path.stem
    with zipfile.ZipFile(opened) as pack:
        assert office.reference in pack.read("report.html").decode()
    assert run(opened) == 0
    assert "confirm the SHA-256 of that file, and not of this one" in capsys.readouterr().out
    with pytest.raises(Invalid, match="the one that ends in"):
        confirm_pack(office.world, office.regulator, pack_id, sha256(opened.read_bytes()).hexdigest())
    confirm_pack(office.world, office.regulator, pack_id, digest)


def test_a_damaged_file_leaves_no_half_opened_pack(office: Office, tmp_path: Path) -> None:
    office.give()
    path = tmp_path / "pack.sealed"
    path.write_bytes(collected(office.world, office.regulator, office.build())[:-1])
    assert run(path, "--key", tmp_path / "my.key") == 1
    assert not (tmp_path / "pack").exists()


def test_a_pack_passed_on_under_another_key_is_found_out(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its first recipient encrypts it to somebody else, who would believe that it was made for them."""
    office.give()
    path = tmp_path / "pack.zip.sealed"
    path.write_bytes(collected(office.world, office.regulator, office.build()))
    assert run(path, "--key", tmp_path / "my.key") == 0
    other = create_private_key(tmp_path / "other.key")
    with (tmp_path / "pack.zip").open("rb") as plain:
        (tmp_path / "on.zip.sealed").write_bytes(b"".join(envelope(plain, other)))
    assert run(tmp_path / "on.zip.sealed", "--key", tmp_path / "other.key") == 1
    assert "was not made for the key that opened it" in capsys.readouterr().out


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDIT_OFFICER, Role.LEAD])
def test_nobody_else_has_or_gives_a_key(office: Office, role: Role) -> None:
    """An administrator who could would read what goes to a regulator."""
    somebody = person(office.world, role, None)
    can_sign_in(office.world, somebody)
    text = create_private_key(office.folder / "k").text
    for verb in (
        lambda: key_of(office.world, somebody),
        lambda: give_key(office.world, somebody, text),
        lambda: take_key_back(office.world, somebody),
    ):
        with pytest.raises(NotFound):
            verb()


@pytest.mark.parametrize("how", ["another", "taken back", "the first"])
@pytest.mark.parametrize("when", ["prepared", "approved", "made"])
def test_a_key_that_changed_voids_the_approval(office: Office, when: str, how: str) -> None:
    """Whoever took a regulator's session and code would have the next collection for a key of theirs."""
    if how != "the first":
        office.give()
    pack_id = office.prepare()
    if when != "prepared":
        approve_pack(office.world, office.second, pack_id, 1, compared=True)
    if when == "made":
        assert build_packs(office.world) == 1
    if how == "taken back":
        take_key_back(office.world, office.regulator)
    else:
        office.give("another.key")
    assert office.letters(LetterKind.PACK_KEY)[-1] == office.regulator.person
    assert office.first.person in office.letters(LetterKind.PACK_WAITS)
    if when == "prepared":
        with pytest.raises(Refused, match="gave another key"):
            approve_pack(office.world, office.second, pack_id, 1, compared=True)
    assert build_packs(office.world) == 0
    with pytest.raises(NotFound):
        collect_pack(office.world, office.regulator, pack_id)
    assert packs(office.world, office.first)[0].stuck
    change_pack(
        office.world, office.first, pack_id, 1, scope(office.world, office.regulator, office.reference)
    )
    approve_pack(office.world, office.second, pack_id, 2, compared=True)
    assert build_packs(office.world) == 1
    assert collected(office.world, office.regulator, pack_id)


def test_an_approval_asks_whether_the_fingerprint_was_compared(office: Office) -> None:
    office.give()
    pack_id = office.prepare()
    with pytest.raises(Invalid, match="Compare the fingerprint"):
        approve_pack(office.world, office.second, pack_id, 1)
    assert build_packs(office.world) == 0


def swap_key(office: Office, pack_id: UUID) -> None:
    """The stored key, for one of the tamperer's."""
    other = create_private_key(office.folder / "theirs.key")
    with office.world.database.writing() as session:
        session.execute(update(PackKey).values(public=other.public))


def point_elsewhere(office: Office, pack_id: UUID) -> None:
    """Another recipient, who has a key of their own."""
    other = person(office.world, Role.REGULATOR, None)
    with office.world.database.writing() as session:
        row = PackKey(
            user_id=other.person,
            public=create_private_key(office.folder / "o.key").public,
            given_at=office.world.now(),
        )
        session.add(row)
        session.flush()
        session.execute(update(Pack).values(recipient_id=other.person, key_id=row.id))


def column(**values: object) -> Callable[[Office, UUID], None]:
    def change(office: Office, pack_id: UUID) -> None:
        with office.world.database.writing() as session:
            session.execute(update(Pack).where(Pack.id == pack_id).values(**values))

    return change


def approve_unsealed(office: Office, pack_id: UUID) -> None:
    """An approval with an event of the first format, which anybody could append."""
    column(state=PackState.APPROVED, approved_by=office.second.person)(office, pack_id)
    said = {"version": 1, "prepared_by": str(office.first.person), "approved_by": str(office.second.person)}
    with office.world.database.writing() as session:
        append_unsealed(
            session,
            Event.PACK_APPROVED,
            Stream.PACK,
            pack_id,
            at=office.world.now().isoformat(timespec="microseconds"),
            facts=said,
            seals={},
        )


BEHIND: dict[str, Callable[[Office, UUID], None]] = {
    "the key": swap_key,
    "the recipient": point_elsewhere,
    "the subjects": column(subjects=["offers"]),
    "the purpose": column(purpose="audit"),
    "the body": column(body="department"),
    "no key": column(key_id=None),
    "the version": column(version=7),
    "who prepared it": lambda office, pack_id: column(prepared_by=office.second.person)(office, pack_id),
    "an approval that nobody gave": lambda office, pack_id: column(
        state=PackState.APPROVED, approved_by=office.second.person
    )(office, pack_id),
    "an approval that was put into the ledger": approve_unsealed,
}


@pytest.mark.parametrize("what", BEHIND)
def test_what_was_changed_in_the_database_behind_an_approval_is_not_made(office: Office, what: str) -> None:
    """Somebody who writes to the database would have two officers approve one thing, and another leave."""
    office.give()
    pack_id = office.prepare()
    of_nobody = what.startswith("an approval")
    if not of_nobody:
        approve_pack(office.world, office.second, pack_id, 1, compared=True)
    BEHIND[what](office, pack_id)
    assert build_packs(office.world) == 0
    with office.world.reading(OPERATOR) as work:
        pack = work.session.get_one(Pack, pack_id)
        assert pack.state is PackState.PREPARED
        assert bool(unfit(work, pack)) != of_nobody
        addressed = pack.recipient_id
    assert not packs_for(office.world, Actor(addressed, "", grants=office.regulator.grants))


def test_the_ledger_says_which_key_was_approved(office: Office) -> None:
    """Afterwards nobody could say to which key a pack went."""
    key = office.give()
    pack_id = office.build()
    with office.world.reading(OPERATOR) as work:
        row = work.session.scalars(
            select(LedgerEvent).where(
                LedgerEvent.stream_id == str(pack_id), LedgerEvent.type == Event.PACK_PREPARED.value
            )
        ).one()
        assert told(work.session, row).facts["key"] == key.number


def test_the_recipient_and_the_officers_are_told(office: Office) -> None:
    pack_id = office.prepare()
    assert office.letters(LetterKind.PACK_WAITS) == [office.second.person]
    approve_pack(office.world, office.second, pack_id, 1)
    build_packs(office.world)
    assert set(office.letters(LetterKind.PACK_READY)) == {office.first.person, office.second.person}
    assert office.regulator.person in office.letters(LetterKind.PACK_WAITS)


def test_the_verifier_alone_makes_a_key_and_opens_a_pack(office: Office, tmp_path: Path) -> None:
    """What a regulator without an installation has: the one file."""
    alone = runpy.run_path(str(Path(__file__).parents[2] / "config/pack/verify.py"))
    assert alone["main"](["--new-key", str(tmp_path / "my.key")]) == 0
    key = alone["read_private_key"]((tmp_path / "my.key").read_text()).public
    give_key(office.world, office.regulator, key.text)
    path = tmp_path / "pack.zip.sealed"
    path.write_bytes(collected(office.world, office.regulator, office.build()))
    shutil.copy(tmp_path / "my.key", tmp_path / "copy.key")
    assert alone["main"]([str(path), "--key", str(tmp_path / "copy.key")]) == 0
