"""A drop-in for `aiosqlite`, found before it on PYTHONPATH: a file's database is at the server that DATABASE_URL names.

It loads the real aiosqlite, whose surface and threads stay as they are, and changes only what they work on: instead of a
connection of `sqlite3`, one of `libsql_dbapi`. Without a libSQL DATABASE_URL, and for databases in memory, it changes nothing.
"""

import os
import sys
from functools import partial
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path


def _load_real():
    """The aiosqlite that is installed, under its own name."""
    here = Path(__file__).resolve().parent
    spec = PathFinder.find_spec(__name__, [each for each in sys.path if Path(each or ".").resolve() != here])
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError("aiosqlite is not installed", name=__name__)
    module = module_from_spec(spec)
    sys.modules[__name__] = module
    spec.loader.exec_module(module)
    return module


def _at_server(real, address):
    """`aiosqlite.connect` to the one database at `address`, whatever the file is called."""
    from libsql_dbapi import Connection, ProgrammingError

    local, files = real.connect, set()

    def connect(database, *, iter_chunk_size=64, loop=None, **options):
        name = os.fsdecode(database)
        if name == "" or ":memory:" in name or "mode=memory" in name:
            return local(database, iter_chunk_size=iter_chunk_size, loop=loop, **options)
        files.add(os.path.abspath(name))
        if len(files) > 1:
            raise ProgrammingError(f"one database is at the server, and this process opens two files: {sorted(files)}")
        return real.Connection(partial(Connection, address, **options), iter_chunk_size)

    return connect


_real = _load_real()
if os.environ.get("DATABASE_URL", "") != "":
    from libsql_dbapi import address_of

    _address = address_of(os.environ["DATABASE_URL"], os.environ.get("DATABASE_AUTH_TOKEN"))
    if _address is not None:
        _real.connect = _at_server(_real, _address)
