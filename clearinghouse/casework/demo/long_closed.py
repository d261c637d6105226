"""The demo's story of a case closed some time ago: who raised it is due for review before it is destroyed."""

from clearinghouse.casework.closing import Learning
from clearinghouse.casework.demo.acts import closes, facts, logs, said, talks, triages
from clearinghouse.casework.demo.stage import Step, Story
from clearinghouse.protocol.vocabulary import Audience, Capacity, ClosingOutcome, Nature, Route, Scenario

_ADA, _RAVI = "Ada Okafor", "Ravi Singh"

_STORY = Story(
    "long closed",
    "Westmere Fire and Rescue Authority",
    (
        Step(
            58,
            "10:15",
            _ADA,
            logs(
                Nature.CORPORATE,
                "Training for new crews is said to be paid for and not given.",
                "A telephone call",
                "Winifred Tarn",
                "Former instructor",
                source_contact="01632 960 118",
                contactable=False,
            ),
        ),
        Step(
            57,
            "09:50",
            _RAVI,
            triages(facts(Nature.CORPORATE, Scenario.FINANCES_AND_CULTURE), Route.CONFIDENTIAL_DIALOGUE),
        ),
        Step(
            52,
            "11:30",
            _ADA,
            talks(
                "Malcolm Sedge",
                {Capacity.CHIEF_EXECUTIVE},
                said("Showed the training records: every course was held, and who came.", Audience.NOBODY),
            ),
        ),
        Step(
            30,
            "15:20",
            _RAVI,
            closes(
                ClosingOutcome.UNFOUNDED,
                "The training records show every course, and who came.",
                Learning("Ask for the training records first."),
            ),
        ),
    ),
)

STORIES = (_STORY,)
