"""A case with a team and a questionnaire that its staff answer by link."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.roles import Actor, Role
from clearinghouse.casework.questionnaires.answering import answer
from clearinghouse.casework.questionnaires.building import build_questionnaire
from clearinghouse.casework.questionnaires.links import PATH
from clearinghouse.casework.questionnaires.sending import Sending, send_questionnaire
from clearinghouse.casework.teams.choosing import TeamNeeds, propose_team
from clearinghouse.casework.world import World
from clearinghouse.records.tables import METADATA
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.people import person

CANARY = "canary-thresholds-5150"
STAFF = tuple(f"staff{number}@midthorpe.example" for number in range(8))
NEEDS = TeamNeeds(date(2026, 12, 7), date(2026, 12, 18), 4)
HERE = "192.0.2.7"
CLOSED_QUESTIONS = {1: "1", 2: "4", 3: "5", 4: "4", 5: "2", 6: "4", 7: "2", 8: "1"}
"""Answers to what the ready-made questionnaire on safeguarding asks in closed questions."""


@dataclass
class Survey:
    """A case about Midthorpe with a team, and those who send its staff a questionnaire and read the answers."""

    world: World
    lead: Actor
    coordinator: Actor
    council: UUID
    case_id: UUID

    def build(self, ready: str = "safeguarding") -> UUID:
        """A questionnaire of the team's, by the coordinator."""
        return build_questionnaire(self.world, self.coordinator, self.case_id, None, ready)

    def hand_out(self, questionnaire: UUID, links: int = 8, days: int = 14) -> list[str]:
        """The tokens of links that the council hands out."""
        sending = Sending(self.world.today + timedelta(days=days), links=links)
        sent = send_questionnaire(self.world, self.coordinator, self.case_id, None, questionnaire, sending)
        return [link.rpartition(PATH)[2] for link in sent.links]

    def mail(self, questionnaire: UUID, *addresses: str, days: int = 14) -> int:
        """Send it by mail."""
        sending = Sending(self.world.today + timedelta(days=days), addresses)
        return send_questionnaire(
            self.world, self.coordinator, self.case_id, None, questionnaire, sending
        ).mailed

    def answer(self, *tokens: str, words: str = "", **more: str) -> None:
        """Answer each link alike."""
        given = CLOSED_QUESTIONS | {int(name[1:]): text for name, text in more.items()}
        for token in tokens:
            answer(self.world, token, given | ({9: words} if words else {}), HERE)


def survey(world: World) -> Survey:
    """A case with a team that is being put together."""
    lead, coordinator = person(world, Role.LEAD), person(world, Role.COORDINATOR, None)
    council = authority(world)
    made = Survey(world, lead, coordinator, council, triaged_case(world, lead, council))
    propose_team(world, coordinator, made.case_id, None, NEEDS)
    return made


def dump(world: World) -> Iterator[tuple[str, str, str]]:
    """Every value that lies in the database: its table, its column and itself."""
    with world.database.engine.connect() as connection:
        for table in METADATA.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                yield from ((table.name, str(name), repr(value)) for name, value in row.items())
