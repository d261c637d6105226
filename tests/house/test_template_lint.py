"""The template lint sees each of its rules broken."""

from pathlib import Path

import pytest
import template_lint

LABELLED = '<label for="name">Name</label>'


@pytest.mark.parametrize(
    ("source", "rules"),
    [
        ("{% if %}", ["syntax"]),
        ('{% extends "nowhere.html" %}', ["missing"]),
        ('{% from "govuk_frontend_jinja/components/button/macro.html" import govukButtons %}', ["missing"]),
        ('{% from "govuk_frontend_jinja/components/button/macro.html" import govukButton %}', []),
        ("{{ note|safe }}", ["unescaped"]),
        ("{% autoescape false %}{{ note }}{% endautoescape %}", ["unescaped"]),
        ("{{ note }}", []),
        ('<p style="color: red">', ["style"]),
        ("<style>p { color: red }</style>", ["style"]),
        ('<button onclick="go()">Go</button>', ["handler"]),
        ('<a href="javascript:go()">Go</a>', ["handler"]),
        ("<script>go()</script>", ["nonce"]),
        ('<script nonce="{{ nonce }}">go()</script>', []),
        ('<script type="module" src="{{ file }}"></script>', []),
        ('<script src="//example.org/a.js"></script>', ["outside"]),
        ('<input id="name">', ["label"]),
        (f'{LABELLED}<input id="name">', []),
        (f'<input id="name">{LABELLED}', []),
        ("<label>Name <input></label>", []),
        ('<input type="hidden">', []),
        ('<img src="a.svg">', ["alt"]),
        ('<form method="post" novalidate></form>', ["form"]),
        ('<form method="post">{{ form.csrf_token }}</form>', []),
        ('<form method="post">{{ form.csrf_token }}{{ form.name }}</form>', ["form"]),
        (
            '<form method="post">{{ form.hidden_tag() }}<textarea aria-label="Note"></textarea></form>',
            ["form"],
        ),
        ('<form method="post" novalidate>{{ form.csrf_token }}{{ form.name }}</form>', []),
        ("<form></form>", []),
        ('<a href="/help" target="_blank">Help</a>', ["target"]),
    ],
)
def test_each_rule_is_seen_broken_and_kept(source: str, rules: list[str], tmp_path: Path) -> None:
    """Wrong if a rule had gone blind, or cried wolf at the right way to write it."""
    assert [rule for _, rule in template_lint.check(template_lint.environment(tmp_path), source)] == rules


def test_a_finding_names_its_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong if the command passed a folder with a breach in it, or pointed at the wrong line."""
    folder = tmp_path / "templates"
    (folder / "case").mkdir(parents=True)
    (folder / "case" / "page.html").write_text("{# two\nlines #}\n<p>{{ note|safe }}</p>\n", encoding="utf-8")
    assert template_lint.main(folder) == 1
    assert capsys.readouterr().out.startswith("templates/case/page.html:3: unescaped: ")
