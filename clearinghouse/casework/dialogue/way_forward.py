"""The tab of what was agreed beside the offer: with the RIEP, with politicians, and against a regulator."""

from dataclasses import dataclass
from uuid import UUID

from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_open
from clearinghouse.casework.dialogue.brokerage import BrokeragePage, brokerage_of, has_brokerage
from clearinghouse.casework.dialogue.riep import AgreementView, HandoverView, agreements_of, handovers_of
from clearinghouse.casework.escalation.advocacy import AdvocacyView, advocacies_of
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.world import World
from clearinghouse.records.sealed import Compartment


@dataclass(frozen=True)
class WayForward:
    """Everything on the tab, the latest first; `brokerage` is None where nothing was asked or talked of."""

    case: CaseHeader
    handovers: tuple[HandoverView, ...]
    agreements: tuple[AgreementView, ...]
    brokerage: BrokeragePage | None
    advocacies: tuple[AdvocacyView, ...]


def way_forward(world: World, actor: Actor, case_id: UUID) -> WayForward:
    """What was agreed on the case, for whoever may read it; that it was opened is in the ledger. Raises NotFound."""
    with world.unit_of_work(actor) as work:
        admitted = case_to_open(work, case_id, Compartment.MEETINGS)
        return WayForward(
            case=header_of(work, admitted),
            handovers=handovers_of(work, case_id),
            agreements=agreements_of(work, case_id),
            brokerage=brokerage_of(work, admitted) if has_brokerage(work, case_id) else None,
            advocacies=advocacies_of(work, case_id),
        )
