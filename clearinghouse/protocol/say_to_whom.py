"""Who may be told a passage of a confidential conversation."""

from collections.abc import Collection

from clearinghouse.protocol.vocabulary import Audience, KnownAnswer

DEFAULT: frozenset[Audience] = frozenset({Audience.NOBODY})


def may_tell(passage_for: Collection[Audience], source_consents: KnownAnswer, to: Audience) -> bool:
    """A passage is told only to an audience that it names, and only where the source consents (§19, §23).

    Consent that is not known is no consent. "Nobody" beside other names still means nobody.
    """
    if to is Audience.NOBODY or Audience.NOBODY in passage_for:
        return False
    return to in passage_for and source_consents is KnownAnswer.YES
