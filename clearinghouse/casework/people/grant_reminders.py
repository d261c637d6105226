"""The clock's word to reviewers that roles are due for review: once a week, for as long as any is."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.policy import POLICY
from clearinghouse.access.roles import CLOCK
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.people.grant_review import people_due
from clearinghouse.casework.staff import in_force
from clearinghouse.casework.world import Work, World
from clearinghouse.records.duties import Letter
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.people import RoleGrant, User, UserState

AGAIN_AFTER = timedelta(days=7)


def remind_of_reviews(world: World) -> int:
    """Tell everybody who reviews roles that some of others are due, unless they were told within a week.

    Returns how many were told.
    """
    with world.reading(CLOCK) as work:
        due = people_due(work)
        reviewers = _reviewers(work) if due else ()
    return sum(_remind(world, person, due) for person in reviewers)


def _remind(world: World, person: UUID, due: Sequence[UUID]) -> bool:
    of_others = sum(each != person for each in due)
    with world.unit_of_work(CLOCK) as work:
        # Another clock may be telling them just now.
        held = select(User.id).where(User.id == person).with_for_update(key_share=True, skip_locked=True)
        if not of_others or work.session.scalars(held).one_or_none() is None:
            return False
        lately = Letter.kind == LetterKind.ROLES_TO_REVIEW, Letter.made_at > work.now - AGAIN_AFTER
        told = select(Letter.id).where(Letter.user_id == person, *lately).limit(1)
        if work.session.scalars(told).first() is not None:
            return False
        enqueue(work, person, LetterKind.ROLES_TO_REVIEW)
        work.record(Event.GRANT_REVIEWS_DUE, Stream.USER, person, grants=of_others)
        return True


def _reviewers(work: Work) -> Sequence[UUID]:
    query = (
        select(User.id)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(User.state == UserState.ACTIVE, RoleGrant.role.in_(POLICY[Permission.GRANT_REVIEW]))
        .where(in_force(work.today))
    )
    return work.session.scalars(query.distinct().order_by(User.id)).all()
