"""Somebody who does alone what takes two: a lead after a source, and whoever reads an administrator's mail."""

import pytest
from sqlalchemy import func, select

from clearinghouse.access.decision import Membership
from clearinghouse.access.roles import OPERATOR, Grant, Role
from clearinghouse.casework.assignment import add_to_case, staffing
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.people.invitations import invite, invite_again, recover
from clearinghouse.casework.world import World
from clearinghouse.records.duties import Letter
from clearinghouse.records.people import User
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person


def test_no_lead_names_themselves_custodian_of_a_source(sqlite_world: World) -> None:
    """Every lead would read every source of the region, and nobody but the ledger would notice."""
    world = sqlite_world
    lead, other = person(world, Role.LEAD), person(world, Role.LEAD)
    case = logged_case(world, person(world, Role.ASSOCIATE), authority(world))
    assert lead.id not in {each.id for each in staffing(world, lead, case.case_id).custodians}
    with pytest.raises(Refused, match="Another lead can"):
        add_to_case(world, lead, case.case_id, None, lead.person, Membership.CUSTODIAN)
    add_to_case(world, other, case.case_id, None, lead.person, Membership.CUSTODIAN)


def test_no_mail_lets_its_first_reader_be_an_administrator(sqlite_world: World) -> None:
    """A link whose person holds roles already would hand them, and both factors, to whoever reads the mail first."""
    world, admin = sqlite_world, person(sqlite_world, Role.ADMINISTRATOR, None)
    with world.reading(OPERATOR) as work:
        email = work.session.get_one(User, admin.id).email
    recover(world, OPERATOR, email)
    invite_again(world, OPERATOR, email)
    invite(world, OPERATOR, "ann@council.example", "Ann Field", [Grant(Role.ADMINISTRATOR)])
    with world.reading(OPERATOR) as work:
        assert work.session.scalars(select(func.count()).select_from(Letter)).one() == 0
    invite(
        world, person(world, Role.ADMINISTRATOR, None), "tia@council.example", "Tia Kent", [Grant(Role.LEAD)]
    )
    with world.reading(OPERATOR) as work:
        assert work.session.scalars(select(func.count()).select_from(Letter)).one() == 1
