"""Advocacy: when the family stands with an authority against a regulator or department, and how that ends."""

from collections.abc import Collection
from datetime import date

from clearinghouse.protocol.telling import may_be_told
from clearinghouse.protocol.verdict import ALLOWED, Missing, Verdict, blocked
from clearinghouse.protocol.vocabulary import Capacity, Worded


class PeerReview(Worded):
    """Whether a peer review comes to a view about the reasons for the conflict (§25)."""

    COMMISSIONED = "commissioned", "Yes, it is agreed and commissioned"
    PROPOSED = "proposed", "It is proposed, and the authority has not agreed yet"
    NOT_NEEDED = "not_needed", "No"


class AdvocacyEnd(Worded):
    """How the family's advocacy ended."""

    SETTLED = "settled", "The difference is settled"
    OVERRULED = "overruled", "The regulator or department acted all the same"
    WITHDRAWN = "withdrawn", "The family or the authority withdrew the position"


def may_stand_with(
    agreed_on: date, agreed_with: Capacity, about: Collection[Capacity], today: date
) -> Verdict:
    """The family stands with an authority only as agreed with it (§15f, §25): with whom, and on which day.

    Agreed with its leading members, its chief executive or a stand-in, never with anyone the concern is about.
    """
    if agreed_with not in may_be_told(about):
        return blocked(Missing.AGREED_WITH_SOMEONE_CONCERNED)
    return ALLOWED if agreed_on <= today else blocked(Missing.AGREED_IN_FUTURE)
