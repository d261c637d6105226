"""The section of docs/protocol.md about a team's members: who may be asked, what an answer does, who is confirmed."""

from datetime import timedelta

from protocol_case import DAY, TODAY
from protocol_markdown import english, prose, rule, table

from clearinghouse.protocol import invitations
from clearinghouse.protocol.conflicts import Conflict, Effect, Rule
from clearinghouse.protocol.invitations import InvitationState

_FIRST = TODAY + timedelta(days=14)
_ANSWER_BY = TODAY + timedelta(days=7)
_BLOCK = Conflict(Rule.SUSPENDED, Effect.BLOCKED, "Accreditation is suspended.")
_WARNING = Conflict(Rule.NEIGHBOUR, Effect.WARNING, "Belongs to a neighbouring council.")
_DAYS = Conflict(Rule.DAYS_USED_UP, Effect.BLOCKED, "Has used all of the days offered this year.")


def _allowed(asking: invitations.Asking) -> str:
    return "yes" if asking.allowed else f"no: {' '.join(asking.reasons)}"


def _against() -> str:
    key = frozenset({_WARNING.key})
    rows = (
        ("nothing", invitations.against((), ())),
        ("a block", invitations.against((_BLOCK,), ())),
        ("the block “accepted”", invitations.against((_BLOCK,), {_BLOCK.key})),
        ("a warning", invitations.against((_WARNING,), ())),
        ("the warning, accepted by a lead", invitations.against((_WARNING,), key)),
        ("a block, once the team was sent", invitations.against((_BLOCK,), (), sent=True)),
        ("a warning, once the team was sent", invitations.against((_WARNING,), (), sent=True)),
        ("days used up, once the team was sent", invitations.against((_DAYS,), (), sent=True)),
    )
    return table(
        ("found", "keeps the member out"),
        ((found, " ".join(each.words for each in said) or "no") for found, said in rows),
    )


def _states() -> str:
    rows = []
    for state in (None, *InvitationState):
        ask = invitations.may_ask(state, _FIRST, _ANSWER_BY, (), TODAY)
        confirm = invitations.may_confirm(state, ())
        rows.append((state.words if state else "Not asked yet", _allowed(ask), _allowed(confirm)))
    rows.append(
        (
            "Accepted, and suspended since",
            _allowed(invitations.may_ask(InvitationState.ACCEPTED, _FIRST, _ANSWER_BY, (_BLOCK,), TODAY)),
            _allowed(invitations.may_confirm(InvitationState.ACCEPTED, (_BLOCK,))),
        )
    )
    return table(("the member", "may be asked", "may be confirmed"), rows)


def _dates() -> str:
    rows = (
        ("in a week, for days in two weeks", _FIRST, _ANSWER_BY),
        ("today", _FIRST, TODAY),
        ("yesterday", _FIRST, TODAY - DAY),
        ("on the first day of the work", _FIRST, _FIRST),
        ("the day after it", _FIRST, _FIRST + DAY),
        ("today, for days that began yesterday", TODAY - DAY, TODAY),
    )
    return table(
        ("to answer", "may be asked"),
        ((words, _allowed(invitations.may_ask(None, first, by, (), TODAY))) for words, first, by in rows),
    )


def _answers() -> str:
    found = (("nothing", ()), ("a warning", (_WARNING,)), ("a block", (_BLOCK,)))
    return table(
        ("what has come up since they were asked", "a yes makes them"),
        ((words, invitations.answered_yes(each).words) for words, each in found),
    )


def _passes() -> str:
    states = (InvitationState.ASKED, InvitationState.ACCEPTED)
    days = (("the day before", DAY), ("on the day", timedelta()), ("the day after", -DAY))
    return table(
        ("the member", *(words for words, _ in days)),
        (
            (
                state.words,
                *(
                    "place open" if invitations.has_let_pass(state, TODAY + ahead, TODAY) else "-"
                    for _, ahead in days
                ),
            )
            for state in states
        ),
    )


def invitations_section() -> str:
    """Who may be asked and confirmed, and what an answer, or none, does."""
    return "\n".join(
        (
            "## Peers: invitations\n",
            rule(invitations.against),
            _against(),
            rule(invitations.may_ask),
            rule(invitations.may_confirm),
            _states(),
            _dates(),
            rule(invitations.usual_answer_by),
            rule(invitations.answered_yes),
            _answers(),
            rule(invitations.has_let_pass),
            _passes(),
            prose(english(invitations.InterestKind)),
            table(
                ("kind", "in the peer’s words"),
                ((each.value, each.words) for each in invitations.InterestKind),
            ),
        )
    )
