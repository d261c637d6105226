"""The demo's stories that have just begun: logged, triaged, in dialogue, brokered, at risk, and in another region."""

from clearinghouse.casework.demo.acts import (
    facts,
    hands_over,
    logs,
    refers_at_once,
    said,
    talks,
    triages,
)
from clearinghouse.casework.demo.stage import Step, Story
from clearinghouse.casework.demo.way_forward import asks, brokers, tries_to_tell_source
from clearinghouse.casework.escalation.risk import NewRiskReferral
from clearinghouse.protocol.brokerage import BrokerageOutcome, BrokeredWith
from clearinghouse.protocol.telling import ToldHow
from clearinghouse.protocol.vocabulary import (
    Audience,
    Body,
    Capacity,
    KnownAnswer,
    Nature,
    Route,
    Scenario,
)

_ADA, _BEN, _RAVI, _GRACE = "Ada Okafor", "Ben Carver", "Ravi Singh", "Grace Whitlock"
_TOM, _HELEN = "Tom Ellery", "Helen Marsh"
_YES, _NO = KnownAnswer.YES, KnownAnswer.NO

LOGGED = Story(
    "logged",
    "Ormsgate Borough Council",
    (
        Step(
            0,
            "09:15",
            _ADA,
            logs(
                Nature.SERVICE,
                "Repairs to council homes take three times as long as a year ago. The contract was let again in "
                "spring and nobody seems to own it. Tenants have stopped reporting, so the figures look better "
                "than they are. The portfolio holder hears only the figures.",
                "A telephone call this morning",
                "Maureen Tipping",
                "Chair of the tenants' panel",
                service="Housing repairs",
                source_contact="mornings, by telephone",
            ),
        ),
    ),
)

TRIAGED = Story(
    "triaged",
    "Pellmouth Borough Council",
    (
        Step(
            6,
            "11:20",
            _BEN,
            logs(
                Nature.SERVICE,
                "Planning applications wait for months and two in five appeals are lost. Members of the committee "
                "often go against their officers' advice and no reasons are minuted.",
                "A conversation after a regional event",
                "",
                "",
                service="Planning",
            ),
        ),
        Step(
            5,
            "14:05",
            _RAVI,
            triages(
                facts(Nature.SERVICE, Scenario.SERVICE_WEAKNESS, "Planning"),
                Route.CONFIDENTIAL_DIALOGUE,
            ),
        ),
    ),
)

IN_DIALOGUE = Story(
    "in_dialogue",
    "Westmere County Council",
    (
        Step(
            9,
            "16:40",
            _ADA,
            logs(
                Nature.LEADER_AND_CHIEF_EXECUTIVE,
                "The leader and the chief executive no longer meet without others in the room. Instructions reach "
                "directors twice and differ. Two directors are looking for other posts.",
                "A telephone call",
                "R. Penhallow",
                "Director at the council",
                source_contact="own mobile, evenings only",
                contactable=True,
            ),
        ),
        Step(
            8,
            "10:10",
            _RAVI,
            triages(
                facts(
                    Nature.LEADER_AND_CHIEF_EXECUTIVE,
                    Scenario.LEADER_AND_CHIEF_EXECUTIVE_BREAKDOWN,
                    known_to_regulator=_NO,
                ),
                Route.CONFIDENTIAL_DIALOGUE,
            ),
        ),
        Step(
            6,
            "15:30",
            _ADA,
            talks(
                "Councillor Edith Rowbotham",
                {Capacity.DEPUTY},
                said("Left word twice with the deputy leader's office; no call back by the end of the day."),
                held=False,
            ),
        ),
        Step(
            4,
            "18:20",
            _ADA,
            tries_to_tell_source(ToldHow.TELEPHONE, "No answer, and no message left.", again_on=-2),
        ),
        Step(
            3,
            "12:25",
            _ADA,
            talks(
                "Councillor Edith Rowbotham and Councillor Faisal Merrick",
                {Capacity.DEPUTY, Capacity.GROUP_LEADER},
                said(
                    "Both know. It began with the budget and has become personal. Neither wants it public before "
                    "the annual meeting.",
                ),
                said(
                    "They would welcome somebody from another county whom both can trust, to talk to each alone.",
                    Audience.RIEP,
                    consents=_YES,
                ),
            ),
        ),
    ),
)

BROKERED = Story(
    "brokered",
    "Westmere Fire and Rescue Authority",
    (
        Step(
            13,
            "09:50",
            _ADA,
            logs(
                Nature.POLITICAL,
                "The two largest groups have voted down every plan for the control room since summer, each the "
                "other's. Officers have stopped bringing papers. The money set aside lapses with the year.",
                "A meeting of treasurers",
                "Anil Deshmukh",
                "Treasurer",
            ),
        ),
        Step(
            12,
            "11:30",
            _RAVI,
            triages(
                facts(
                    Nature.POLITICAL,
                    Scenario.PROBLEMATIC_POLITICAL_LEADERSHIP,
                    acknowledged=_YES,
                    willing=_NO,
                    critical_and_hard=_YES,
                ),
                Route.POLITICAL_BROKERAGE,
            ),
        ),
        Step(
            12,
            "11:40",
            _RAVI,
            asks(
                _GRACE,
                "Bring the leaders of the two largest groups to one table, through the improvement boards of their "
                "own groups, before the money for the control room lapses.",
                by=5,
            ),
        ),
        Step(12, "11:45", _RAVI, hands_over(_GRACE)),
        Step(
            4,
            "17:10",
            _GRACE,
            talks(
                "Councillor Dorothy Stannard, then Councillor Kit Hargreave",
                {Capacity.GROUP_LEADER},
                said("Each would move if the other moved first. Neither has asked the other since July."),
                said(
                    "Both agree to sit down with a councillor of each group from another authority.",
                    Audience.MEETING,
                    Audience.RIEP,
                ),
            ),
        ),
        Step(
            4,
            "17:25",
            _GRACE,
            brokers(
                {BrokeredWith.GROUP_LEADERS, BrokeredWith.IMPROVEMENT_BOARD},
                "Councillor Dorothy Stannard and Councillor Kit Hargreave",
                "Both group leaders spoken to, and two councillors asked to sit down with them.",
                BrokerageOutcome.GOES_ON,
                next_on=-4,
            ),
        ),
    ),
)


AT_RISK = Story(
    "at_risk",
    "Westmere County Council",
    (
        Step(
            2,
            "16:15",
            _ADA,
            logs(
                Nature.SERVICE,
                "Children at one of the council's homes say that a member of the night staff locks them in. Two "
                "told a visiting teacher the same on different days. The manager was told last week.",
                "A telephone call",
                "Philippa Dunmore",
                "Teacher who visits the home",
                service="Children's services",
                people_at_risk=True,
            ),
        ),
        Step(
            1,
            "09:05",
            _RAVI,
            triages(
                facts(
                    Nature.SERVICE,
                    Scenario.SERIOUS_ADVERSE_INCIDENT,
                    "Children's services",
                    risk_of_harm=_YES,
                    legal_duty_to_refer=_YES,
                    serious_adverse_incident=_YES,
                ),
                Route.IMMEDIATE_REFERRAL,
            ),
        ),
        Step(
            1,
            "09:30",
            _ADA,
            refers_at_once(
                lambda moment: NewRiskReferral(
                    Body.OTHER,
                    "The duty officer of the children's inspectorate",
                    moment.world.today,
                    "Two children say independently that they are locked in at night, and the home's manager has "
                    "known for a week.",
                    "Talking to the council first would leave children where they are for another night.",
                )
            ),
        ),
    ),
)

OTHER_REGION_LOGGED = Story(
    "other_region_logged",
    "Sandhaven City Council",
    (
        Step(
            5,
            "15:55",
            _TOM,
            logs(
                Nature.SERVICE,
                "The benefits backlog has passed nine thousand. Landlords have begun to refuse tenants who wait.",
                "A telephone call",
                "",
                "",
                service="Housing benefit",
            ),
        ),
    ),
)

OTHER_REGION_IN_DIALOGUE = Story(
    "other_region_in_dialogue",
    "Weldshire County Council",
    (
        Step(
            10,
            "11:40",
            _TOM,
            logs(
                Nature.PARTNERSHIP,
                "The county and its districts will miss the recycling target by half. Each reports to its own "
                "cabinet that the others are late.",
                "The minutes of the waste partnership",
                "",
                "",
                service="Waste",
            ),
        ),
        Step(
            9,
            "09:55",
            _HELEN,
            triages(
                facts(Nature.PARTNERSHIP, Scenario.PARTNERSHIP_MISSING_TARGETS, "Waste"),
                Route.CONFIDENTIAL_DIALOGUE,
            ),
        ),
        Step(
            4,
            "14:20",
            _TOM,
            talks(
                "Councillor Audrey Pennycook and Tobias Wray",
                {Capacity.LEADER, Capacity.CHIEF_EXECUTIVE},
                said(
                    "The county would accept somebody independent in the chair.",
                    Audience.RIEP,
                    Audience.MEETING,
                ),
            ),
        ),
    ),
)

STORIES = (
    LOGGED,
    TRIAGED,
    IN_DIALOGUE,
    BROKERED,
    AT_RISK,
    OTHER_REGION_LOGGED,
    OTHER_REGION_IN_DIALOGUE,
)
"""In the order of their steps; two of them are another region's."""
