"""Who somebody is at a provider of single sign-on: bound to their account once they have taken their second step."""

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.world import Work
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.people import WebSession
from clearinghouse.records.providers import ProviderSubject, ProviderWait


def bound_to(work: Work, subject: bytes) -> UUID | None:
    """Whose account it is."""
    row = work.session.get(ProviderSubject, subject)
    return row.user_id if row else None


def is_bound(work: Work, user_id: UUID, issuer: bytes | None = None) -> bool:
    """Whether the account is bound to anybody, at this provider or at all."""
    query = select(ProviderSubject.subject).where(ProviderSubject.user_id == user_id)
    query = query if issuer is None else query.where(ProviderSubject.issuer == issuer)
    return work.session.scalars(query.limit(1)).first() is not None


def wait_to_bind(work: Work, session_id: UUID, subject: bytes, issuer: bytes) -> None:
    """Bind it once this session has taken its second step."""
    over = select(WebSession.id).where(WebSession.expires_at <= work.now)
    work.session.execute(delete(ProviderWait).where(ProviderWait.session_id.in_(over)))
    work.session.add(ProviderWait(session_id=session_id, subject=subject, issuer=issuer))


def bind_waiting(work: Work, session_id: UUID, user_id: UUID) -> None:
    """Bind what waited for this session's second step; nothing where either of the two is bound already."""
    waiting = work.session.get(ProviderWait, session_id)
    if waiting is None:
        return
    dialect = sqlite if work.world.database.is_sqlite else postgresql
    values = {
        "subject": waiting.subject,
        "issuer": waiting.issuer,
        "user_id": user_id,
        "bound_at": work.now,
    }
    put = dialect.insert(ProviderSubject).values(values).on_conflict_do_nothing()
    if work.session.scalars(put.returning(ProviderSubject.user_id)).first() is not None:
        work.record(Event.PROVIDER_BOUND, Stream.USER, user_id)
        enqueue(work, user_id, LetterKind.SIGN_IN_CHANGED)
    work.session.delete(waiting)


def unbind(work: Work, user_id: UUID) -> bool:
    """Bind the account to nobody any more. Whether it was."""
    gone = (
        delete(ProviderSubject).where(ProviderSubject.user_id == user_id).returning(ProviderSubject.subject)
    )
    was_bound = bool(work.session.scalars(gone.execution_options(synchronize_session=False)).all())
    if was_bound:
        work.record(Event.PROVIDER_UNBOUND, Stream.USER, user_id)
    return was_bound
