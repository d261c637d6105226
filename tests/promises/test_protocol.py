"""The short form of the stateful test of the whole protocol; `scripts/promises` runs the long one."""

from tests.promises.protocol_machine import run_machine

AT_LEAST = 200


def test_whatever_staff_do_the_protocol_holds() -> None:
    """A case between stools, a referral without its gate, a finding that its events deny, or silence forgotten."""
    tally = run_machine(AT_LEAST, first_seed=3, examples=4, length=50)
    print(f"{tally.steps} steps, {len(tally.done)} verbs, {len(tally.events)} kinds of event")
    assert tally.steps >= AT_LEAST
    for verb in ("record_conversation", "record_meeting", "record_escalation"):
        assert tally.done[verb], f"no {verb}: the steps prove nothing"
