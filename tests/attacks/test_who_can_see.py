"""Whoever can see more of a case than its own page says."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.cases import case_access, case_page
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.escalation.risk import (
    confirm_risk_referral,
    refer_at_once,
    risk_referral,
    risk_referrals,
)
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.world import World
from tests.casework.test_risk import AT_ONCE
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.factories.statements import statements


def test_the_page_of_a_case_counts_the_leads_elsewhere_who_are_shown_its_referral(
    sqlite_world: World,
) -> None:
    """“Who can see this case” would leave out every lead in England while a referral of it waits for one of them."""
    world, council = sqlite_world, authority(sqlite_world)
    owner, near = person(world, Role.ASSOCIATE), person(world, Role.LEAD)
    far = person(world, Role.LEAD, Region.LONDON)
    person(world, Role.LEAD, Region.LONDON, walled_from=council)
    case_id = logged_case(world, owner, council).case_id
    assert case_access(world, near, case_id).sight.second_leads == 0
    made = refer_at_once(world, owner, case_id, None, AT_ONCE)
    assert risk_referral(world, far, made.escalation_id).reason == AT_ONCE.reason
    assert case_access(world, near, case_id).sight.second_leads == 1, (
        "not the walled one, nor the one who reads it all"
    )
    shown = case_page(world, owner, case_id).reading
    assert shown
    assert shown.sight.second_leads == 1
    confirm_risk_referral(world, far, made.escalation_id, True, "")
    assert case_access(world, near, case_id).sight.second_leads == 0
    assert risk_referrals(world, far) == ()


@pytest.mark.parametrize(
    ("role", "region", "look"),
    [(Role.LEAD, Region.NORTH_EAST, case_page), (Role.COORDINATOR, None, case_header)],
)
def test_no_more_is_read_of_a_hidden_case_than_is_asked_about_an_absent_one(
    sqlite_world: World, role: Role, region: Region | None, look: Callable[[World, Actor, UUID], object]
) -> None:
    """The time of a refusal would tell: a whole row that is there takes longer to read than none, and one more query
    about what is not there, for who may see all cases, longer than none.
    """
    world, council = sqlite_world, authority(sqlite_world)
    hidden = logged_case(world, person(world, Role.ASSOCIATE), council).case_id
    walled = person(world, role, region, walled_from=council)
    said = []
    for case_id in (hidden, uuid4()):
        with statements(world) as these, pytest.raises(NotFound):
            look(world, walled, case_id)
        said.append(these)
    assert said[0] == said[1]
    assert said[0]
    assert not [each for each in said[0] if "cases.reference" in each]
