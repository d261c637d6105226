"""The demo's stories that went further: a peer team, an escalation through its gate, and a case closed."""

from clearinghouse.access.lifting import Length
from clearinghouse.casework.closing import Learning
from clearinghouse.casework.demo.acts import (
    closes,
    does,
    facts,
    issues_minutes,
    logs,
    meets,
    offers,
    records_answer,
    refers,
    repeats,
    reviews,
    said,
    schedules,
    talks,
    triages,
)
from clearinghouse.casework.demo.openings import asks_to_lift
from clearinghouse.casework.demo.questionnaires import (
    asks_again,
    asks_staff,
    looks_at_answers,
    reminds_staff,
    staff_answer,
)
from clearinghouse.casework.demo.stage import Moment, Step, Story
from clearinghouse.casework.demo.team import (
    Wanted,
    accepts_warnings,
    assigns_team,
    confirms_all,
    proposes_team,
)
from clearinghouse.casework.demo.team_work import holds_visit, is_in_touch, manages_team, plans_visit
from clearinghouse.casework.duties.series import Repeat
from clearinghouse.casework.escalation.recording import NewEscalation
from clearinghouse.casework.meetings.minutes import MinuteAsked
from clearinghouse.casework.meetings.recording import LikelyAction, NewAttendee, NewIssue, NewMeetingPassage
from clearinghouse.protocol.minutes import MinuteParty
from clearinghouse.protocol.peer_words import Service, Theme
from clearinghouse.protocol.recurrence import Rhythm
from clearinghouse.protocol.team_work import Activity
from clearinghouse.protocol.vocabulary import (
    Attendance,
    Audience,
    Body,
    Capacity,
    ClosingOutcome,
    DutyKind,
    EscalationAction,
    KnownAnswer,
    Nature,
    OfferAnswer,
    Outcome,
    Route,
    Scenario,
    SourceConsent,
)

_ADA, _BEN, _RAVI, _WENDY, _CARYS = "Ada Okafor", "Ben Carver", "Ravi Singh", "Wendy Aldous", "Carys Bowen"
_YES, _NO = KnownAnswer.YES, KnownAnswer.NO

MIDTHORPE = Story(
    "supported",
    "Midthorpe Council",
    (
        Step(
            38,
            "11:25",
            _ADA,
            logs(
                Nature.SERVICE,
                "The joint area review praised the council and was uneasy about safeguarding: thresholds differ "
                "from team to team, the safeguarding board sees no figures, and social workers in the children's "
                "centres are on their own. The council is a good one and has not said what it will do.",
                "The published review, then a telephone call",
                "Bridget Lanyon",
                "Head of a children's centre",
                service="Children's services",
                source_contact="by letter only",
            ),
        ),
        Step(
            37,
            "09:45",
            _RAVI,
            triages(
                facts(
                    Nature.SERVICE, Scenario.SERVICE_WEAKNESS, "Children's services", known_to_regulator=_YES
                ),
                Route.CONFIDENTIAL_DIALOGUE,
            ),
        ),
        Step(
            35,
            "14:10",
            _ADA,
            talks(
                "Councillor Harriet Colebrook and Simon Adeyemi-West",
                {Capacity.LEADER, Capacity.CHIEF_EXECUTIVE},
                said(
                    "Both take the review seriously. They worked well with us on customer services and would "
                    "rather learn from councils that do this better than be assessed again.",
                    Audience.RIEP,
                ),
                said(
                    "They ask for Oxtown and Munbridge by name, and for safeguarding alone rather than the whole "
                    "of children's services.",
                    Audience.LEADER,
                    Audience.CHIEF_EXECUTIVE,
                    Audience.RIEP,
                    consents=_YES,
                ),
                said("The lead member and the director do not agree on how bad it is."),
            ),
        ),
        Step(
            32,
            "10:30",
            _RAVI,
            offers(
                "A peer team on safeguarding: two officers from Oxtown and Munbridge, somebody from a children's "
                "charity and a member peer. A baseline questionnaire, two visits of two days, and support between "
                "them.",
                answer_by=22,
            ),
        ),
        Step(
            27,
            "16:20",
            _RAVI,
            records_answer(OfferAnswer.ACCEPTED, "Accepted by the chief executive after the cabinet met."),
        ),
        Step(
            24,
            "11:05",
            _CARYS,
            proposes_team(
                Wanted(
                    7,
                    -40,
                    4,
                    councillors=1,
                    officers=2,
                    specialists=1,
                    services=frozenset({Service.CHILDREN}),
                    themes=frozenset({Theme.PARTNERSHIP, Theme.GOVERNANCE}),
                    named=("Oxtown Borough Council", "Munbridge City Council"),
                ),
                "Patricia Quayle",
                "Desmond Achebe",
                "Lucinda Farrow",
                "Joan Prestwick",
            ),
        ),
        Step(
            23,
            "09:20",
            _RAVI,
            accepts_warnings(
                "They have not worked together for years, and Midthorpe was told and is content."
            ),
        ),
        Step(23, "11:10", _CARYS, confirms_all),
        Step(22, "10:00", _CARYS, assigns_team),
        Step(22, "15:40", _ADA, schedules(6, "First visit, two days: see how the questionnaire came back.")),
        Step(22, "11:00", _ADA, manages_team),
        Step(
            22,
            "11:10",
            _ADA,
            plans_visit(
                7,
                6,
                Activity.FOCUS_GROUPS,
                Activity.INTERVIEWS,
                purpose="Thresholds and quality assurance, with those who do the work.",
            ),
        ),
        Step(22, "11:20", _ADA, plans_visit(-30, -31, Activity.INTERVIEWS, Activity.SEMINARS)),
        Step(
            6,
            "16:30",
            _ADA,
            holds_visit(
                "Members of the board are confused by its remit. Until that is settled, thresholds cannot be.",
                "Without better connections to the prevention team, safeguarding has no room to breathe.",
            ),
        ),
        Step(2, "14:20", _ADA, is_in_touch("They ask Oxtown for its toolkit, and will adapt it.")),
        Step(21, "09:15", _CARYS, asks_staff("safeguarding", links=24, closes=8)),
        Step(17, "12:30", _CARYS, staff_answer(4, ("Somebody to ask about thresholds.",), ())),
        Step(13, "10:20", _CARYS, reminds_staff),
        Step(6, "17:20", _CARYS, asks_again(closes=3)),
        Step(
            4,
            "12:40",
            _CARYS,
            staff_answer(
                14,
                ("Smaller caseloads, or help with the ones that go on for years.", "The new duty desk."),
                ("To know what the safeguarding board decides, and why.",),
                ("Figures on one page that mean something.", "How schools ring us before it is too late."),
                ("Time to read the file before I knock on the door.",),
            ),
        ),
        Step(1, "16:10", _ADA, looks_at_answers),
        Step(
            6,
            "17:05",
            _ADA,
            does(
                DutyKind.FOLLOW_UP,
                "First visit held. Few questionnaires had come back before it, many more since. The board is "
                "looking for an independent chair, as Munbridge did.",
                next_on=-3,
            ),
        ),
        Step(
            5,
            "09:50",
            _ADA,
            does(
                DutyKind.FOLLOW_UP,
                "The team keeps in touch between visits: Munbridge has sent its description of the chair's post.",
                next_on=-12,
            ),
        ),
        Step(
            4,
            "16:30",
            _ADA,
            repeats(
                -15, "Ring the chief executive: how does the council itself see it?", Repeat(Rhythm.MONTH)
            ),
        ),
        Step(
            0,
            "09:15",
            _RAVI,
            asks_to_lift(
                _BEN,
                Length.ONE_WEEK,
                "Ben wrote Midthorpe's thresholds when he worked there, and nobody else can say what was meant. He "
                "left two years ago, in another service than the one the concern is about.",
            ),
        ),
    ),
)


def _referral(moment: Moment) -> NewEscalation:
    return NewEscalation(
        body=Body.AUDIT_COMMISSION,
        action=EscalationAction.FURTHER_AUDIT,
        on=moment.world.today,
        reason="The council declined support and, at the meeting, any referral. The family has nothing left to "
        "offer that it will take, and the payments are still wrong.",
        agreed_by="Ravi Singh, and Hugh Castell for the RIEP",
        authority_told="Councillor Ronald Thackeray and Verity Stopford",
        authority_told_on=moment.world.today,
        follow_up_on=moment.day(1),
        recipient="Gordon Milne, district auditor",
    )


ESCALATED = Story(
    "escalated",
    "Harrowfell Borough Council",
    (
        Step(
            42,
            "10:55",
            _ADA,
            logs(
                Nature.SERVICE,
                "One benefit payment in eight is wrong and the error is not falling. The auditor has said so two "
                "years running. The council says its own sample shows otherwise and will not publish it.",
                "The audit letter, then two telephone calls",
                "Clive Wetherall",
                "Assistant director",
                service="Revenues and benefits",
                source_contact="private e-mail",
            ),
        ),
        Step(
            41,
            "09:35",
            _RAVI,
            triages(
                facts(
                    Nature.SERVICE,
                    Scenario.SERVICE_WEAKNESS,
                    "Revenues and benefits",
                    acknowledged=_NO,
                    willing=_NO,
                    known_to_regulator=_YES,
                ),
                Route.CONFIDENTIAL_DIALOGUE,
            ),
        ),
        Step(
            39,
            "15:00",
            _ADA,
            talks(
                "Councillor Ronald Thackeray",
                {Capacity.LEADER},
                said("The leader holds that the auditor counts wrongly and that the matter is closed."),
                said("Would read a comparison with two councils of the same size.", Audience.RIEP),
            ),
        ),
        Step(
            36,
            "11:10",
            _RAVI,
            offers(
                "Two heads of service from councils of the same size for five days, to go through a sample "
                "together with the council's own staff. No report beyond the council.",
                answer_by=26,
            ),
        ),
        Step(
            28,
            "14:25",
            _RAVI,
            records_answer(
                OfferAnswer.DECLINED, "Declined by the leader in writing: the council needs no help."
            ),
        ),
        Step(
            19,
            "16:50",
            _RAVI,
            meets(
                (
                    NewMeetingPassage(
                        "Held at the regional office. All who came agreed what was concluded, the council's "
                        "dissent included.",
                        frozenset({Audience.MEETING}),
                        SourceConsent.NOT_FROM_SOURCE,
                    ),
                    NewMeetingPassage(
                        "The auditor will wait with his next letter until the council has seen the comparison.",
                        frozenset({Audience.LEADER, Audience.CHIEF_EXECUTIVE}),
                        SourceConsent.NOT_FROM_SOURCE,
                    ),
                    NewMeetingPassage(
                        "What the team itself counts differs from the sample that the council shows.",
                        source_consents=SourceConsent.NO,
                    ),
                ),
                (
                    NewAttendee(
                        Body.AUTHORITY,
                        Attendance.ATTENDED,
                        Capacity.CHIEF_EXECUTIVE,
                        "Verity Stopford",
                        "The council's own sample shows no problem, and it accepts no support.",
                        dissents=True,
                    ),
                    NewAttendee(
                        Body.AUDIT_COMMISSION,
                        Attendance.ATTENDED,
                        None,
                        "Gordon Milne, district auditor",
                        "Not satisfied: the error is material for the third year.",
                    ),
                    NewAttendee(
                        Body.GOVERNMENT_OFFICE,
                        Attendance.ATTENDED,
                        None,
                        "Jasmine Purdey, locality manager",
                        "Would have preferred support to a further audit.",
                    ),
                    NewAttendee(Body.RIEP, Attendance.ATTENDED, None, "Hugh Castell, director"),
                    NewAttendee(Body.IDEA, Attendance.DECLINED),
                ),
                NewIssue(
                    "Accuracy of benefit payments",
                    regulators_satisfied=False,
                    locality_agrees=_NO,
                    outcome=Outcome.C,
                    action=LikelyAction(
                        Body.AUDIT_COMMISSION,
                        EscalationAction.FURTHER_AUDIT,
                        "A third year of material error, and no support accepted.",
                    ),
                ),
            ),
        ),
        Step(
            18,
            "09:30",
            _RAVI,
            issues_minutes(
                MinuteAsked(MinuteParty.AUTHORITY, frozenset({Capacity.LEADER, Capacity.CHIEF_EXECUTIVE})),
                MinuteAsked(MinuteParty.AUDIT_COMMISSION),
            ),
        ),
        Step(17, "10:05", _WENDY, refers(_referral)),
    ),
)

CLOSED = Story(
    "closed",
    "Pellmouth Borough Council",
    (
        Step(
            52,
            "13:40",
            _BEN,
            logs(
                Nature.SERVICE,
                "A third of callers give up before anybody answers, and the one-stop shop sends people away at "
                "noon.",
                "A visit",
                "",
                "",
                service="Customer services",
            ),
        ),
        Step(
            51,
            "10:25",
            _RAVI,
            triages(
                facts(
                    Nature.SERVICE,
                    Scenario.SERVICE_WEAKNESS,
                    "Customer services",
                    acknowledged=_YES,
                    can_act_itself=_YES,
                ),
                Route.AUTHORITY_LED,
            ),
        ),
        Step(
            47,
            "15:45",
            _BEN,
            talks(
                "Beryl Ashcombe",
                {Capacity.CHIEF_EXECUTIVE},
                said("Knew of it. Had a plan already, and asked only for somebody to ring.", Audience.RIEP),
            ),
        ),
        Step(
            31,
            "11:50",
            _BEN,
            does(
                DutyKind.FOLLOW_UP, "Calls answered have gone from two in three to nine in ten.", next_on=10
            ),
        ),
        Step(12, "16:05", _RAVI, reviews(True, "Nine in ten calls answered, eight weeks in a row.")),
        Step(
            9,
            "14:35",
            _RAVI,
            closes(
                ClosingOutcome.IMPROVED,
                "Nine in ten calls are answered, and the council carries on by itself.",
                Learning(
                    "One telephone number of a council that had done it was all the help that was needed. "
                    "Pellmouth's head of customer services is willing to be rung by others.",
                    "Where callers give up, look first at who answers between noon and two. A council that had "
                    "done it gave an hour on the telephone, and no more help was needed.",
                    share=True,
                ),
            ),
        ),
    ),
)

STORIES = (MIDTHORPE, ESCALATED, CLOSED)
"""All of them in the first region."""
