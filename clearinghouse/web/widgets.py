"""Widgets over the design system's macros, with the known traps of the library between closed."""

from typing import Any, cast

from govuk_frontend_wtf.gov_form_base import GovFormBase
from govuk_frontend_wtf.wtforms_widgets import (
    GovCharacterCount,
    GovCheckboxesInput,
    GovCheckboxInput,
    GovDateInput,
    GovFileInput,
    GovPasswordInput,
    GovRadioInput,
    GovSelect,
    GovTextInput,
)


class Quiet(GovFormBase):
    """Leaves out what the design system must not get: the `required` attribute, empty hints, a link to nowhere."""

    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        """What the macro gets."""
        kwargs.pop("required", None)
        kwargs.pop("minlength", None)
        kwargs.pop("maxlength", None)
        params = cast(dict[str, Any], super().map_gov_params(field, **kwargs))
        hint = params.get("hint")
        if not (hint and hint.get("text")):
            params.pop("hint", None)
        params.get("attributes", {}).pop("required", None)
        _set_label_class(params)
        return params


class LineWidget(Quiet, GovTextInput):
    """A line of text."""

    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        """What the macro gets."""
        return {**super().map_gov_params(field, **kwargs), **field.looks}


class SecretWidget(Quiet, GovPasswordInput):
    """A password, which is never written into a page."""

    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        """What the macro gets."""
        params = super().map_gov_params(field, **kwargs)
        params.pop("value", None)
        return {**params, **field.looks}


class TextWidget(Quiet, GovCharacterCount):
    """Several lines with a character count."""

    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        """What the macro gets."""
        return super().map_gov_params(field, **kwargs) | {"maxlength": field.longest, "rows": field.rows}


class SelectWidget(Quiet, GovSelect):
    """A drop-down list."""


class _Hinted(Quiet):
    """Puts each option's hint under its words."""

    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        """What the macro gets."""
        for item, option in zip(kwargs["items"], field.options, strict=False):
            if option.hint:
                item["hint"] = {"text": option.hint}
        return super().map_gov_params(field, **kwargs)


class RadioWidget(_Hinted, GovRadioInput):
    """Radios."""


class CheckboxesWidget(_Hinted, GovCheckboxesInput):
    """Checkboxes."""


class TickWidget(Quiet, GovCheckboxInput):
    """A checkbox alone."""


class DateWidget(Quiet, GovDateInput):
    """A date in three parts, whatever was posted."""

    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        """What the macro gets."""
        raw, field.raw_data = field.raw_data, field.parts() if field.raw_data is not None else None
        try:
            return super().map_gov_params(field, **kwargs)
        finally:
            field.raw_data = raw


class FilesWidget(Quiet, GovFileInput):
    """Files to choose, several at once; the script looks at their size before they are sent."""

    multiple = True

    def map_gov_params(self, field: Any, **kwargs: Any) -> dict[str, Any]:
        """What the macro gets."""
        params = super().map_gov_params(field, **kwargs)
        said = params.get("hint", {}).get("text", "")
        params["hint"] = {"text": f"{said} {field.limits}.".strip()}
        looks = {"multiple": "multiple", "data-largest": str(field.largest), "data-said": field.limits}
        return {**params, "attributes": {**params.get("attributes", {}), **looks}}


def _set_label_class(params: dict[str, Any]) -> None:
    """Bold the question: the label of a field alone, or the legend of a group."""
    if "fieldset" in params:
        params["fieldset"]["legend"].setdefault("classes", "govuk-fieldset__legend--s")
    elif "label" in params:
        params["label"].setdefault("classes", "govuk-label--s")
