"""The demo's stories about an offer: one waits, one is accepted, one lapsed, and one led to a review."""

from clearinghouse.casework.demo.acts import (
    does,
    facts,
    logs,
    offers,
    records_answer,
    said,
    talks,
    triages,
)
from clearinghouse.casework.demo.openings import breaks_glass, reviews_break_glass
from clearinghouse.casework.demo.papers import adds_email, adds_letter
from clearinghouse.casework.demo.plans import agrees_plan, records_plan_progress, reviews_plan
from clearinghouse.casework.demo.stage import Step, Story
from clearinghouse.casework.demo.team import Wanted, asks, confirms, proposes_team, writes_down
from clearinghouse.casework.demo.way_forward import agrees_way_forward, hands_to_riep, issues_letter
from clearinghouse.casework.teams.answering import Answer, Declared
from clearinghouse.protocol.invitations import DeclineReason, InterestKind
from clearinghouse.protocol.peer_words import Theme
from clearinghouse.protocol.plans import ActionState
from clearinghouse.protocol.vocabulary import (
    Audience,
    Capacity,
    DutyKind,
    KnownAnswer,
    Nature,
    OfferAnswer,
    Route,
    Scenario,
)

_ADA, _BEN, _RAVI, _NOOR = "Ada Okafor", "Ben Carver", "Ravi Singh", "Noor Rahman"
_HELEN, _WENDY = "Helen Marsh", "Wendy Aldous"
_CARYS = "Carys Bowen"
_YES_TO_COME = Answer(accepts=True, declared=Declared())
_NO_TO_COME = Answer(accepts=False, reason=DeclineReason.DAYS)
_YES_WITH_AN_INTEREST = Answer(
    accepts=True,
    declared=Declared(InterestKind.FAMILY, "His brother sits on the board of one of the trusts."),
)
_YES, _NO = KnownAnswer.YES, KnownAnswer.NO
_ACKNOWLEDGED = {"acknowledged": _YES, "willing": _YES}

OFFER_WAITING = Story(
    "offer_waiting",
    "Bramfold City Council",
    (
        Step(
            16,
            "10:35",
            _ADA,
            logs(
                Nature.CORPORATE,
                "Reserves have been used three years running to balance the budget. The audit letter says so and "
                "the cabinet has not discussed it. The finance team has lost four of nine people.",
                "The published audit letter, then a telephone call",
                "Judith Marchbank",
                "Section 151 officer",
            ),
        ),
        Step(
            15,
            "09:30",
            _RAVI,
            triages(
                facts(
                    Nature.CORPORATE,
                    Scenario.FINANCES_AND_CULTURE,
                    **_ACKNOWLEDGED,
                    known_to_regulator=_YES,
                ),
                Route.PEER_SUPPORT,
            ),
        ),
        Step(
            11,
            "13:15",
            _ADA,
            talks(
                "Laurence Okell and Councillor Bronwen Tate",
                {Capacity.CHIEF_EXECUTIVE, Capacity.LEADING_MEMBER},
                said("The chief executive wants a view from outside before the next budget, not after."),
                said(
                    "The portfolio holder asks for somebody who has rebuilt a finance team.",
                    Audience.CHIEF_EXECUTIVE,
                    Audience.LEADER,
                ),
            ),
        ),
        Step(
            10,
            "18:40",
            _HELEN,
            breaks_glass(
                "Bramfold's section 151 officer rang me at home: she is to be suspended tonight for what she told "
                "the clearing house. I could reach nobody in the North West."
            ),
        ),
        Step(
            9,
            "09:10",
            _WENDY,
            reviews_break_glass(
                "Helen rang Ravi within the hour and told nobody else. She read the concern and nothing further."
            ),
        ),
        Step(
            8,
            "16:00",
            _RAVI,
            offers(
                "A financial health check by two finance peers and a portfolio holder over three days, and a "
                "mentor for the section 151 officer for six months.",
                answer_by=-2,
                from_whom="Peers from two councils outside the North West, and a mentor from a third",
                cost="Nothing for the first ten days, which the region pays; then the peers' travel",
            ),
        ),
        Step(
            8,
            "16:15",
            _RAVI,
            issues_letter(Capacity.CHIEF_EXECUTIVE, "Laurence Okell", "01632 960417"),
        ),
    ),
)


OFFER_ACCEPTED = Story(
    "offer_accepted",
    "Aldersyke District Council",
    (
        Step(
            18,
            "14:45",
            _BEN,
            logs(
                Nature.CORPORATE,
                "Scrutiny has not sent anything back to the cabinet for two years. Reports arrive on the day. "
                "Three of the newer councillors have said they will not stand again.",
                "A telephone call",
                "Councillor Neil Garside",
                "Chair of the overview and scrutiny committee",
            ),
        ),
        Step(
            18,
            "14:55",
            _BEN,
            adds_email(
                "Scrutiny.eml",
                "What Councillor Garside sent after the call",
                "From: Neil Garside <neil.garside@aldersyke.example>",
                "To: Ben Carver <ben.carver@clearinghouse.example>",
                "Subject: What we talked about",
                "",
                "Ben, the last four agendas are as I said: every report tabled on the day. Neil",
            ),
        ),
        Step(
            17,
            "10:20",
            _RAVI,
            triages(
                facts(Nature.CORPORATE, Scenario.POOR_RELATIONSHIPS, **_ACKNOWLEDGED),
                Route.PEER_SUPPORT,
            ),
        ),
        Step(
            14,
            "11:00",
            _BEN,
            talks(
                "Councillor Sylvia Thwaite",
                {Capacity.LEADER},
                said(
                    "The leader says scrutiny is weak and would like it stronger, within reason.",
                    Audience.RIEP,
                ),
            ),
        ),
        Step(
            11,
            "15:20",
            _RAVI,
            offers(
                "A peer team of four for two visits: a leader, a scrutiny chair, a monitoring officer and a head "
                "of democratic services, to work with members and officers on how scrutiny is done.",
                answer_by=1,
            ),
        ),
        Step(
            4,
            "09:35",
            _RAVI,
            records_answer(
                OfferAnswer.ACCEPTED, "Accepted by the leader in writing. Asks for nobody from a neighbour."
            ),
        ),
        Step(
            4,
            "09:37",
            _RAVI,
            adds_letter(
                "Letter of acceptance.pdf",
                "The leader accepts the offer",
                "Aldersyke District Council",
                "Office of the Leader",
                "",
                "Dear Mr Singh,",
                "",
                "We accept the offer of a peer team for two visits. We would rather have",
                "nobody from a neighbouring council.",
                "",
                "Councillor Sylvia Thwaite, Leader",
            ),
        ),
    ),
)


OFFER_LAPSED = Story(
    "offer_lapsed",
    "Ormsgate Borough Council",
    (
        Step(
            27,
            "12:10",
            _ADA,
            logs(
                Nature.SERVICE,
                "Assessments of older people wait for eleven weeks. Families ring councillors, councillors ring "
                "the director, and the list is done in the order of the calls.",
                "A report to the health scrutiny committee",
                "",
                "",
                service="Adult social care",
            ),
        ),
        Step(
            26,
            "09:40",
            _RAVI,
            triages(
                facts(Nature.SERVICE, Scenario.SERVICE_WEAKNESS, "Adult social care", willing=_NO),
                Route.CONFIDENTIAL_DIALOGUE,
            ),
        ),
        Step(
            23,
            "10:50",
            _ADA,
            talks(
                "Rodney Blakelock",
                {Capacity.CHIEF_EXECUTIVE},
                said("The chief executive calls it a recording problem and sees no need for help."),
            ),
        ),
        Step(
            20,
            "14:30",
            _RAVI,
            offers(
                "Five peer assist days from a council that halved its own waiting list, free of charge, without a "
                "report.",
                answer_by=10,
            ),
        ),
    ),
)


UNDER_REVIEW = Story(
    "under_review",
    "Bramfold City Council",
    (
        Step(
            34,
            "15:05",
            _ADA,
            logs(
                Nature.PARTNERSHIP,
                "The health and social care partnership has met twice in a year. Its pooled budget is "
                "overspent and each partner counts the overspend as the other's.",
                "A regional meeting",
                "",
                "",
                service="Adult social care",
            ),
        ),
        Step(
            33,
            "10:15",
            _RAVI,
            triages(
                facts(
                    Nature.PARTNERSHIP, Scenario.PARTNERSHIP_MISSING_TARGETS, acknowledged=_YES, willing=_YES
                ),
                Route.RIEP_FACILITATED,
            ),
        ),
        Step(33, "10:40", _RAVI, hands_to_riep(_NOOR, agree_by=26)),
        Step(
            29,
            "11:35",
            _NOOR,
            agrees_way_forward(
                "Celia Nuttall, chief executive, and the two hospital trusts",
                "An independent chair for six months, paid by the RIEP, and a joint plan by the end of the quarter.",
                next_on=14,
            ),
        ),
        Step(
            14,
            "16:30",
            _ADA,
            does(
                DutyKind.FOLLOW_UP,
                "The chair has begun. Three meetings so far, all partners there. The plan is agreed and costed.",
                next_on=4,
            ),
        ),
        Step(
            14,
            "16:50",
            _RAVI,
            agrees_plan(
                "Celia Nuttall, chief executive, for all partners",
                "The pooled budget balances by the end of the year, and each partner knows its share.",
                45_000,
                (
                    "Agree how the overspend is shared",
                    "Owen Farrar, finance",
                    "Share agreed by each partner",
                    "All four",
                    2,
                ),
                (
                    "One team plans discharges from hospital",
                    "Ruth Appleyard, adult social care",
                    "Days in hospital after somebody is fit to leave",
                    "Below 3",
                    -20,
                ),
                (
                    "Publish the partnership's figures each quarter",
                    "Owen Farrar, finance",
                    "Quarters published on time",
                    "4 of 4",
                    -40,
                ),
            ),
        ),
        Step(
            5,
            "10:20",
            _NOOR,
            records_plan_progress(1, ActionState.UNDER_WAY, "Two wards have begun. The third in spring."),
        ),
        Step(
            4,
            "12:00",
            _ADA,
            does(DutyKind.FOLLOW_UP, "The RIEP has paid the first part of the plan.", next_on=-15),
        ),
        Step(
            3,
            "15:15",
            _RAVI,
            reviews_plan(
                True,
                "The plan is in place and two of its three actions are under way. The share of the overspend is "
                "the hard one.",
                (ActionState.UNDER_WAY, "Three of four partners agree."),
                (ActionState.UNDER_WAY, "Days in hospital fell from 7 to 5."),
                (ActionState.NOT_STARTED, ""),
            ),
        ),
        Step(
            2,
            "13:10",
            _CARYS,
            proposes_team(
                Wanted(
                    -15, -40, 2, councillors=1, officers=4, specialists=0, themes=frozenset({Theme.FINANCE})
                ),
                "Janet Overbury",
                "Nadia Rostami",
                "Malcolm Reeve",
                "Colin Aldershaw",
                "Idris Vaughan",
                "Trevor Maddison",
            ),
        ),
        Step(2, "13:30", _CARYS, asks(1, "Colin Aldershaw")),
        Step(
            2,
            "13:35",
            _CARYS,
            asks(-5, "Janet Overbury", "Nadia Rostami", "Malcolm Reeve", "Idris Vaughan", "Trevor Maddison"),
        ),
        Step(1, "10:30", _CARYS, writes_down(_YES_TO_COME, "Janet Overbury", "Nadia Rostami")),
        Step(1, "10:40", _CARYS, confirms("Janet Overbury")),
        Step(1, "11:20", _CARYS, writes_down(_NO_TO_COME, "Trevor Maddison")),
        Step(1, "14:05", _CARYS, writes_down(_YES_WITH_AN_INTEREST, "Idris Vaughan")),
    ),
)

STORIES = (OFFER_WAITING, OFFER_ACCEPTED, OFFER_LAPSED, UNDER_REVIEW)
"""All of them in the first region."""
