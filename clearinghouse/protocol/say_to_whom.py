"""Who may be told a passage of a confidential conversation or of a meeting."""

from collections.abc import Collection

from clearinghouse.protocol.vocabulary import Audience, KnownAnswer, SourceConsent

DEFAULT: frozenset[Audience] = frozenset({Audience.NOBODY})
CONSENTED: frozenset[SourceConsent] = frozenset({SourceConsent.YES, SourceConsent.NOT_FROM_SOURCE})


def may_tell(
    passage_for: Collection[Audience], source_consents: KnownAnswer | SourceConsent, to: Audience
) -> bool:
    """A passage is told only to an audience that it names, and only where the source consents (§19, §23).

    Where nothing in it comes from the source there is nothing to consent to. Consent that is not known is no consent.
    "Nobody" beside other names still means nobody.
    """
    if to is Audience.NOBODY or Audience.NOBODY in passage_for:
        return False
    return to in passage_for and SourceConsent(source_consents.value) in CONSENTED
