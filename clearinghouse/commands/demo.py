"""`clearinghouse demo`: an installation in demo mode, filled with fictional data to try everything with."""

from argparse import ArgumentParser, Namespace

from clearinghouse.commands.command import Command, Context


def arguments(parser: ArgumentParser) -> None:
    """Nothing is asked; that it is a demo need not be said in the environment too."""
    parser.set_defaults(CLEARINGHOUSE_DEMO="1")


def run(context: Context, _given: Namespace) -> int:
    """Make the demo where it is missing, fill it once, and say where to sign in and as whom."""
    from clearinghouse.casework.demo.filling import fill  # noqa: PLC0415  # no other command waits for all of casework to load

    world = context.make_world()
    try:
        report = fill(world)
    finally:
        world.database.close()
    state = "Filled a demo" if report.is_new else "The demo is there already"
    print(
        f"{state}: {report.cases} cases, {report.people} people, {report.peers} peers"
        f" and {report.authorities} authorities, all fictional."
    )
    print(f"Sign in at {context.settings.base_url}/sign-in, which offers everybody with their code;")
    print("begin as Ada Okafor, who logs concerns, or as Ravi Singh, who leads her region.")
    print("If it is not being served yet: CLEARINGHOUSE_DEMO=1 clearinghouse serve --with-clock")
    return 0


DEMO = Command(
    "demo",
    "make an installation in demo mode and fill it with fictional data",
    run,
    arguments,
    more="""For trying everything out, and for nothing else: its passwords and codes are on its
sign-in page. A demo can never become a real installation, nor the other way round.
Running it again changes nothing.""",
)
