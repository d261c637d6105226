"""A change and its event are kept together; that nothing is kept where the ledger fails is promise P13."""

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import Role
from clearinghouse.casework.errors import InvariantBroken
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.records.cases import Concern
from clearinghouse.records.events import Event, Stream
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person


def test_what_is_sealed_without_an_event_is_not_kept(world: World) -> None:
    """A verb that forgets its event would leave words that no event vouches for."""
    lead = person(world, Role.LEAD)
    case_id = logged_case(world, lead, authority(world)).case_id
    with (
        pytest.raises(InvariantBroken, match=r"sealed without an event: concerns/.*/text_sealed"),
        world.unit_of_work(lead) as work,
    ):
        work.session.scalars(select(Concern)).one().text = "Something else."
    with world.reading(lead) as work:
        assert work.session.scalars(select(Concern)).one().text != "Something else."
    with world.unit_of_work(lead) as work:
        work.session.scalars(select(Concern)).one().text = "Something else."
        work.record(Event.CASE_CORRECTED, Stream.CASE, case_id)
    assert verify(world).faults == ()
