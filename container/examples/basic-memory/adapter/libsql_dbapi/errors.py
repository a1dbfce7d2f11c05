"""The server's errors, as the exceptions that `sqlite3` raises for the same thing."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Mapping


class TransactionLost(sqlite3.OperationalError):
    """The server has rolled the transaction back, because it was idle for too long or the server was started again."""


class OutcomeUnknown(sqlite3.OperationalError):
    """The connection broke between request and answer: what was asked may have been done."""


# By the first words of SQLite's own codes, as the module of Python sorts them.
CLASSES: Mapping[str, type[sqlite3.Error]] = {
    "SQLITE_CONSTRAINT": sqlite3.IntegrityError,
    "SQLITE_MISMATCH": sqlite3.IntegrityError,
    "SQLITE_INTERNAL": sqlite3.InternalError,
    "SQLITE_NOTFOUND": sqlite3.InternalError,
    "SQLITE_TOOBIG": sqlite3.DataError,
    "SQLITE_CORRUPT": sqlite3.DatabaseError,
    "SQLITE_NOTADB": sqlite3.DatabaseError,
    "SQLITE_MISUSE": sqlite3.InterfaceError,
    "SQLITE_RANGE": sqlite3.InterfaceError,
    "ARGS_INVALID": sqlite3.ProgrammingError,
    "SQL_MANY_STATEMENTS": sqlite3.ProgrammingError,
}
# What the server puts around SQLite's own words.
AROUND = re.compile(r"^(?:SQLite|SQL input) error: (.*?)(?: \(at offset \d+\))?$", re.DOTALL)
NO_FUNCTION = re.compile(r"no such function: (\w+)", re.IGNORECASE)


def to_exception(error: Mapping[str, str], functions: Collection[str] = ()) -> sqlite3.Error:
    """What to raise for an error that the server answered to a statement.

    @param functions names, in small letters, that this process has made with `create_function`
    """
    code = error.get("code") or "SQLITE_ERROR"
    message = AROUND.sub(r"\1", error.get("message", code))
    missing = NO_FUNCTION.search(message)
    if missing is not None and missing[1].lower() in functions:
        return sqlite3.NotSupportedError(f"{message}: it is a function of this process, and statements run at the server")
    kind = next((kind for name, kind in CLASSES.items() if code.startswith(name)), sqlite3.OperationalError)
    exception = kind(message)
    exception.sqlite_errorname = code
    exception.sqlite_errorcode = getattr(sqlite3, code, sqlite3.SQLITE_ERROR)
    return exception
