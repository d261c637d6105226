"""Reads every template and says where one breaks a rule of the house; the rules stand in RULES."""

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
    TemplateError,
    nodes,
)

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"

RULES = {
    "syntax": "the template does not compile",
    "missing": "a template or macro that is named does not exist",
    "unescaped": "`|safe`, Markup and autoescape blocks let text become markup",
    "style": "style attributes and elements are refused by the content security policy",
    "handler": "on… attributes and javascript: links are refused by the content security policy",
    "nonce": "a script with code in it needs nonce",
    "outside": "scripts, styles and pictures come from this server only",
    "label": "a field needs a label for its id, or aria-label or aria-labelledby",
    "alt": "a picture needs alt, empty if it says nothing",
    "form": "a form that posts needs its CSRF token, and novalidate if it has fields to fill in",
    "target": "target=_blank hands this page to the other; use a plain link",
}

Finding = tuple[int, str]
REFERENCES = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)


class Page(HTMLParser):
    """Walks the markup of one template, its Jinja parts blanked out, and collects what breaks a rule."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Finding] = []
        self.fields: list[tuple[int, str]] = []
        self.labelled: set[str] = set()
        self.labels_open = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check one element against every rule that concerns it."""
        values = {name: value or "" for name, value in attrs}
        self._policy(tag, values)
        if tag == "label":
            self.labels_open += 1
            self.labelled.add(values.get("for", ""))
        if tag == "img" and "alt" not in values:
            self._find("alt")
        hidden = tag == "input" and values.get("type") in ("hidden", "submit", "button")
        named = self.labels_open or {"aria-label", "aria-labelledby"} & values.keys()
        if tag in ("input", "select", "textarea") and not hidden and not named:
            self.fields.append((self.getpos()[0], values.get("id", "")))

    def handle_endtag(self, tag: str) -> None:
        """Note where a label ends."""
        if tag == "label":
            self.labels_open -= 1

    def close(self) -> None:
        """Settle what only the whole template tells: a label may follow its field."""
        super().close()
        self.found += [(line, "label") for line, name in self.fields if not name or name not in self.labelled]

    def _policy(self, tag: str, values: dict[str, str]) -> None:
        if tag == "style" or "style" in values:
            self._find("style")
        if any(name.startswith("on") for name in values) or values.get("href", "").startswith("javascript:"):
            self._find("handler")
        if tag == "script" and "src" not in values and "nonce" not in values:
            self._find("nonce")
        source = values.get("href" if tag == "link" else "src", "")
        if tag in ("script", "link", "img", "iframe") and re.match(r"(https?:)?//", source):
            self._find("outside")
        if values.get("target") == "_blank":
            self._find("target")

    def _find(self, rule: str) -> None:
        self.found.append((self.getpos()[0], rule))


def environment(templates: Path) -> Environment:
    """Where templates are found: our own folder first, then the macros of the design system."""
    design_system = {name: PackageLoader(name) for name in ("govuk_frontend_jinja", "govuk_frontend_wtf")}
    return Environment(
        loader=ChoiceLoader([FileSystemLoader(templates), PrefixLoader(design_system)]), autoescape=True
    )


def check(jinja: Environment, source: str) -> list[Finding]:
    """All findings in one template's source: line and rule, in the order of the lines."""
    try:
        tree = jinja.parse(source)
    except TemplateError as error:
        return [(getattr(error, "lineno", 1), "syntax")]
    page = Page()
    page.feed(_markup(source))
    page.close()
    return sorted({*_expressions(jinja, tree), *page.found, *_forms(source)})


def _expressions(jinja: Environment, tree: nodes.Template) -> Iterator[Finding]:
    for node in tree.find_all((nodes.Filter, nodes.Name, nodes.ScopedEvalContextModifier)):
        if (
            isinstance(node, nodes.ScopedEvalContextModifier)
            or (isinstance(node, nodes.Filter) and node.name == "safe")
            or (isinstance(node, nodes.Name) and node.name == "Markup")
        ):
            yield node.lineno, "unescaped"
    for other in tree.find_all(nodes.Stmt):
        if isinstance(other, REFERENCES) and isinstance(other.template, nodes.Const):
            names = other.names if isinstance(other, nodes.FromImport) else []
            if not _has(
                jinja, other.template.value, [name if isinstance(name, str) else name[0] for name in names]
            ):
                yield other.lineno, "missing"


def _has(jinja: Environment, template: str, names: list[str]) -> bool:
    """Whether the template exists and each name is a macro or variable of it."""
    try:
        source = jinja.loader.get_source(jinja, template)[0] if jinja.loader else ""
        tree = jinja.parse(source)
    except TemplateError:
        return False
    there = {macro.name for macro in tree.find_all(nodes.Macro)}
    there |= {name.name for name in tree.find_all(nodes.Name) if name.ctx == "store"}
    return there.issuperset(names)


def _forms(source: str) -> Iterator[Finding]:
    for form in re.finditer(r"(<form\b[^>]*)>(.*?)(</form>|\Z)", source, re.DOTALL | re.IGNORECASE):
        opening, body = form[1], form[2]
        if not re.search(r"method=.?post", opening, re.IGNORECASE):
            continue
        to_fill_in = re.search(r"\bform\.(?!csrf_token)|<select|<textarea|<input(?![^>]*hidden)", body)
        if not re.search(r"csrf_token|hidden_tag", body) or (to_fill_in and "novalidate" not in opening):
            yield source.count("\n", 0, form.start()) + 1, "form"


def _markup(source: str) -> str:
    """The source with comments and statements blanked and expressions made a word; every line stays where it was."""

    def blank(part: re.Match[str]) -> str:
        return ("x" if part[0].startswith("{{") else "") + "\n" * part[0].count("\n")

    return re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", blank, source, flags=re.DOTALL)


def main(templates: Path = TEMPLATES) -> int:
    """Check a folder; 1 and a line for each finding if there is any."""
    jinja = environment(templates)
    broken = 0
    for path in sorted(templates.rglob("*")):
        if path.suffix in (".html", ".txt", ".ics", ".jinja"):
            for line, rule in check(jinja, path.read_text(encoding="utf-8")):
                print(f"{path.relative_to(templates.parent)}:{line}: {rule}: {RULES[rule]}")
                broken += 1
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
