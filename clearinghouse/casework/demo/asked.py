"""The demo's request by somebody who asks what is held about them: taken in by Ravi, and half prepared."""

from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Region
from clearinghouse.casework.demo.people import demo_actor
from clearinghouse.casework.demo.stage import Stage
from clearinghouse.casework.subject_access.preparing import Marked, mark_passage, take_part
from clearinghouse.casework.subject_access.requests import NewRequest, open_request
from clearinghouse.casework.subject_access.working import Ground, Mark
from clearinghouse.records.subject_access import SubjectPart

_HARROWFELL = "Harrowfell Borough Council"


def thackeray_asks(stage: Stage) -> None:
    """The leader of the council that was referred asks what is held about him; Ravi holds the first passage back."""
    world = stage.world_at(4, "14:10")
    ravi = demo_actor(world, "Ravi Singh")
    open_request(
        world,
        ravi,
        NewRequest(
            name="Ronald Thackeray",
            other_names=("Thackeray",),
            contact="The Leader’s Office, Town Hall, Harrowfell",
            asked_on=stage.day(5),
            asked="Everything that your organisation and its associates have written about me.",
            identity="Known to Ada Okafor, who rang him back at the town hall",
            identified_on=stage.day(4),
            authority_id=stage.authorities[_HARROWFELL],
            regions=(Region.NORTH_WEST,),
        ),
    )
    with world.reading(OPERATOR) as work:
        part = work.session.scalars(select(SubjectPart.id)).one()
    world = stage.world_at(0, "09:39")
    take_part(world, ravi, part, 1)
    mark_passage(world, ravi, part, None, 0, Marked(Mark.WITHHOLD, Ground.REGULATORY))
