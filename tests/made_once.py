"""What the tests of one process compile once, however many installations they make: SQL, templates, addresses.

None of it is data, and each is what a server that runs for a while has too. Nor do the databases of this process wait
for the disk: what must survive a kill or a crash is tried with processes of their own, which know nothing of this.
"""

import gc
from types import CodeType
from typing import Any

from flask.templating import Environment
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine, event
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from clearinghouse.records.database import Database

_STATEMENTS: LRUCache[Any, Any] = LRUCache(4_000)


class _Templates(BytecodeCache):
    """Compiled templates, by their file and what stands in it."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled for another site."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled for the next site."""
        assert bucket.code
        self._codes[bucket.key, bucket.checksum] = bucket.code


def share() -> None:
    """Let everything that is made from now on share; asked for once, before the first test."""
    templates = _Templates()
    open_database, make_environment, build = Database.__init__, Environment.__init__, Rule._compile_builder

    def opened(self: Database, url: str) -> None:
        open_database(self, url)
        for engine in (self.engine, self._readers):
            engine.update_execution_options(compiled_cache=_STATEMENTS)
        _is_like_any_other(type(self.engine.dialect))
        if self.is_sqlite:
            _wait_for_no_disk(self.engine)

    def made(self: Environment, app: Any, **options: Any) -> None:
        make_environment(self, app, **{"bytecode_cache": templates, **options})

    def built_when_asked(rule: Rule, append_unknown: bool = True) -> Any:
        """Hundreds of rules are bound for each site, and a test asks for the addresses of a few."""
        built: list[Any] = []

        def address(self: Rule, **values: Any) -> Any:
            if not built:
                built.append(build(rule, append_unknown))
            return built[0](self, **values)

        return address

    # What is loaded stays: to look for waste in it again and again takes a sixth of the time of a test of pages.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    Database.__init__ = opened  # type: ignore[method-assign]  # as they are made from now on
    Environment.__init__ = made  # type: ignore[method-assign]  # as they are made from now on
    Rule._compile_builder = built_when_asked  # type: ignore[method-assign]  # as they are made from now on


def _is_like_any_other(dialect: Any) -> None:
    """A statement is kept under its dialect too, and every engine has one of its own."""
    dialect.__eq__ = lambda self, other: type(self) is type(other)
    dialect.__hash__ = lambda self: hash(type(self))


def _wait_for_no_disk(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous = OFF")
