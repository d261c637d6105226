"""The page between: asks for a code or a passkey before one of the gravest acts, and goes on with what was posted."""

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from clearinghouse.access.permissions import Openness
from clearinghouse.casework.demo.people import demo_sign_ins
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.sign_in import proofs
from clearinghouse.web.current import actor, look_again, signed_in, world
from clearinghouse.web.fields import Line
from clearinghouse.web.forms import Form
from clearinghouse.web.keeping import keep_meanwhile
from clearinghouse.web.pages import Pages, asks_proof, same_origin_path
from clearinghouse.web.rendering import home_path, page

proving = Pages("proving", __name__)

CODE_LOOKS = {"inputmode": "numeric", "autocomplete": "one-time-code", "classes": "govuk-input--width-10"}
_NOT_CARRIED = frozenset(
    {"csrf_token", "kept", "proof_code", "proof_passkey", "password", "again", "current", "public_key"}
)
"""Fields that do not go on with what was posted: the proof itself, and what may be a secret, which no page gives back.

What is typed where a public key is asked may be the private one.
"""


class ProofForm(Form):
    """A code, or a passkey in its place."""

    proof_code = Line(
        "Code",
        missing="Enter the code",
        hint="The six digits that your authenticator app shows now, or one of your recovery codes",
        longest=40,
        looks=CODE_LOOKS,
    )


def ask_proof() -> ResponseReturnValue | None:
    """Stand before the gravest acts, once the gate and the token are passed: whoever posts must have proved of late."""
    person = signed_in()
    if person is None or person.is_fresh or not asks_proof():
        return None
    if request.method != "POST":
        return redirect(url_for("proving.ask", next=request.full_path.rstrip("?")))
    form = ProofForm()
    if _is_given() and _is_proved(form):
        return None
    fields = [each for each in request.form.items(multi=True) if each[0] not in _NOT_CARRIED]
    kept = keep_meanwhile()
    fields += [("kept", kept)] if kept else []
    return _page(form, 422 if _is_given() else 403, fields)


@proving.get("/account/prove", needs=Openness.SIGNED_IN)
def ask() -> ResponseReturnValue:
    """Ask before a page is opened; `next` is the page."""
    return _page(ProofForm(), 200, [])


@proving.post("/account/prove", needs=Openness.SIGNED_IN)
def give() -> ResponseReturnValue:
    """Go on to the page."""
    form = ProofForm()
    if _is_proved(form):
        return redirect(same_origin_path(request.args.get("next")) or home_path(), 303)
    return _page(form, 422, [])


@proving.post("/account/prove/passkey", needs=Openness.SIGNED_IN)
def ask_passkey() -> Response:
    """What this browser's devices are asked."""
    return Response(proofs.ask_for_proof(world(), current_user.get_id()), mimetype="application/json")


def _is_given() -> bool:
    return bool(request.form.get("proof_code") is not None or request.form.get("proof_passkey"))


def _is_proved(form: ProofForm) -> bool:
    """Whether the code or the passkey is good; otherwise the form says why not."""
    answer, token = request.form.get("proof_passkey", ""), current_user.get_id()
    if not answer and not form.validate():
        return False
    try:
        if answer:
            proofs.prove_by_passkey(world(), actor(), token, answer)
        else:
            proofs.prove_by_code(world(), actor(), token, form.proof_code.text)
    except Refused as refusal:
        form.proof_code.data = ""
        form.refuse(form.proof_code, refusal.reasons[0])
        return False
    look_again()
    return True


def _page(form: ProofForm, status: int, fields: list[tuple[str, str]]) -> Response:
    if status != 422:
        form.proof_code.data = ""
    demo_code = _demo_code()
    if demo_code:
        form.proof_code.data = demo_code
    return page("entry/prove.html", status, form=form, fields=fields, is_demo_code=bool(demo_code))


def _demo_code() -> str:
    person = signed_in()
    if person is None or not world().demo:
        return ""
    return next((each.code for each in demo_sign_ins(world()) if each.email == person.email), "")
