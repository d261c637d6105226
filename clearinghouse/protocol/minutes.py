"""The minutes of a meeting: a separate one for each party, and what each may hold."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from clearinghouse.protocol.say_to_whom import may_tell
from clearinghouse.protocol.verdict import Missing, Verdict, blocked
from clearinghouse.protocol.vocabulary import (
    Attendance,
    Audience,
    Body,
    Capacity,
    KnownAnswer,
    SourceConsent,
    Worded,
)


class MinuteParty(Worded):
    """Whom a minute is for: one body, or everybody who attended."""

    AUTHORITY = "authority", "The council"
    RIEP = "riep", "The RIEP"
    AUDIT_COMMISSION = "audit_commission", "The Audit Commission"
    GOVERNMENT_OFFICE = "government_office", "The Government Office"
    DEPARTMENT = "department", "The government department"
    IDEA = "idea", "IDeA"
    LGA = "lga", "The LGA"
    OTHER = "other", "Another body"
    EVERYBODY = "everybody", "Everybody who attended"

    @property
    def body(self) -> Body | None:
        """The body that it is, None for everybody."""
        return None if self is MinuteParty.EVERYBODY else Body(self.value)


ONE_OF_ITS_KIND = frozenset(MinuteParty) - {MinuteParty.DEPARTMENT, MinuteParty.OTHER}
"""Two departments, or two other bodies, are two parties; two people of the Audit Commission are one."""

_HEARS: Mapping[MinuteParty, Audience] = MappingProxyType(
    {
        MinuteParty.RIEP: Audience.RIEP,
        MinuteParty.AUDIT_COMMISSION: Audience.REGULATOR,
        MinuteParty.GOVERNMENT_OFFICE: Audience.REGULATOR,
        MinuteParty.DEPARTMENT: Audience.REGULATOR,
    }
)
_IN_THE_COUNCIL: Mapping[Capacity, Audience] = MappingProxyType(
    {Capacity.LEADER: Audience.LEADER, Capacity.CHIEF_EXECUTIVE: Audience.CHIEF_EXECUTIVE}
)


@dataclass(frozen=True)
class Present:
    """A body that was asked to the meeting, in what capacity of the authority, and whether it came.

    `name` is the row that tells two bodies of one kind apart.
    """

    body: Body
    attendance: Attendance
    capacity: Capacity | None = None
    name: str = ""

    @property
    def attended(self) -> bool:
        """Whether they came, and so heard what was said."""
        return self.attendance is Attendance.ATTENDED


@dataclass(frozen=True)
class MinuteFor:
    """Whom a minute goes to. `recipients` says who of the council; `name` which of several bodies of one kind."""

    party: MinuteParty
    recipients: frozenset[Capacity] = field(default_factory=frozenset)
    name: str = ""


@dataclass(frozen=True)
class Said:
    """A passage, as far as it decides who may be told it."""

    audiences: frozenset[Audience]
    consent: KnownAnswer | SourceConsent


def may_go_to(
    minute: MinuteFor, present: Collection[Present], about: Collection[Capacity] = frozenset()
) -> Verdict:
    """Whether a minute may go there at all: never to anybody whom the concern is about (§23, §24, §28).

    A council's minute names who of the council gets it: its leader, its chief executive, or whoever attended for it.
    A minute for everybody goes to none where somebody whom the concern is about attended; somebody of the authority
    whose capacity was not recorded may be that person. A body that was not asked gets none, but for the council
    itself and the RIEP, to which outcome B refers.
    """
    missing: list[Missing] = []
    if minute.party is MinuteParty.AUTHORITY:
        addressable = set(_IN_THE_COUNCIL) | _came_as(present)
        if not minute.recipients:
            missing.append(Missing.MINUTE_FOR_NOBODY)
        if not minute.recipients <= addressable:
            missing.append(Missing.MINUTE_NOT_A_PARTY)
        if minute.recipients & set(about):
            missing.append(Missing.MINUTE_FOR_SOMEONE_CONCERNED)
    elif minute.party is MinuteParty.EVERYBODY:
        of_the_council = [each for each in present if each.attended and each.body is Body.AUTHORITY]
        if not any(each.attended for each in present):
            missing.append(Missing.MINUTE_FOR_NOBODY)
        if about and any(each.capacity is None or each.capacity in about for each in of_the_council):
            missing.append(Missing.MINUTE_REACHES_SOMEONE_CONCERNED)
    elif minute.party is not MinuteParty.RIEP and not _own(minute, present):
        missing.append(Missing.MINUTE_NOT_A_PARTY)
    return blocked(*missing)


def may_hold(passage: Said, minute: MinuteFor, present: Collection[Present]) -> bool:
    """Whether a minute may hold a passage: only where every one of those it goes to may be told it (§19, §22, §23).

    "The meeting" is those who attended, and nobody who stayed away. The regulator is the Audit Commission, the
    Government Office or a department. A minute for everybody holds what the meeting may be told, and no more.
    """

    def told(audience: Audience) -> bool:
        return may_tell(passage.audiences, passage.consent, audience)

    if minute.party is MinuteParty.EVERYBODY:
        return told(Audience.MEETING)
    if minute.party is MinuteParty.AUTHORITY:
        came = _came_as(present)
        return bool(minute.recipients) and all(
            (capacity in _IN_THE_COUNCIL and told(_IN_THE_COUNCIL[capacity]))
            or (capacity in came and told(Audience.MEETING))
            for capacity in minute.recipients
        )
    heard = any(each.attended for each in _own(minute, present))
    named = minute.party in _HEARS and told(_HEARS[minute.party])
    return named or (heard and told(Audience.MEETING))


def may_hold_position(of: Present, minute: MinuteFor, present: Collection[Present]) -> bool:
    """Whether a minute may hold the position of this attendee: the party's own, and nobody else's (§22).

    Of the council's own, what each of those it goes to said themselves, or heard at the meeting.
    """
    if minute.party is not MinuteParty.AUTHORITY:
        return of in _own(minute, present)
    if of.body is not Body.AUTHORITY or not minute.recipients:
        return False
    came = _came_as(present)
    return all(
        capacity is of.capacity or (of.attended and capacity in came) for capacity in minute.recipients
    )


def _own(minute: MinuteFor, present: Collection[Present]) -> list[Present]:
    """Those who were asked for the party."""
    return [
        each
        for each in present
        if each.body is minute.party.body and (minute.party in ONE_OF_ITS_KIND or each.name == minute.name)
    ]


def _came_as(present: Collection[Present]) -> frozenset[Capacity]:
    """In what capacities somebody of the council attended."""
    return frozenset(
        each.capacity for each in present if each.attended and each.body is Body.AUTHORITY and each.capacity
    )
