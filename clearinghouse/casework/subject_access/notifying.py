"""Telling those who may prepare a part that something has a date: the same few words to all, by mail."""

from sqlalchemy import select

from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.staff import active_actor, in_force
from clearinghouse.casework.subject_access.reach import sees_part
from clearinghouse.casework.world import Work
from clearinghouse.records.people import RoleGrant
from clearinghouse.records.subject_access import SubjectPart


def tell_of_part(work: Work, part: SubjectPart) -> int:
    """A letter to everybody who may prepare or approve the part, but not to who acts. Returns how many."""
    told = 0
    held = select(RoleGrant.user_id).where(in_force(work.today)).distinct().order_by(RoleGrant.user_id)
    for person_id in work.session.scalars(held).all():
        person = active_actor(work, person_id)
        if person is not None and person.id != work.actor.id and sees_part(work, person, part):
            enqueue(work, person_id, LetterKind.SUBJECT_ACCESS)
            told += 1
    return told
