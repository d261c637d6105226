"""How a promise has Hypothesis play stories against a state machine: rounds of them, until there were enough steps."""

from collections.abc import Callable

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test


def play(
    machine: type[RuleBasedStateMachine],
    is_enough: Callable[[], bool],
    first_seed: int,
    examples: int,
    length: int,
) -> None:
    """Play rounds of so many examples of that length, each round with the next seed. Fails with what broke."""
    given = settings(
        max_examples=examples,
        stateful_step_count=length,
        deadline=None,
        database=None,
        print_blob=True,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    number = first_seed
    while not is_enough():
        run_state_machine_as_test(seed(number)(machine), settings=given)
        number += 1
