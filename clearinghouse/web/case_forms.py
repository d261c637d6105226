"""Showing a form about a case: its version, its draft, and what keeps it from being carried out."""

from typing import Any

from flask import Response, request, url_for

from clearinghouse.casework.headers import CaseHeader
from clearinghouse.web.drafts import keep
from clearinghouse.web.forms import Form
from clearinghouse.web.rendering import page


def case_form_page(
    template: str, form: Form, case: CaseHeader, name: str, reasons: tuple[str, ...] = (), **more: Any
) -> Response:
    """The form's page, 422 where something is wrong with it; what was posted is kept as the draft of that name."""
    if not form.version.data:
        form.version.data = str(case.version)
    if request.method == "POST":
        keep(name)
        form.ask_files_again()
    return page(
        template,
        422 if form.errors or reasons else 200,
        form=form,
        case=case,
        reasons=reasons,
        draft_url=url_for("drafts.save", form=name),
        **more,
    )
