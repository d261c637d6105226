"""The pages about the service itself: the way in, health, help, privacy and accessibility."""

from flask import Response, jsonify, redirect
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Openness
from clearinghouse.access.policy import POLICY
from clearinghouse.access.roles import Role
from clearinghouse.casework.upkeep.readiness import unready
from clearinghouse.web.current import world
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import home_path, page

service = Pages("service", __name__)


@service.get("/", needs=Openness.SIGNED_IN)
def start() -> ResponseReturnValue:
    """The start page is the first that the person's work needs."""
    return redirect(home_path())


@service.get("/healthz", needs=Openness.PUBLIC)
def alive() -> Response:
    """The process answers."""
    return jsonify(status="alive")


@service.get("/readyz", needs=Openness.PUBLIC)
def ready() -> ResponseReturnValue:
    """The process can do its work; otherwise 503 with the names of what is missing and nothing else."""
    problems = unready(world())
    return jsonify(status="not ready" if problems else "ready", problems=problems), 503 if problems else 200


@service.get("/help", needs=Openness.PUBLIC)
def help() -> Response:  # noqa: A001
    """What the service is for, and who can do what, printed from the policy table."""
    roles = tuple(Role)
    matrix = [(permission, [row.get(role, "") for role in roles]) for permission, row in POLICY.items()]
    return page("service/help.html", roles=roles, matrix=matrix)


@service.get("/privacy", needs=Openness.PUBLIC)
def privacy() -> Response:
    """What is kept about whom."""
    return page("service/privacy.html")


@service.get("/accessibility", needs=Openness.PUBLIC)
def accessibility() -> Response:
    """What the pages promise to everybody, and where they fall short."""
    return page("service/accessibility.html")
