"""Writes docs/protocol.md from the rules, or with --check says whether it is what they say."""

import argparse
from pathlib import Path

from protocol_case import dialogue_section, meetings_section, offers_section, standing_section, triage_section
from protocol_commitments import commitments_section
from protocol_duties import deputies_section, recurrence_section
from protocol_invitations import invitations_section
from protocol_ladder import ladder_section
from protocol_markdown import prose
from protocol_meetings import minutes_section, parties_section
from protocol_peers import conflicts_section, matching_section
from protocol_plans import plans_section
from protocol_questionnaires import questionnaires_section
from protocol_referral import days_section, duties_section, finding_section, gates_section, told_section
from protocol_regional import round_table_section, signals_section
from protocol_retention import retention_section
from protocol_team_work import team_work_section
from protocol_teams import teams_section
from protocol_telling import advocacy_section, authority_section, brokerage_section, sources_section
from protocol_together import convergence_section, succession_section

PAGE = Path(__file__).resolve().parent.parent / "docs" / "protocol.md"

HEAD = (
    "What the program enforces, for a lead to check. `scripts/protocol` writes this page from the rules in "
    "[clearinghouse/protocol](../clearinghouse/protocol): the English is that of the rules, and every table is the "
    "answer of the program itself, asked case by case. Paragraphs (§) are those of *Setting the pace* (LGA and IDeA, "
    "2009); “ours” marks what the program adds to it. Do not edit the page: change the rule, run `scripts/protocol`, "
    "and read the difference."
)


def page() -> str:
    """The whole page, as the rules stand now."""
    sections = (
        triage_section(),
        standing_section(),
        dialogue_section(),
        offers_section(),
        meetings_section(),
        parties_section(),
        plans_section(),
        signals_section(),
        commitments_section(),
        round_table_section(),
        gates_section(),
        ladder_section(),
        finding_section(),
        told_section(),
        sources_section(),
        authority_section(),
        brokerage_section(),
        advocacy_section(),
        minutes_section(),
        duties_section(),
        deputies_section(),
        days_section(),
        recurrence_section(),
        retention_section(),
        succession_section(),
        convergence_section(),
        conflicts_section(),
        matching_section(),
        team_work_section(),
        teams_section(),
        invitations_section(),
        questionnaires_section(),
    )
    return "\n".join(("# The family-first protocol\n", prose(HEAD), *sections))


def main(arguments: list[str] | None = None) -> int:
    """Write the page, or check it; 1 where it is not what the rules say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 where the page is not current"
    )
    if not parser.parse_args(arguments).check:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page():
        return 0
    print("docs/protocol.md is not what the rules say: run scripts/protocol and read the difference")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
