"""`clearinghouse user invite` and `user recover`: the first administrators, and the way back in for one locked out."""

from argparse import ArgumentParser, Namespace

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.people.first_administrators import invite_administrator
from clearinghouse.casework.people.invitations import Invited, recover
from clearinghouse.casework.world import LONDON
from clearinghouse.commands.command import Command, Context


def _invite_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("email", metavar="EMAIL", help="their email address")
    parser.add_argument("name", metavar="NAME", help="their name, in quotes")


def _invite(context: Context, given: Namespace) -> int:
    _print_link(invite_administrator(context.open_world(), given.email, given.name))
    return 0


def _recover_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("email", metavar="EMAIL", help="their email address")


def _recover(context: Context, given: Namespace) -> int:
    _print_link(recover(context.open_world(), OPERATOR, given.email))
    return 0


def _print_link(invited: Invited) -> None:
    expires = f"{invited.expires_at.astimezone(LONDON):%d %B %Y at %H:%M}"
    print(f"{invited.name} <{invited.email}> can come in by this link, once, until {expires}:")
    print(f"\n  {invited.link}\n")
    print("Give it to them alone: whoever opens it first sets the password and the second factor.")


INVITE = Command(
    "user invite",
    "invite one of the first two administrators",
    _invite,
    _invite_arguments,
    more="""Two administrators are needed: roles that read cases are proposed by one and confirmed
by the other. Everybody else is invited by them, in the service itself.
Run it again for somebody who has not joined yet to give them a fresh link.""",
)
RECOVER = Command(
    "user recover",
    "let an administrator back in who has lost the password or the second factor",
    _recover,
    _recover_arguments,
    more="Ends all their sessions. Every administrator is shown that it was done, and when.",
)
