"""The threat model names a test for each attempt of an administrator, and each of them is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
_NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def test_every_attempt_names_tests_that_are_there() -> None:
    """A test that was renamed or taken away would leave an attempt that nobody makes any more."""
    part = PAGE.split("## What an administrator alone has tried")[1].split("\n## ")[0]
    attempts = [line for line in part.splitlines() if line.startswith("| ")][1:]
    assert len(attempts) > 15
    assert [line for line in attempts if not line.startswith("| ---") and not _NAMED.search(line)] == []
    gone = [
        f"{path}::{test}"
        for path, test in _NAMED.findall(PAGE)
        if not (ROOT / path).exists()
        or (test and f"def {test}(" not in (ROOT / path).read_text(encoding="utf-8"))
    ]
    assert gone == []
