"""The demo's regions: signals, commitments, a round table that was held, and what waits for the next one."""

from collections.abc import Callable
from datetime import timedelta

from clearinghouse.access.roles import OPERATOR, Region
from clearinghouse.casework.demo.acts import facts, logs, triages
from clearinghouse.casework.demo.people import demo_actor
from clearinghouse.casework.demo.stage import Moment, Step, Story, dated
from clearinghouse.casework.meetings.recording import NewAttendee, NewIssue, NewMeeting, record_meeting
from clearinghouse.casework.regional.commitments import NewCommitment, record_commitment
from clearinghouse.casework.regional.deciding import HeldRoundTable, NewDecision, record_round_table
from clearinghouse.casework.regional.round_tables import (
    plan_round_table,
    round_table_page,
    round_tables_of,
)
from clearinghouse.casework.regional.sharing import NewSupportOffer, offer_support, record_practice
from clearinghouse.casework.regional.signal_import import import_signals
from clearinghouse.casework.regional.signals import NewSignal, record_signal
from clearinghouse.protocol.commitments import CommitmentKind
from clearinghouse.protocol.round_table import Decision, Helpers, ItemKind, Party
from clearinghouse.protocol.signals import Direction, SignalKind, SignalTheme
from clearinghouse.protocol.vocabulary import (
    Attendance,
    Body,
    Capacity,
    KnownAnswer,
    Nature,
    Outcome,
    Route,
    Scenario,
)
from clearinghouse.settings import resource

_ADA, _RAVI, _NOOR = "Ada Okafor", "Ravi Singh", "Noor Rahman"
_HERE = Region.NORTH_WEST
_STATEMENT, _EVALUATION, _CHALLENGE = CommitmentKind

_COMMITTED: tuple[tuple[str, CommitmentKind, int, str], ...] = (
    ("Midthorpe Council", _STATEMENT, 800, "Signed by the leader and the chief executive."),
    ("Midthorpe Council", _EVALUATION, 560, "Led by the chief executive. Sure of its schools."),
    ("Midthorpe Council", _EVALUATION, 180, "Names children’s services as its first worry."),
    ("Midthorpe Council", _CHALLENGE, 1200, "Five peers for four days. Scrutiny was found wanting."),
    ("Westmere County Council", _EVALUATION, 430, ""),
    ("Bramfold City Council", _EVALUATION, 270, ""),
    ("Pellmouth Borough Council", _STATEMENT, 700, "Signed by the leader."),
    ("Pellmouth Borough Council", _EVALUATION, 150, "Its last, for those who come after."),
)
"""What councils did, and how many days before it was recorded. Pellmouth is about to be replaced."""


def _imports(moment: Moment) -> None:
    content = (resource("config") / "demo" / "signals.csv").read_text(encoding="utf-8")
    import_signals(moment.world, OPERATOR, dated(content, moment.stage.last_day).encode())


def _records(
    council: str, kind: SignalKind, theme: SignalTheme, source: Body, words: str
) -> Callable[[Moment], None]:
    def act(moment: Moment) -> None:
        about = moment.stage.authorities[council]
        record_signal(
            moment.world,
            moment.actor,
            NewSignal(about, kind, theme, moment.world.today, source, None, Direction.WORSE, words),
        )

    return act


def _commits(moment: Moment) -> None:
    for council, kind, days_ago, words in _COMMITTED:
        on = moment.world.today - timedelta(days=days_ago)
        about = moment.stage.authorities[council]
        record_commitment(moment.world, moment.actor, NewCommitment(about, kind, on, words))


def _shares(moment: Moment) -> None:
    council = moment.stage.authorities["Westmere County Council"]
    words = "Budget holders see their commitments every Monday, and forecasts stopped surprising anybody."
    record_practice(moment.world, moment.actor, council, SignalTheme.FINANCE, words)


def _offers(moment: Moment) -> None:
    offer = NewSupportOffer(
        moment.stage.authorities["Bramfold City Council"],
        SignalTheme.PARTNERSHIP,
        Helpers.BOTH,
        moment.day(-80),
        "Imran Sheikh, chief executive",
        "Up to ten days of two officers and the portfolio holder.",
    )
    offer_support(moment.world, moment.actor, offer)


def _plans(days_ago: int) -> Callable[[Moment], None]:
    def act(moment: Moment) -> None:
        plan_round_table(moment.world, moment.actor, _HERE, moment.day(days_ago))

    return act


def _decides(moment: Moment) -> None:
    """What recurs is taken up by Noor, everything else is taken note of."""
    listed = round_tables_of(moment.world, moment.actor, _HERE).tables
    table = next(each for each in listed if not each.is_held and each.on <= moment.world.today)
    agenda = round_table_page(moment.world, moment.actor, table.id)
    noor = demo_actor(moment.world, _NOOR).person
    seminar = "Arrange a day on budget monitoring for the section 151 officers, with Westmere presenting."
    decisions = {
        item.key: NewDecision(Decision.TAKEN_UP, seminar, noor, moment.day(-4))
        if item.kind is ItemKind.SIGNALS
        else NewDecision(Decision.NOT_NEEDED, "It goes into the day on budget monitoring.")
        for item in agenda.items
    }
    held = HeldRoundTable(
        moment.world.today,
        (Party.CHIEF_EXECUTIVES, Party.RIEP, Party.GOVERNMENT_OFFICE, Party.IDEA),
        decisions,
    )
    record_round_table(moment.world, moment.actor, table.id, None, held)


def _refers(moment: Moment) -> None:
    attendees = (
        NewAttendee(
            Body.AUTHORITY,
            Attendance.ATTENDED,
            Capacity.CHIEF_EXECUTIVE,
            "Joan Peverell",
            "Wants help, not blame.",
        ),
        NewAttendee(
            Body.GOVERNMENT_OFFICE, Attendance.ATTENDED, None, "Jasmine Purdey", "Sees the same elsewhere."
        ),
        NewAttendee(Body.AUDIT_COMMISSION, Attendance.ATTENDED, None, "Gordon Milne", "Not satisfied yet."),
    )
    issue = NewIssue(
        "The partnership misses its target for young people without work",
        regulators_satisfied=False,
        locality_agrees=KnownAnswer.YES,
        outcome=Outcome.B,
        plan_or_person="Joan Peverell",
        due_on=moment.day(-15),
        for_round_table="How partnerships in the region share the work of finding places for young people.",
    )
    meeting = NewMeeting(moment.world.today, attendees, (issue,))
    record_meeting(moment.world, moment.actor, moment.case_id, None, meeting)


REFERRED = Story(
    "round_table",
    "Harrowfell Borough Council",
    (
        Step(
            13,
            "15:10",
            _ADA,
            logs(
                Nature.PARTNERSHIP,
                "The local strategic partnership will miss its target for young people out of work and training by "
                "half. Each partner waits for another; the council chairs and cannot make them.",
                "A talk after a regional seminar",
                "Joan Peverell",
                "Chief executive",
            ),
        ),
        Step(
            12,
            "10:20",
            _RAVI,
            triages(
                facts(
                    Nature.PARTNERSHIP,
                    Scenario.PARTNERSHIP_MISSING_TARGETS,
                    acknowledged=KnownAnswer.YES,
                    willing=KnownAnswer.YES,
                    critical_and_hard=KnownAnswer.YES,
                ),
                Route.JOINT_LOCAL_MEETING,
            ),
        ),
        Step(6, "14:00", _RAVI, _refers),
    ),
)

SIGNALS = Story(
    "region",
    "Midthorpe Council",
    (
        Step(40, "09:10", _NOOR, _imports),
        Step(36, "11:00", _NOOR, _plans(25)),
        Step(34, "16:20", _NOOR, _shares),
        Step(33, "10:05", _NOOR, _commits),
        Step(25, "16:45", _NOOR, _decides),
        Step(24, "09:15", _NOOR, _plans(-15)),
        Step(9, "12:10", _NOOR, _offers),
        Step(
            8,
            "17:05",
            _ADA,
            _records(
                "Ormsgate Borough Council",
                SignalKind.TALK,
                SignalTheme.POLITICAL,
                Body.IDEA,
                "Two portfolio holders say that they learn of decisions from the newspaper.",
            ),
        ),
        *(
            Step(7, at, _NOOR, _records(council, SignalKind.DATA_RETURNS, SignalTheme.CHILDREN, body, words))
            for at, council, body, words in (
                (
                    "09:05",
                    "Midthorpe Council",
                    Body.GOVERNMENT_OFFICE,
                    "Referrals back within a year have risen.",
                ),
                ("09:10", "Westmere County Council", Body.GOVERNMENT_OFFICE, "Assessments are late again."),
                (
                    "09:15",
                    "Bramfold City Council",
                    Body.DEPARTMENT,
                    "One post of social worker in four is vacant.",
                ),
            )
        ),
    ),
)

STORIES = (SIGNALS, REFERRED)
"""Both in the first region; signals are in the other region's picture too."""
