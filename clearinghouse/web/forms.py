"""The form that every page builds on: CSRF, the key that makes a repeated post harmless, and what it was read at."""

from typing import Any
from uuid import UUID, uuid4

from flask_wtf import FlaskForm
from wtforms import Field, HiddenField

from clearinghouse.casework.errors import Invalid


class Form(FlaskForm):
    """The form that every page builds on: CSRF, a key against repeats, the version it was read at."""

    post_key = HiddenField(default=lambda: str(uuid4()))
    version = HiddenField(default="")

    class Meta(FlaskForm.Meta):
        """No `required` attribute reaches the browser: our own messages are shown instead of its."""

        def render_field(self, field: Field, render_kw: dict[str, Any]) -> Any:
            """Render without the flags that WTForms turns into attributes."""
            render_kw["required"] = False
            return super().render_field(field, render_kw)

    def key(self) -> UUID:
        """The post's idempotency key; a form whose key was damaged counts as a new one."""
        try:
            return UUID(str(self.post_key.data))
        except ValueError:
            return uuid4()

    def read_version(self) -> int | None:
        """The version of what the form shows, or None where it was not given."""
        text = str(self.version.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    def is_posted_and_valid(self) -> bool:
        """Whether the form came by POST and every answer is fit to be used."""
        return bool(self.validate_on_submit())

    def refuse(self, field: Field, problem: str) -> None:
        """Add a problem that only casework could find, shown at the field like any other."""
        field.errors = [*field.errors, problem]

    def refuse_all(self, invalid: Invalid, **other_names: Field) -> None:
        """Put each problem that casework found at the field of its name; the rest go to the form's first field."""
        first = next(field for field in self if not isinstance(field, HiddenField))
        for name, problem in invalid.problems.items():
            self.refuse(other_names.get(name) or getattr(self, name, first), problem)

    def ask_files_again(self) -> None:
        """Where the form is shown once more: what was chosen in a field of files must be chosen again."""
        for field in self:
            ask = getattr(field, "ask_again", None)
            if ask is not None:
                ask()

    @property
    def problems(self) -> list[dict[str, str]]:
        """What the error summary lists: each field's first problem, linked to what can take the focus."""
        return [
            {"text": str(field.errors[0]), "href": "#" + getattr(field, "first_id", field.id)}
            for field in self
            if field.errors and not isinstance(field, HiddenField)
        ]
