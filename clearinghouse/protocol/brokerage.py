"""Political brokerage: with whom the political leads talk, what a talk came to, and what follows it."""

from clearinghouse.protocol.duties import TO_HAND_OVER
from clearinghouse.protocol.vocabulary import DutyKind, Worded

TO_TALK_AGAIN = TO_HAND_OVER


class BrokeredWith(Worded):
    """The political groups and boards through which the LGA talks, and those it talks to (§25)."""

    CONSERVATIVE_GROUP = "conservative_group", "LGA Conservative group"
    LABOUR_GROUP = "labour_group", "LGA Labour group"
    LIBERAL_DEMOCRAT_GROUP = "liberal_democrat_group", "LGA Liberal Democrat group"
    INDEPENDENT_GROUP = "independent_group", "LGA Independent group"
    IMPROVEMENT_BOARD = "improvement_board", "An LGA improvement board"
    LEADERSHIP_CENTRE = "leadership_centre", "The Leadership Centre"
    GROUP_LEADERS = "group_leaders", "Group leaders in the authority"
    LEADING_COUNCILLORS = "leading_councillors", "Other leading councillors of the authority"


class BrokerageOutcome(Worded):
    """What a talk with politicians came to."""

    AGREED = "agreed", "They agreed on what to do"
    GOES_ON = "goes_on", "The talks go on"
    NOT_AGREED = "not_agreed", "They did not agree, and the talks have ended"


def next_after_talk(outcome: BrokerageOutcome | None) -> DutyKind:
    """What follows a talk with politicians (§19, §25): another talk, until one ends the brokerage.

    A talk that was attempted in vain has no outcome, and is tried again. Once they agreed, or ended the talks without
    agreeing, the case's owner follows it up, so that a failed brokerage does not fall between stools.
    """
    ended = outcome in {BrokerageOutcome.AGREED, BrokerageOutcome.NOT_AGREED}
    return DutyKind.FOLLOW_UP if ended else DutyKind.POLITICAL_BROKERAGE
