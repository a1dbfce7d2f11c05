"""A connection and its cursors, with the rules of Python's `sqlite3` for transactions."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from . import pragmas
from .address import Address
from .errors import to_exception
from .stream import Stream
from .values import from_hrana, to_hrana

Step = dict[str, Any]
Parameters = Sequence[Any] | Mapping[str, Any]

# What opens a transaction by itself: SELECT and WITH do not, as in `sqlite3`.
FIRST_WORD = re.compile(r"(?:\s+|--[^\n]*(?:\n|$)|/\*.*?(?:\*/|$))*([A-Za-z]*)", re.DOTALL)
CHANGES = {"INSERT", "UPDATE", "DELETE", "REPLACE"}
INSERTS = {"INSERT", "REPLACE", "WITH"}
# Rows of `executemany` in one request.
AT_ONCE = 250
# Seconds between two tries of what another's write stands in the way of.
FIRST_PAUSE, LAST_PAUSE = 0.01, 0.2


def first_word(sql: str) -> str:
    found = FIRST_WORD.match(sql)
    return "" if found is None else found[1].upper()


def unsupported(name: str) -> Callable[..., NoReturn]:
    def refuse(self: object, *args: object, **options: object) -> NoReturn:
        raise sqlite3.NotSupportedError(f"{name} works on a file, and this database is at a server")

    return refuse


class Connection:
    """As `sqlite3.Connection`: a transaction begins with the first statement that changes something."""

    def __init__(
        self,
        address: Address,
        *,
        timeout: float = 5.0,
        isolation_level: str | None = "",
        detect_types: int = 0,
        **of_a_file: object,
    ) -> None:
        """@param of_a_file `check_same_thread` and so on: without a meaning here"""
        if detect_types != 0:
            raise sqlite3.NotSupportedError("detect_types is not supported: values have the types of SQLite")
        self._stream = Stream(address)
        # SQLite's own default. The server's is ON.
        self._stream.set("foreign_keys", "OFF")
        self._patience = timeout
        self._closed = False
        self._functions: set[str] = set()
        self._last_id = 0
        self._trace: Callable[[str], object] | None = None
        self.isolation_level = isolation_level
        self.in_transaction = False
        self.row_factory: Callable[..., Any] | None = None
        self.text_factory: Callable[[bytes], Any] = str
        self.total_changes = 0

    def cursor(self) -> Cursor:
        self._check()
        return Cursor(self)

    def execute(self, sql: str, parameters: Parameters = ()) -> Cursor:
        return self.cursor().execute(sql, parameters)

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> Cursor:
        return self.cursor().executemany(sql, rows)

    def executescript(self, script: str) -> Cursor:
        return self.cursor().executescript(script)

    def commit(self) -> None:
        self._check()
        if self.in_transaction:
            self._run([{"sql": "COMMIT"}])

    def rollback(self) -> None:
        self._check()
        if not self.in_transaction:
            return
        try:
            self._run([{"sql": "ROLLBACK"}])
        except sqlite3.OperationalError:
            # A stream that is gone takes its transaction with it; one that says no is left.
            self._stream.abandon()
            self.in_transaction = False

    def close(self) -> None:
        self._stream.close()
        self._closed = True
        self.in_transaction = False

    def create_function(self, name: str, narg: int, func: Callable[..., Any] | None, *, deterministic: bool = False) -> None:
        """SQLAlchemy makes two for every connection. A statement that needs one which the server lacks is NotSupportedError."""
        self._functions.add(name.lower())

    def set_trace_callback(self, trace: Callable[[str], object] | None) -> None:
        self._trace = trace

    backup = unsupported("backup")
    create_aggregate = unsupported("create_aggregate")
    create_collation = unsupported("create_collation")
    enable_load_extension = unsupported("enable_load_extension")
    interrupt = unsupported("interrupt")
    iterdump = unsupported("iterdump")
    load_extension = unsupported("load_extension")
    set_authorizer = unsupported("set_authorizer")
    set_progress_handler = unsupported("set_progress_handler")

    def _check(self) -> None:
        if self._closed:
            raise sqlite3.ProgrammingError("Cannot operate on a closed database.")

    def _local(self, sql: str) -> tuple[list[str], list[tuple[int | str]]] | None:
        """Columns and rows of what needs no server."""
        found = pragmas.setting(sql)
        if found is None:
            return None
        name, value = found
        if name == "foreign_keys":
            # Within a transaction SQLite takes no notice of it.
            if not self.in_transaction:
                self._stream.set(name, "ON" if value.lower() in pragmas.TRUE else "OFF")
            return [], []
        if name == "busy_timeout":
            self._patience = int(value) / 1000
        return pragmas.answer_of_file(name, value) if name in pragmas.OF_A_FILE else None

    def _change(self, statements: list[Step]) -> list[dict[str, Any]]:
        """Statements that change something: in a transaction, which is opened in the same request."""
        if self.in_transaction or self.isolation_level is None:
            return self._run(statements)
        return self._run([{"sql": f"BEGIN {self.isolation_level}".strip()}, *statements])[1:]

    def _run(self, statements: list[Step]) -> list[dict[str, Any]]:
        """The results of these statements, each of which runs only if the one before it went well. Raises the first error.

        What begins a transaction is tried again while another's write stands in its way, as in SQLite. The server waits for
        that write too, but then refuses what has read before: a change of a full-text table does.
        """
        is_first = not self.in_transaction and (len(statements) == 1 or first_word(statements[0]["sql"]) == "BEGIN")
        until, pause = time.monotonic() + self._patience, FIRST_PAUSE
        while True:
            try:
                return self._run_once(statements)
            except sqlite3.OperationalError as error:
                is_busy = getattr(error, "sqlite_errorname", "") == "SQLITE_BUSY"
                if not is_first or not is_busy or time.monotonic() + pause > until:
                    raise
            self.rollback()
            time.sleep(pause)
            pause = min(2 * pause, LAST_PAUSE)

    def _run_once(self, statements: list[Step]) -> list[dict[str, Any]]:
        if self._trace is not None:
            for statement in statements:
                self._trace(statement["sql"])
        steps = [
            {"stmt": statement} if index == 0 else {"stmt": statement, "condition": {"type": "ok", "step": index - 1}}
            for index, statement in enumerate(statements)
        ]
        result = self._ask({"type": "batch", "batch": {"steps": steps}})
        for error in result["step_errors"]:
            if error is not None:
                raise to_exception(error, self._functions)
        return result["step_results"]

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        was, self.in_transaction = self.in_transaction, False
        try:
            result, state = self._stream.ask([request, {"type": "get_autocommit"}], in_transaction=was)
        except BaseException:
            # Without an answer nothing tells of a transaction: it is left to the server, which rolls it back.
            self._stream.abandon()
            raise
        self.in_transaction = state["type"] == "ok" and not state["response"]["is_autocommit"]
        if result["type"] == "error":
            raise to_exception(result["error"], self._functions)
        return result["response"].get("result", {})


class Cursor:
    """As `sqlite3.Cursor`. All rows of a result come with it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.arraysize = 1
        self.description: tuple[tuple[str, None, None, None, None, None, None], ...] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.row_factory = connection.row_factory
        self._rows: Iterator[tuple[Any, ...]] = iter(())
        self._closed = False

    def execute(self, sql: str, parameters: Parameters = ()) -> Cursor:
        self._begin()
        self.lastrowid = self.connection._last_id
        local = self.connection._local(sql)
        if local is not None:
            self._show(*local)
            return self
        word = first_word(sql)
        # SQLite takes a statement without words; Hrana does not.
        if word == "" and self._is_blank(sql):
            return self
        statement = {"sql": sql, **bound(parameters)}
        run = self.connection._change if word in CHANGES else self.connection._run
        (result,) = run([statement])
        self._show([column["name"] for column in result["cols"]], self._rows_of(result))
        if word in CHANGES:
            self._count(result)
        self.lastrowid = self.connection._last_id = self._id_of(word, result)
        return self

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> Cursor:
        self._begin()
        word = first_word(sql)
        if word not in CHANGES:
            raise sqlite3.ProgrammingError("executemany() can only execute DML statements.")
        statements = [{"sql": sql, **bound(row), "want_rows": False} for row in rows]
        self.rowcount = 0
        for start in range(0, len(statements), AT_ONCE):
            for result in self.connection._change(statements[start : start + AT_ONCE]):
                self._count(result)
                self.connection._last_id = self._id_of(word, result)
        return self

    def executescript(self, script: str) -> Cursor:
        """Commits what is open, as `sqlite3` does, and runs all statements."""
        self._begin()
        self.connection.commit()
        self.connection._ask({"type": "sequence", "sql": script})
        return self

    def fetchone(self) -> Any:
        return next(self, None)

    def fetchmany(self, size: int | None = None) -> list[Any]:
        wanted = self.arraysize if size is None else size
        return [row for _, row in zip(range(wanted), self)]

    def fetchall(self) -> list[Any]:
        return list(self)

    def close(self) -> None:
        self._rows = iter(())
        self._closed = True

    def __iter__(self) -> Cursor:
        return self

    def __next__(self) -> Any:
        row = next(self._rows)
        return row if self.row_factory is None else self.row_factory(self, row)

    def _begin(self) -> None:
        if self._closed:
            raise sqlite3.ProgrammingError("Cannot operate on a closed cursor.")
        self.connection._check()
        if self.row_factory is sqlite3.Row:
            raise sqlite3.NotSupportedError("sqlite3.Row reads cursors of sqlite3 only: use a function as row_factory")
        self.description, self.rowcount, self._rows = None, -1, iter(())

    def _rows_of(self, result: dict[str, Any]) -> list[tuple[Any, ...]]:
        text = self.connection.text_factory
        return [tuple(from_hrana(value, text) for value in row) for row in result["rows"]]

    def _id_of(self, word: str, result: dict[str, Any]) -> int:
        """The connection's last inserted id. The server's is of a stream, and this connection may have had several."""
        found = result["last_insert_rowid"]
        return self.connection._last_id if found is None or word not in INSERTS else int(found)

    def _count(self, result: dict[str, Any]) -> None:
        changed = result["affected_row_count"]
        self.rowcount = max(self.rowcount, 0) + changed
        self.connection.total_changes += changed

    def _show(self, columns: list[str], rows: Sequence[tuple[Any, ...]]) -> None:
        self.description = tuple((name, None, None, None, None, None, None) for name in columns) or None
        self._rows = iter(rows)

    @staticmethod
    def _is_blank(sql: str) -> bool:
        found = FIRST_WORD.match(sql)
        return found is not None and sql[found.end() :].strip(" \t\r\n;") == ""


def bound(parameters: Parameters) -> Step:
    """Parameters as a statement of Hrana carries them."""
    if isinstance(parameters, Mapping):
        return {"named_args": [{"name": name, "value": to_hrana(value)} for name, value in parameters.items()]}
    return {"args": [to_hrana(value) for value in parameters]}
