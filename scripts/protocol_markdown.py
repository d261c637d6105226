"""How a rule becomes Markdown: its docstring as English, its verdicts as tables, its conditions as words."""

import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product

LINE = 120
OURS = "ours"

Value = object
Box = dict[str, tuple[Value, ...]]

CITATION = re.compile(r" ?\((?=[^()]*(?:§|ours|design))([^()]*)\)")
PARAGRAPH = re.compile(r"§\d+[a-z]?(?: to §\d+[a-z]?)?")


def paragraphs(text: str) -> str:
    """The paragraphs that a docstring cites, or that the rule is the program's own."""
    cited = dict.fromkeys(PARAGRAPH.findall(" ".join(CITATION.findall(text))))
    return ", ".join(cited) or OURS


def english(source: object) -> str:
    """What a docstring says, without its citations and without what it raises."""
    text = CITATION.sub("", inspect.getdoc(source) or "")
    sentences = re.split(r"(?<=[.;:])\s+", " ".join(text.split()))
    return " ".join(sentence for sentence in sentences if not sentence.startswith("Raises "))


def prose(text: str) -> str:
    """A paragraph of the page, folded."""
    return textwrap.fill(text, LINE, break_long_words=False, break_on_hyphens=False) + "\n"


def rule(function: Callable[..., object]) -> str:
    """One rule: its paragraphs, where it stands in the program, and its docstring."""
    module = function.__module__.rpartition(".")[2]
    return prose(
        f"**{paragraphs(function.__doc__ or '')}** – {english(function)} (`{module}.{function.__name__}`)"
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table of the page."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(str(cell).replace('|', '/') for cell in line)} |\n" for line in lines)


def grid(
    corner: str, rows: Mapping[str, Value], columns: Mapping[str, Value], cell: Callable[..., object]
) -> str:
    """A truth table of two facts: `cell` is called for each pair of their values."""
    heads = [corner, *columns]
    return table(
        heads, ([name, *(cell(row, column) for column in columns.values())] for name, row in rows.items())
    )


def yes(value: bool) -> str:
    """A truth value in words."""
    return "yes" if value else "no"


class Watch:
    """Stands in for facts and notes which of them a rule looks at."""

    def __init__(self, facts: Mapping[str, Value], seen: set[str]) -> None:
        self._facts = facts
        self._seen = seen

    def __getattr__(self, name: str) -> Value:
        """Note the name and hand out the fact."""
        self._seen.add(name)
        return self._facts[name]


def where(applies: Callable[..., bool], domains: Mapping[str, Sequence[Value]]) -> list[Box]:
    """When a rule applies, tried over every value of each fact that it looks at: boxes, any of which is enough.

    A box holds the values of each fact that matters in it; one empty box means always.
    """
    names: list[str] = []
    while True:
        seen: set[str] = set(names)
        true: list[tuple[Value, ...]] = []
        for point in product(*(domains[name] for name in names)):
            facts = {name: values[0] for name, values in domains.items()} | dict(
                zip(names, point, strict=True)
            )
            if applies(Watch(facts, seen)):
                true.append(point)
        if seen == set(names):
            return _boxes(true, {name: domains[name] for name in names})
        names = [name for name in domains if name in seen]


def _boxes(true: Sequence[tuple[Value, ...]], domains: Mapping[str, Sequence[Value]]) -> list[Box]:
    holds, covered, boxes = set(true), set[tuple[Value, ...]](), list[Box]()
    for point in true:
        if point in covered:
            continue
        box: list[tuple[Value, ...]] = [(value,) for value in point]
        for place, domain in enumerate(domains.values()):
            for value in domain:
                wider = [*box[:place], (*box[place], value), *box[place + 1 :]]
                if value not in box[place] and holds.issuperset(product(*wider)):
                    box = wider
        covered.update(product(*box))
        boxes.append(
            {
                name: values
                for (name, domain), values in zip(domains.items(), box, strict=True)
                if len(values) < len(domain)
            }
        )
    return boxes
