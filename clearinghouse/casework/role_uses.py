"""The last day on which somebody used each of their roles on a case: what a reviewer of roles goes by."""

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from clearinghouse.access.roles import Role
from clearinghouse.casework.world import Work
from clearinghouse.records.grant_reviews import RoleUse


def note_use(work: Work, role: Role | None) -> None:
    """Keep that the actor used the role today, once a day, at the end of the work; the clock has none."""
    person = work.actor.id
    if role is None or person is None:
        return

    def write() -> None:
        of_role = (RoleUse.user_id == person, RoleUse.role == role)
        # Read first: nobody waits for the row of a person who has many pages open.
        if work.session.scalars(select(RoleUse.used_on).where(*of_role)).first() == work.today:
            return
        dialect = sqlite if work.world.database.is_sqlite else postgresql
        used = dialect.insert(RoleUse).values(user_id=person, role=role, used_on=work.today)
        work.session.execute(
            used.on_conflict_do_update(
                index_elements=[RoleUse.user_id, RoleUse.role], set_={"used_on": work.today}
            )
        )

    work.before_keeping(("role use", role), write)
