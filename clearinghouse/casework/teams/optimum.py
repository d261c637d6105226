"""The best values of an integer programme, found and proven by HiGHS, which SciPy brings."""

from math import floor

from clearinghouse.casework.errors import InvariantBroken
from clearinghouse.protocol.programme import Programme

_SECONDS = 30.0
_INFEASIBLE = 2
_ROUNDING = 1e-3


def optimum(programme: Programme) -> tuple[int, ...] | None:
    """Values that keep every row and gain the most, proven; None where no values keep every row.

    The values are checked here in whole numbers, and the solver's bound shows that not one point more can be gained.
    Raises InvariantBroken where that was not to be proven in half a minute.
    """
    # Imported here alone, so that a process that never solves never loads it.
    import numpy as np  # noqa: PLC0415
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415
    from scipy.sparse import csr_array  # noqa: PLC0415

    if not programme.gains:
        return () if programme.admits(()) else None
    rows, places, weights = [], [], []
    for number, row in enumerate(programme.rows):
        for place, weight in row.terms:
            rows.append(number)
            places.append(place)
            weights.append(float(weight))
    size = (len(programme.rows), len(programme.gains))
    matrix = csr_array((weights, (rows, places)), shape=size)
    least = [-np.inf if row.least is None else float(row.least) for row in programme.rows]
    most = [np.inf if row.most is None else float(row.most) for row in programme.rows]
    found = milp(
        c=-np.asarray(programme.gains, dtype=float),
        integrality=np.ones(size[1], dtype=int),
        bounds=Bounds(np.asarray(programme.lowest, dtype=float), np.asarray(programme.highest, dtype=float)),
        constraints=LinearConstraint(matrix, np.asarray(least), np.asarray(most)),
        options={"mip_rel_gap": 0.0, "time_limit": _SECONDS, "presolve": True},
    )
    if found.status == _INFEASIBLE:
        return None
    if found.x is None:
        raise InvariantBroken(f"no team was found or ruled out: {found.message}")
    values = tuple(round(float(value)) for value in found.x)
    reachable = floor((-float(found.mip_dual_bound) + _ROUNDING) / programme.unit)
    if not programme.admits(values) or reachable > programme.gain(values) // programme.unit:
        raise InvariantBroken(f"the best team was not proven: {found.message}")
    return values
