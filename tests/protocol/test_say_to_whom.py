"""Who may be told a passage of a conversation."""

import pytest

from clearinghouse.protocol.say_to_whom import DEFAULT, may_tell
from clearinghouse.protocol.vocabulary import Audience, KnownAnswer, SourceConsent

YES, NO, NOT_KNOWN = KnownAnswer


@pytest.mark.parametrize(
    ("passage_for", "consents", "to", "told"),
    [
        ({Audience.LEADER}, YES, Audience.LEADER, True),
        ({Audience.LEADER, Audience.RIEP}, YES, Audience.RIEP, True),
        ({Audience.LEADER}, YES, Audience.CHIEF_EXECUTIVE, False),
        ({Audience.LEADER}, NO, Audience.LEADER, False),
        ({Audience.LEADER}, NOT_KNOWN, Audience.LEADER, False),
        (DEFAULT, YES, Audience.LEADER, False),
        ({Audience.NOBODY, Audience.LEADER}, YES, Audience.LEADER, False),
        ({Audience.NOBODY}, YES, Audience.NOBODY, False),
        (set(), YES, Audience.MEETING, False),
        ({Audience.MEETING}, SourceConsent.YES, Audience.MEETING, True),
        ({Audience.MEETING}, SourceConsent.NOT_FROM_SOURCE, Audience.MEETING, True),
        ({Audience.MEETING}, SourceConsent.NOT_FROM_SOURCE, Audience.RIEP, False),
        (DEFAULT, SourceConsent.NOT_FROM_SOURCE, Audience.MEETING, False),
        ({Audience.MEETING}, SourceConsent.NO, Audience.MEETING, False),
        ({Audience.MEETING}, SourceConsent.NOT_KNOWN, Audience.MEETING, False),
    ],
)
def test_who_may_be_told_a_passage(
    passage_for: set[Audience], consents: KnownAnswer | SourceConsent, to: Audience, told: bool
) -> None:
    """A confidence would reach somebody for whom it was not meant, or without the source's consent."""
    assert may_tell(passage_for, consents, to) is told
