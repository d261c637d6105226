"""The form by which a link to an authority is declared, by the person or by an administrator."""

from collections.abc import Iterable
from uuid import UUID

from clearinghouse.casework.links import AuthorityChoice, LinkKind
from clearinghouse.web.fields import Choice, DateParts, Option, Pick, options_of
from clearinghouse.web.forms import Form


class LinkForm(Form):
    """Which authority, what the link is, and when it ended if it has."""

    authority = Pick("Authority", missing="Select an authority", prompt="Select an authority")
    kind = Choice("What is the link?", options=options_of(LinkKind), missing="Select what the link is")
    ended_on = DateParts(
        "When did it end?",
        subject="The day it ended",
        hint="Leave empty if it has not ended. It then counts for four more years. For example, 27 3 2025",
    )

    def offer(self, authorities: Iterable[AuthorityChoice]) -> None:
        """Set the authorities to choose from."""
        self.authority.offer(Option(str(choice.id), choice.words) for choice in authorities)

    def authority_id(self) -> UUID:
        """The authority that was chosen."""
        return UUID(str(self.authority.data))
