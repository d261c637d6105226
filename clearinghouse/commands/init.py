"""`clearinghouse init`: makes an installation, or brings one up to date."""

from argparse import Namespace

from clearinghouse.commands.command import Command, Context

_BRING_OVER = """
Copy the sources' key file to a safe place of its own now. Then start the service anew with these settings, and
run 'clearinghouse keys rotate', which brings the sources that are there under it."""


def run(context: Context, _given: Namespace) -> int:
    """Make what is missing, and say what it is and what comes next."""
    settings = context.settings
    had_keys, own = settings.key_file.exists(), settings.source_keys
    had_own = own is not None and own.file.exists()
    world = context.make_world()
    world.database.close()
    where = (
        settings.database_url.removeprefix("sqlite:///") if settings.is_sqlite else "the PostgreSQL database"
    )
    print(f"Keys:      {settings.key_file} ({'already there' if had_keys else 'new, readable by you alone'})")
    if own:
        print(f"Sources:   {own.file} ({'already there' if had_own else 'new, readable by you alone'})")
    print(f"Database:  {where}, up to date")
    if had_keys:
        if own and not had_own:
            print(_BRING_OVER)
        return 0
    print()
    print("Copy the key file to a safe place now, apart from every copy of the database:")
    print("without it nothing that people write can ever be read again.")
    print()
    print("Next:")
    print("  clearinghouse authority import FILE       the register of authorities")
    print('  clearinghouse user invite EMAIL "NAME"    the first two administrators')
    print("  clearinghouse serve --with-clock          the service, with its clock")
    return 0


INIT = Command(
    "init",
    "make the keys and the database, or bring the database up to date",
    run,
    more="""Safe to run again at any time, and to be run after every upgrade of the program.
It never replaces a key file.""",
)
