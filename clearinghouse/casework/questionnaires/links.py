"""The links by which a council's staff answer: made out of a secret and a random key, and known by their hash alone."""

from base64 import urlsafe_b64encode
from collections.abc import Iterable
from secrets import SystemRandom
from uuid import UUID, uuid4

from clearinghouse.casework.world import Work, World
from clearinghouse.records.questionnaires import Questionnaire, QuestionnaireLink
from clearinghouse.vault.digests import keyed_digest, token_digest

PATH = "/questionnaire/"


def link_for(world: World, link_id: UUID) -> str:
    """The address of a link. It is kept nowhere, so that a reminder leads to the same place as the first mail."""
    return f"{world.base_url}{PATH}{_token(world, link_id)}"


def make_links(
    work: Work, row: Questionnaire, addresses: Iterable[str], others: int
) -> list[QuestionnaireLink]:
    """A link for each address, and so many without one; neither their order nor their keys say whose is which."""
    given = [*addresses, *("" for _ in range(others))]
    SystemRandom().shuffle(given)
    links = []
    for address in given:
        key = uuid4()
        link = work.add(
            QuestionnaireLink(
                id=key,
                questionnaire_id=row.id,
                case_id=row.case_id,
                token_hash=token_digest(_token(work.world, key)),
                used=False,
            )
        )
        link.address = address
        links.append(link)
    work.session.flush()
    return links


def renew_hashes(work: Work, links: Iterable[QuestionnaireLink]) -> None:
    """Where the installation's secret is another since, a mail that goes out again must lead somewhere."""
    for link in links:
        made = token_digest(_token(work.world, link.id))
        if link.token_hash != made:
            link.token_hash = made


def _token(world: World, link_id: UUID) -> str:
    return urlsafe_b64encode(keyed_digest(world.web_secret, f"questionnaire:{link_id}")).decode().rstrip("=")
