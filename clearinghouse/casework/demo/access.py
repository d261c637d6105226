"""Who was last here when, a reset that waits for a second administrator, and a role that an audit officer doubts."""

from clearinghouse.casework.demo.people import PEOPLE, demo_actor
from clearinghouse.casework.demo.stage import Stage
from clearinghouse.casework.people.grant_review import GrantFilter, grant_report, review_grant
from clearinghouse.casework.people.resets import ResetReason, propose_reset
from clearinghouse.casework.sign_in.sessions import begin_session
from clearinghouse.records.people import User

_LAST_HERE = {"Tom Ellery": 48, "Dele Ajayi": 14, "Grace Whitlock": 4}
"""So many working days ago; everybody else was here on the last one."""


def look_after_access(stage: Stage) -> None:
    """Tom has not been here for two months, Helen has lost her phone, and Miriam asks whether Tom's role is needed."""
    for name in (person.name for person in PEOPLE):
        world = stage.world_at(_LAST_HERE.get(name, 1), "08:50")
        with world.unit_of_work(demo_actor(world, name)) as work:
            begin_session(work, work.session.get_one(User, work.actor.person))
    world = stage.world_at(0, "09:20")
    helen, iris, miriam = (demo_actor(world, name) for name in ("Helen Marsh", "Iris Novak", "Miriam Stone"))
    propose_reset(world, iris, helen.person, ResetReason.LOST_DEVICE)
    (doubted,) = (
        line
        for line in grant_report(world, miriam, GrantFilter(unused=True)).lines
        if line.person == "Tom Ellery"
    )
    review_grant(world, miriam, doubted.id, needed=False)
