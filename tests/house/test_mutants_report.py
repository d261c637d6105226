"""The page of mutants that live is read as it is written, and speaks of rules that are there."""

from pathlib import Path

import mutants_report as report

CHECKOUT = Path(__file__).parents[2]
ROOMS = ("protocol", "access", "vault", "records")
NAME = "clearinghouse.protocol.dialogue.xǁDialogueǁdone__mutmut_3"
DIFF = """\
--- clearinghouse/protocol/dialogue.py
+++ clearinghouse/protocol/dialogue.py
@@ -1,3 +1,3 @@
 def done(self):
-    return self.days >= 2
+    return self.days > 2
"""


def test_a_mutant_is_told_by_its_rule_and_its_lines() -> None:
    """Wrong if an explanation were lost with the next change that numbers the mutants anew."""
    told = report.change(NAME, DIFF)
    assert told == ("dialogue.Dialogue.done", "return self.days >= 2", "return self.days > 2")
    line = "- `dialogue.Dialogue.done`: `return self.days >= 2` becomes `return self.days > 2`"
    assert report.explanations(f"# Some\n\n{line}\n") == {told}
    assert report.explanations("- `a.b`: `left()` becomes nothing\n") == {("a.b", "left()", "")}


def test_what_the_tests_noticed_is_counted_by_module() -> None:
    """Wrong if a mutant that lives, or that no test touches, counted as killed."""
    listed = f"    {NAME}: survived\n    {NAME[:-1]}4: killed\n    {NAME[:-1]}5: timeout\n    {NAME[:-1]}6: no tests\n"
    found = report.results(listed)
    assert report.table(found).splitlines()[-1].split() == ["all", "4", "2", "1", "1", "0", "50.0"]
    assert report.per_cent(found.values()) == 50


def test_every_explained_mutant_changes_a_line_that_is_there() -> None:
    """Wrong if the page explained what nobody can find any more."""
    explained = report.explanations((CHECKOUT / "docs" / "mutants.md").read_text(encoding="utf-8"))
    assert explained
    for rule, before, _ in explained:
        module = f"{rule.partition('.')[0]}.py"
        files = [CHECKOUT / "clearinghouse" / room / module for room in ROOMS]
        sources = [" ".join(file.read_text(encoding="utf-8").split()) for file in files if file.exists()]
        assert any(" ".join(before.split()) in source for source in sources), f"{rule}: {before}"
