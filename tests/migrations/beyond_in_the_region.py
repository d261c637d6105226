"""What is done in a region beyond what the demo tells: taken back, put off, finished, and shown to a regulator."""

from datetime import timedelta
from uuid import UUID

from clearinghouse.access.roles import Actor, Region
from clearinghouse.casework.packs.preparing import approve_pack
from clearinghouse.casework.packs.views import packs
from clearinghouse.casework.regional.actions import actions_due, finish_action
from clearinghouse.casework.regional.commitments import (
    NewCommitment,
    record_commitment,
    withdraw_commitment,
)
from clearinghouse.casework.regional.deciding import HeldRoundTable, NewDecision, record_round_table
from clearinghouse.casework.regional.round_tables import plan_round_table, round_table_page
from clearinghouse.casework.regional.signals import NewSignal, record_signal, withdraw_signal
from clearinghouse.casework.register.succession import (
    decline_succession,
    pending_successions,
    succession_question,
)
from clearinghouse.casework.world import World
from clearinghouse.protocol.commitments import CommitmentKind
from clearinghouse.protocol.round_table import Decision, Party
from clearinghouse.protocol.signals import Direction, SignalKind, SignalTheme
from clearinghouse.protocol.vocabulary import Body

MONTH = timedelta(days=30)


def mistakes_are_withdrawn(world: World, lead: Actor, council: UUID) -> None:
    """A signal and a commitment were written down for the wrong council."""
    signal = NewSignal(
        council,
        SignalKind.TALK,
        SignalTheme.FINANCE,
        world.today,
        Body.IDEA,
        direction=Direction.WORSE,
        words="The treasurer leaves.",
    )
    withdraw_signal(world, lead, record_signal(world, lead, signal), "It is the county's treasurer.")
    signed = NewCommitment(council, CommitmentKind.STATEMENT, world.today - MONTH, "Signed by the leader.")
    withdraw_commitment(world, lead, record_commitment(world, lead, signed), "It was the county's leader.")


def round_table_is_noted(world: World, lead: Actor, region: Region) -> None:
    """Today's round table puts everything off, and its note says why."""
    table = plan_round_table(world, lead, region, world.today)
    items = round_table_page(world, lead, table).items
    put_off = {item.key: NewDecision(Decision.DEFERRED) for item in items}
    parties = (Party.CHIEF_EXECUTIVES, Party.RIEP)
    held = HeldRoundTable(world.today, parties, put_off, "Too few came.", world.today + MONTH)
    record_round_table(world, lead, table, None, held)


def action_is_done(world: World, officer: Actor) -> None:
    """What an earlier round table asked for is done."""
    finish_action(world, officer, actions_due(world, officer)[0].id, "Fourteen came, from nine councils.")


def succession_is_put_off(world: World, lead: Actor) -> None:
    """A case stays under the name of the council that was replaced, for now."""
    case_id = pending_successions(world, lead)[0].case.id
    council = succession_question(world, lead, case_id).council_id
    assert council is not None
    again_on = world.today + MONTH
    decline_succession(world, lead, case_id, None, council, "The new council asks for time.", again_on)


def pack_is_approved(world: World, approver: Actor) -> None:
    """The pack that the demo prepared is approved; the clock builds it."""
    pack = packs(world, approver)[0]
    approve_pack(world, approver, pack.id, 1)
