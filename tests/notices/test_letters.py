"""Letters: one mail each, without content, to whoever may still hear of the case, through a real SMTP server."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest
from sqlalchemy import select, update

from clearinghouse.access.roles import CLOCK, OPERATOR, Actor, Grant, Region, Role
from clearinghouse.casework.clock import tick
from clearinghouse.casework.duties.followups import schedule_followup
from clearinghouse.casework.mail import letters, outbox
from clearinghouse.casework.mail.letters import LetterKind, Sent, enqueue, letters_waiting, send_letters
from clearinghouse.casework.people.invitations import invite
from clearinghouse.casework.regional.deciding import HeldRoundTable, NewDecision, record_round_table
from clearinghouse.casework.regional.round_tables import plan_round_table, round_table_page
from clearinghouse.casework.regional.sharing import record_practice
from clearinghouse.casework.world import World
from clearinghouse.notices.mail import MailSettings
from clearinghouse.protocol.round_table import Decision, Party
from clearinghouse.protocol.signals import SignalTheme
from clearinghouse.records.duties import Letter
from clearinghouse.records.people import AuthorityLink, LinkKind, User
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.worlds import Clock

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
SENDER = "Clearinghouse <desk@clearinghouse.example>"


def _mailing(world: World, mailbox: Any) -> World:
    return replace(world, mail=MailSettings(mailbox.url, SENDER))


def _reminded(world: World, council: object, note: str = "CANARY-NOTE", **more: object) -> tuple[Actor, str]:
    """An associate with a follow-up that is due tomorrow; gives the case's reference."""
    associate = person(world, Role.ASSOCIATE)
    case = logged_case(world, associate, council, text="CANARY-CONCERN", **more)  # type: ignore[arg-type]  # an id
    schedule_followup(world, associate, case.case_id, None, date(2026, 11, 24), note)
    return associate, case.reference


def _read(mailbox: Any) -> list[Message]:
    return [message_from_bytes(mail) for mail in mailbox.mails]


def test_a_reminder_is_one_mail_that_says_nothing_and_is_as_long_for_every_case(
    world: World, mailbox: Any
) -> None:
    world = _mailing(world, mailbox)
    first = _reminded(world, authority(world, "Midthorpe Council"))
    second = _reminded(
        world, authority(world, "The Royal Borough of Munbridge-on-the-Water"), "CANARY " * 300
    )
    assert tick(world).letters == Sent(sent=2)
    assert tick(world).letters == Sent()
    mails = sorted(_read(mailbox), key=lambda mail: str(mail["To"]))
    assert {str(mail["Subject"]) for mail in mails} == {
        f"Clearinghouse: something is due on {reference}" for _, reference in (first, second)
    }
    bodies = [str(mail.get_payload()) for mail in mails]
    assert len({len(body) for body in bodies}) == 1
    assert [mail.get_content_type() for mail in mails] == ["text/plain"] * 2
    for raw in mailbox.mails:
        for word in (b"CANARY", b"Midthorpe", b"Munbridge", b"Follow up", b"Regional"):
            assert word not in raw


def test_without_a_mail_server_letters_wait_and_go_when_there_is_one(
    sqlite_world: World, mailbox: Any
) -> None:
    _reminded(sqlite_world, authority(sqlite_world))
    assert tick(sqlite_world).letters == Sent()
    assert letters_waiting(sqlite_world) == 1
    assert send_letters(_mailing(sqlite_world, mailbox)) == Sent(sent=1)
    assert letters_waiting(sqlite_world) == 0


def test_whoever_is_walled_off_before_the_letter_goes_gets_nothing(sqlite_world: World, mailbox: Any) -> None:
    council = authority(sqlite_world)
    associate, _ = _reminded(sqlite_world, council)
    tick(sqlite_world)
    with sqlite_world.unit_of_work(OPERATOR) as work:
        work.add(
            AuthorityLink(
                user_id=associate.id, authority_id=council, kind=LinkKind.DECLARED, declared_at=work.now
            )
        )
    assert send_letters(_mailing(sqlite_world, mailbox)) == Sent(dropped=1)
    assert mailbox.mails == []
    assert letters_waiting(sqlite_world) == 0


def test_who_lost_a_claim_to_another_sends_nothing(world: World, mailbox: Any) -> None:
    """Both clocks hold the letter in hand; only the later claim's number counts."""
    world = _mailing(world, mailbox)
    _reminded(world, authority(world))
    tick(replace(world, mail=None))
    early = outbox._claim(world, letters.OUTBOX, letters.BATCH)
    assert outbox._claim(world, letters.OUTBOX, letters.BATCH) == []  # under lease
    with world.unit_of_work(CLOCK) as work:
        work.session.execute(update(Letter).values(leased_until=datetime(2020, 1, 1, tzinfo=UTC)))
    late = outbox._claim(world, letters.OUTBOX, letters.BATCH)
    assert [claim.fence for claim in (*early, *late)] == [1, 2]
    assert world.mail is not None
    assert outbox._deliver(world, letters.OUTBOX, world.mail, early) == Sent()
    assert outbox._deliver(world, letters.OUTBOX, world.mail, late) == Sent(sent=1)
    assert outbox._deliver(world, letters.OUTBOX, world.mail, late) == Sent()
    assert len(mailbox.mails) == 1


def test_what_the_server_refuses_is_tried_later_under_the_same_message_id(
    sqlite_world: World, mailbox: Any, clock: Clock
) -> None:
    world = _mailing(sqlite_world, mailbox)
    associate, _ = _reminded(world, authority(world))
    with world.reading(associate) as work:
        address = work.session.get_one(letters.User, associate.id).email
    mailbox.refuses = {address}
    assert tick(world).letters == Sent(put_off=1)
    assert send_letters(world) == Sent()
    mailbox.refuses = set()
    clock.instant += timedelta(minutes=1)
    assert send_letters(world) == Sent(sent=1)
    with world.database.reading() as session:
        letter = session.scalars(select(Letter)).one()
        assert (letter.tries, letter.fence) == (2, 2)
        assert _read(mailbox)[0]["Message-ID"] == f"<{letter.id}@clearinghouse.example>"


def test_a_server_that_does_not_answer_costs_nothing_but_time_and_a_week_later_the_letter_is_worthless(
    sqlite_world: World, mailbox: Any, clock: Clock
) -> None:
    silent = replace(sqlite_world, mail=MailSettings("smtp://127.0.0.1:1", SENDER))
    _reminded(silent, authority(silent))
    assert tick(silent).letters == Sent(put_off=1)
    clock.pass_days(7)
    assert send_letters(_mailing(sqlite_world, mailbox)) == Sent(dropped=1)
    assert mailbox.mails == []


def test_an_invitation_carries_its_link_once_and_then_keeps_it_no_more(world: World, mailbox: Any) -> None:
    world = _mailing(world, mailbox)
    admin = person(world, Role.ADMINISTRATOR, None)
    invited = invite(world, admin, "sam@council.example", "Sam Ade", [Grant(Role.LEAD)])
    with world.database.reading() as session:
        assert session.scalars(select(Letter)).one().token_sealed
    assert send_letters(world) == Sent(sent=1)
    (mail,) = _read(mailbox)
    assert invited.link in str(mail.get_payload())
    assert mail["To"] == "sam@council.example"
    with world.database.reading() as session:
        assert session.scalars(select(Letter)).one().token_sealed is None


def test_a_person_gets_one_letter_of_a_kind_about_a_case_however_much_one_work_does(
    sqlite_world: World,
) -> None:
    associate = person(sqlite_world, Role.ASSOCIATE)
    case = logged_case(sqlite_world, associate, authority(sqlite_world))
    with sqlite_world.unit_of_work(CLOCK) as work:
        for _ in range(3):
            enqueue(work, associate.person, LetterKind.ASSIGNED, case.case_id)
    assert letters_waiting(sqlite_world) == 1


def test_a_letter_of_a_regional_action_is_as_long_as_that_of_a_case_and_stops_at_a_wall(
    sqlite_world: World, mailbox: Any
) -> None:
    """A mail would say from its length that a round table decided something, or go to somebody walled off since."""
    world, council = _mailing(sqlite_world, mailbox), authority(sqlite_world)
    lead, owner, walled = (person(world, Role.LEAD), *(person(world, Role.ASSOCIATE) for _ in range(2)))
    record_practice(world, lead, council, SignalTheme.WASTE, "CANARY")
    for each in (owner, walled):
        table = plan_round_table(world, lead, Region.NORTH_EAST, date(2026, 12, 1 if each is owner else 2))
        items = round_table_page(world, lead, table).items
        decided = NewDecision(Decision.TAKEN_UP, "CANARY", each.id, date(2026, 12, 14))
        held = HeldRoundTable(world.today, (Party.RIEP,), {item.key: decided for item in items})
        record_round_table(world, lead, table, None, held)
        record_practice(world, lead, council, SignalTheme.WASTE, "CANARY, the second")
    with world.unit_of_work(OPERATOR) as work:
        work.add(
            AuthorityLink(
                user_id=walled.id, authority_id=council, kind=LinkKind.EMPLOYED, declared_at=work.now
            )
        )
    case = logged_case(world, owner, council)
    with world.unit_of_work(CLOCK) as work:
        enqueue(work, owner.person, LetterKind.ASSIGNED, case.case_id)
    sent = send_letters(world)
    assert (sent.dropped, sent.put_off) == (1, 0)
    mails = [mail for mail in _read(mailbox) if "something to do" in str(mail["Subject"])]
    to_owner = [mail for mail in mails if mail["To"].startswith(owner_mail(world, owner))]
    assert len({len(str(mail.get_payload())) for mail in to_owner}) == 1
    assert {str(mail["Subject"]).split()[-1][:3] for mail in to_owner} == {"RA-", "CH-"}
    assert not [mail for mail in mails if mail["To"].startswith(owner_mail(world, walled))]
    assert b"CANARY" not in b"".join(mailbox.mails)


def owner_mail(world: World, who: Actor) -> str:
    """The address of somebody."""
    with world.reading(OPERATOR) as work:
        return work.session.get_one(User, who.person).email
