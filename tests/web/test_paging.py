"""The links of lists: they keep the filter, whatever somebody put into the address."""

from collections.abc import Callable

import pytest

from clearinghouse.access.roles import Role
from tests.web.visitors import Visitor


@pytest.mark.parametrize("path", ["/cases", "/peers"])
def test_names_that_mean_something_to_the_program_are_only_words(
    path: str, signed_in_as: Callable[..., Visitor]
) -> None:
    """An address with `endpoint` or `_scheme` in it would otherwise be an internal error."""
    answer = signed_in_as(Role.LEAD).get(f"{path}?endpoint=a&_scheme=b&_external=1&values=c")
    assert answer.status_code == 200
