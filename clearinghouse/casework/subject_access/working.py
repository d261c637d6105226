"""What a part holds while it is prepared: where each passage lies and how it was marked, kept sealed as one value."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from clearinghouse.records.subject_access import PartKind, SubjectPart


class Mark(StrEnum):
    """What becomes of a passage."""

    INCLUDE = "include"
    WITHHOLD = "withhold"

    @property
    def words(self) -> str:
        """The mark as screens name it."""
        return {"include": "Give it to them", "withhold": "Hold it back"}[self.value]


class Ground(StrEnum):
    """Why a passage is held back: the law's grounds that can arise here, and no other (DPA 2018)."""

    NOT_THEM = "not-them"
    SOURCE = "source"
    OTHERS = "others"
    CHILDREN = "children"
    HARM = "harm"
    REGULATORY = "regulatory"
    CRIME = "crime"
    NEGOTIATION = "negotiation"
    PRIVILEGE = "privilege"

    @property
    def words(self) -> str:
        """The ground as screens name it."""
        return {
            "not-them": "It is not about them",
            "source": "It would show who spoke to us in confidence (schedule 2, paragraph 16)",
            "others": "It cannot be told apart from what is about somebody else (schedule 2, paragraph 16)",
            "children": "It would put a child or an adult at risk (schedule 3)",
            "harm": "It would be likely to harm somebody’s health (schedule 3)",
            "regulatory": "It would prejudice the work of a regulator, or protecting the public (schedule 2, part 2)",
            "crime": "It would prejudice preventing or detecting a crime (schedule 2, paragraph 2)",
            "negotiation": "It would prejudice talks with them that are not over (schedule 2, paragraph 23)",
            "privilege": "It is legal advice (schedule 2, paragraph 19)",
        }[self.value]


@dataclass(frozen=True)
class Kept:
    """One passage as the part keeps it. `place` is column and row; `digest` is of the text that was marked.

    `case` is None for what lies on no case. `mark` is None until somebody has decided.
    """

    place: str
    digest: str
    case: UUID | None = None
    mark: Mark | None = None
    ground: Ground | None = None
    black_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Working:
    """Everything that was found for a part, in the order in which it is shown."""

    found: tuple[Kept, ...] = ()
    concern: UUID | None = None

    @property
    def unmarked(self) -> int:
        """How many passages nobody has decided about."""
        return sum(each.mark is None for each in self.found)

    def with_found(self, found: Sequence[Kept]) -> "Working":
        """What was found anew; marks stay where the text is still the one that was marked."""
        marked = {(each.place, each.digest): each for each in self.found}
        return replace(self, found=tuple(marked.get((each.place, each.digest), each) for each in found))

    def with_mark(self, number: int, kept: Kept) -> "Working":
        """With one passage marked."""
        return replace(self, found=(*self.found[:number], kept, *self.found[number + 1 :]))


def read_working(part: SubjectPart) -> Working:
    """What the part holds; nothing where it was taken away."""
    text = part.source_working if part.kind is PartKind.SOURCE else part.working
    if not text:
        return Working()
    content = json.loads(text)
    return Working(
        tuple(
            Kept(
                each["place"],
                each["digest"],
                UUID(each["case"]) if each["case"] else None,
                Mark(each["mark"]) if each["mark"] else None,
                Ground(each["ground"]) if each["ground"] else None,
                tuple(each["black_out"]),
            )
            for each in content["found"]
        ),
        UUID(content["concern"]) if content["concern"] else None,
    )


def keep_working(part: SubjectPart, working: Working) -> None:
    """Seal what the part holds now, and count its version up."""
    text = json.dumps(asdict(working), default=str)
    if part.kind is PartKind.SOURCE:
        part.source_working = text
    else:
        part.working = text
    part.version += 1


def digest_of(text: str) -> str:
    """What a text is recognised by."""
    return sha256(text.encode()).hexdigest()
