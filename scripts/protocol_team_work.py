"""The section of docs/protocol.md about a peer team at work: packages, visits, and what is owed by when."""

from datetime import date

from protocol_case import DAY, words
from protocol_markdown import prose, rule, table

from clearinghouse.protocol import team_work
from clearinghouse.protocol.peers import Period
from clearinghouse.protocol.team_work import SHAPES, Package, PlannedVisit, VisitKind, VisitState

TODAY = date(2026, 11, 30)


def _sessions(least: int, most: int) -> str:
    if not most:
        return "none"
    return str(least) if least == most else f"{least} to {most}"


def _packages() -> str:
    return table(
        ("package", "least members", "meetings, and sessions of each", "owed after the first, in months"),
        (
            (
                package.words,
                shape.smallest_team,
                "; ".join(f"{kind.words} ({_sessions(*of)})" for kind, of in shape.visits.items()),
                ", ".join(f"{owed.kind.words} {owed.months}" for owed in shape.outputs) or "none",
            )
            for package, shape in SHAPES.items()
        ),
    )


def _plans() -> str:
    def may(first: int, last: int, *others: int, kind: VisitKind = VisitKind.VISIT) -> str:
        package = next(each for each, shape in SHAPES.items() if kind in shape.visits)
        areas = ("housing",) * SHAPES[package].visits[kind][0]
        visit = PlannedVisit(kind, Period(TODAY + first * DAY, TODAY + last * DAY), areas)
        taken = [Period(TODAY + day * DAY, TODAY + day * DAY) for day in others]
        return words(team_work.may_plan(package, visit, taken, TODAY, TODAY))

    rows = {
        "a visit of two days next week": may(7, 8),
        "a visit of eleven days": may(7, 17),
        "a visit before the team was assigned": may(-1, 0),
        "a visit on a day of another": may(7, 8, 8),
        "a visit in six years": may(6 * 365, 6 * 365),
        "a workshop of two days": may(7, 8, kind=VisitKind.WORKSHOP),
        "an assist day with its two sessions": may(7, 7, kind=VisitKind.ASSIST_DAY),
    }
    return table(("planned", "verdict"), rows.items())


def _states() -> str:
    ahead = Period(TODAY + 7 * DAY, TODAY + 7 * DAY)
    return table(
        ("the visit", "may be moved", "may be cancelled", "may be recorded on its last day"),
        (
            (
                state.words,
                words(team_work.may_move(VisitKind.VISIT, state, ahead, (), TODAY, TODAY)),
                words(team_work.may_cancel(state)),
                words(team_work.may_hold(state, TODAY, TODAY)),
            )
            for state in VisitState
        ),
    )


def _outputs() -> str:
    return table(
        ("first visit ended on 30 November 2026", "owed"),
        (
            (
                package.words,
                ", ".join(
                    f"{due.kind.words} by {due.on}"
                    for due in team_work.outputs_after_first(package, TODAY, ())
                )
                or "what its sessions end with",
            )
            for package in Package
        ),
    )


def _contacts() -> str:
    def due(ago: int, ahead: int | None) -> str:
        visit = None if ahead is None else TODAY + ahead * DAY
        found = team_work.next_contact(TODAY - ago * DAY, visit, TODAY, ())
        return str(found) if found else "none"

    rows = {
        "today, no other visit planned": due(0, None),
        "today, the next visit in two weeks": due(0, 14),
        "today, the next visit in eight weeks": due(0, 56),
        "ten weeks ago, the next visit in eight weeks": due(70, 56),
    }
    return table((f"last in touch (today is {TODAY})", "next contact due"), rows.items())


def team_work_section() -> str:
    """What a team at work consists of, plans, records and owes."""
    return "\n".join(
        (
            "## A peer team at work\n",
            prose(
                "Each package consists of meetings of its own kinds; each session ends with an action plan."
            ),
            _packages(),
            rule(team_work.may_choose),
            rule(team_work.may_plan),
            _plans(),
            rule(team_work.may_move),
            rule(team_work.may_cancel),
            rule(team_work.may_hold),
            _states(),
            rule(team_work.outputs_after_first),
            _outputs(),
            rule(team_work.output_of_session),
            rule(team_work.may_deliver),
            rule(team_work.next_contact),
            _contacts(),
        )
    )
