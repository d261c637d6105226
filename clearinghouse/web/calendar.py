"""A person's private calendar feed: making and ending its secret address, and what a calendar program reads there."""

from flask import Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Openness
from clearinghouse.casework.duties.feeds import end_feed, feed_of, make_feed, read_feed
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

calendar = Pages("calendar", __name__)

ENDED = Message("The calendar feed has ended. Its address leads nowhere any more.")


@calendar.get("/account/calendar", needs=Openness.SIGNED_IN)
def index() -> Response:
    """Whether the person has a feed, and what it shows."""
    return page("account/calendar.html", form=Form(), feed=feed_of(world(), actor()), address="")


@calendar.post("/account/calendar", needs=Openness.SIGNED_IN)
def make() -> Response:
    """Make a new address, shown this once."""
    path = make_feed(world_for(Form().key()), actor())
    return page(
        "account/calendar.html", form=Form(), feed=feed_of(world(), actor()), address=world().base_url + path
    )


@calendar.post("/account/calendar/end", needs=Openness.SIGNED_IN)
def end() -> ResponseReturnValue:
    """End the feed."""
    end_feed(world_for(Form().key()), actor())
    tell(ENDED)
    return redirect(url_for("calendar.index"), 303)


@calendar.get("/calendar/<token>.ics", needs=Openness.PUBLIC)
def feed(token: str) -> Response:
    """What a calendar program reads, by the secret address alone; whoever has it needs no cookie and gets none."""
    response = make_response(read_feed(world(), token, request.remote_addr or ""))
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = 'attachment; filename="clearinghouse.ics"'
    return response
