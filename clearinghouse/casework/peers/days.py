"""The days that peers have given in a council year: what a file said, and what teams have used since."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from sqlalchemy import func, select

from clearinghouse.casework.world import Work
from clearinghouse.protocol.council_years import council_year, days_by_year
from clearinghouse.records.peers import Peer, PeerDays, Team

BEFORE_YEARS_WERE_KEPT = 2026
"""The council year of a number that says none: it was kept by the last revision that knew one number alone."""

_IN_ONE_QUERY = 500


def days_used(work: Work, year: int, ids: Collection[UUID] | None = None) -> Mapping[UUID, int]:
    """How many days each of these peers, or of all, has used in the council year; who has used none is left out."""
    used = dict(days_used_by_teams(work, year, ids))
    query = select(Peer.id, Peer.days_used).where(
        Peer.days_used != 0, func.coalesce(Peer.days_used_of, BEFORE_YEARS_WERE_KEPT) == year
    )
    if ids is not None and len(ids) <= _IN_ONE_QUERY:
        query = query.where(Peer.id.in_(ids))
    for row in work.session.execute(query):
        used[row.id] = used.get(row.id, 0) + row.days_used
    return used


def days_used_by_teams(work: Work, year: int, ids: Collection[UUID] | None = None) -> Mapping[UUID, int]:
    """How many days of the council year teams use of each of these peers, or of all."""
    query = select(PeerDays.peer_id, func.sum(PeerDays.days).label("days")).where(PeerDays.year == year)
    if ids is not None and len(ids) <= _IN_ONE_QUERY:
        query = query.where(PeerDays.peer_id.in_(ids))
    rows = work.session.execute(query.group_by(PeerDays.peer_id))
    return {row.peer_id: int(row.days) for row in rows}


def use_days(work: Work, team: Team, peers: Iterable[UUID]) -> None:
    """Count the team's days with these peers, each in the council year in which it falls.

    The caller holds the peers, and records why.
    """
    shares = days_by_year(team.first, team.last, team.days, work.holidays)
    for peer_id in peers:
        for year, days in shares.items():
            work.add(PeerDays(peer_id=peer_id, team_id=team.id, year=year, days=days))


def days_of_file(
    work: Work, given: Mapping[str, object], peer: Peer | None, by_teams: int
) -> dict[str, object]:
    """What the register keeps where a file says that a peer has used so many days of this council year.

    Nothing where the file is about another year, or where the register says the same already.
    """
    this_year = council_year(work.today)
    if "days_used" not in given or given.get("days_used_year") not in (None, this_year):
        return {}
    said = int(str(given["days_used"]))
    kept = peer.days_used if peer and (peer.days_used_of or BEFORE_YEARS_WERE_KEPT) == this_year else 0
    if peer is not None and said == kept + by_teams:
        return {}
    return {"days_used": said - by_teams, "days_used_of": this_year}


def in_two_years(work: Work, ids: Collection[UUID] | None) -> Mapping[UUID, tuple[int, int]]:
    """What each peer has used in this council year, and what is counted on already in the next."""
    year = council_year(work.today)
    found: defaultdict[UUID, list[int]] = defaultdict(lambda: [0, 0])
    for number in range(2):
        for peer_id, days in days_used(work, year + number, ids).items():
            found[peer_id][number] = days
    return {peer_id: (now, later) for peer_id, (now, later) in found.items()}
