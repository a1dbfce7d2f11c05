"""An interactive stream: requests that share one connection of the server, over HTTP with keep-alive."""

from __future__ import annotations

import json
import select
import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from sqlite3 import OperationalError, ProgrammingError
from typing import Any

from .address import Address
from .errors import OutcomeUnknown, TransactionLost, to_exception

Request = dict[str, Any]

# Seconds. A statement of SQLite may wait long for another's write; a server that is not there is asked again for a while.
ANSWER_LIMIT = 60.0
CONNECT_LIMIT = 10.0
PATIENCE = 10.0
FIRST_PAUSE = 0.05


class Stream:
    """Opens itself at the first request, and again when the server has closed it outside of a transaction.

    The server counts each baton once. So a request of an open stream can be sent again without being done twice.
    """

    def __init__(self, address: Address) -> None:
        self._first = address
        self._address = address
        self._http: HTTPConnection | None = None
        self._baton: str | None = None
        self._settings: dict[str, str] = {}
        self._applied: dict[str, str] = {}

    def set(self, pragma: str, value: str) -> None:
        """Holds for this stream and each that takes its place. Goes out with the next request."""
        self._settings[pragma] = value

    def ask(self, requests: list[Request], *, in_transaction: bool) -> list[dict[str, Any]]:
        """The results of all requests, in order.

        Raises TransactionLost when the server has closed the stream within a transaction, OutcomeUnknown when nothing tells
        whether it was done, and OperationalError when it certainly was not.
        """
        if self._baton is not None:
            answer = self._send(requests, self._baton)
            if answer is not None:
                return answer
            self._forget()
            if in_transaction:
                raise TransactionLost("the server has closed the stream and rolled its transaction back: do all of it again")
        answer = self._send(requests, None)
        if answer is None:
            raise OperationalError("the server does not open a stream")
        return answer

    def close(self) -> None:
        """The server rolls back what is open. Never raises: a stream that is left alone is closed by the server."""
        try:
            if self._baton is not None:
                self._exchange({"baton": self._baton, "requests": [{"type": "close"}]})
        except (OSError, HTTPException, OperationalError):
            pass
        self.abandon()

    def abandon(self) -> None:
        """Leaves the stream alone: the server closes it by itself."""
        self._forget()
        self._hang_up()

    def _send(self, requests: list[Request], baton: str | None) -> list[dict[str, Any]] | None:
        """None: the server knows no such stream, and has done nothing."""
        changed = {name: value for name, value in self._settings.items() if self._applied.get(name) != value}
        before = [{"type": "execute", "stmt": {"sql": f"PRAGMA {name}={value}"}} for name, value in changed.items()]
        status, answer = self._delivered({"baton": baton, "requests": [*before, *requests]})
        if baton is not None and status in (400, 404):
            return None
        if status != 200:
            raise refusal(status, answer)
        found = json.loads(answer)
        self._baton = found.get("baton")
        if found.get("base_url"):
            self._address = self._first.elsewhere(found["base_url"])
            self._hang_up()
        results = found["results"]
        for result in results[: len(before)]:
            if result["type"] == "error":
                raise to_exception(result["error"])
        self._applied = dict(self._settings) if self._baton is not None else {}
        return results[len(before) :]

    def _delivered(self, body: Request) -> tuple[int, bytes]:
        """Sends until there is an answer, for as long as it is sure that nothing is done twice."""
        resent = False
        until = time.monotonic() + PATIENCE
        pause = FIRST_PAUSE
        while True:
            try:
                self._connect()
            except OSError as error:
                self._hang_up()
                if time.monotonic() + pause > until:
                    raise OperationalError(f"the database's server does not answer: {error}") from error
            else:
                try:
                    status, answer = self._exchange(body)
                except (OSError, HTTPException) as error:
                    self._hang_up()
                    if body["baton"] is None or resent:
                        self._forget()
                        raise OutcomeUnknown(f"the connection to the database's server broke: {error!r}") from error
                    resent = True
                    continue
                if resent and status in (400, 404):
                    self._forget()
                    raise OutcomeUnknown("the connection to the database's server broke, and what was asked may be done")
                if status != 429 or time.monotonic() + pause > until:
                    return status, answer
            time.sleep(pause)
            pause *= 2

    def _connect(self) -> None:
        if self._http is not None and not is_idle(self._http):
            self._hang_up()
        if self._http is None:
            kind = HTTPSConnection if self._address.secure else HTTPConnection
            self._http = kind(self._address.host, self._address.port, timeout=CONNECT_LIMIT)
            self._http.connect()
            self._http.sock.settimeout(ANSWER_LIMIT)

    def _exchange(self, body: Request) -> tuple[int, bytes]:
        if self._http is None:
            self._connect()
        assert self._http is not None
        headers = {"content-type": "application/json"}
        if self._address.token:
            headers["authorization"] = f"Bearer {self._address.token}"
        self._http.request("POST", "/v3/pipeline", json.dumps(body, ensure_ascii=False).encode(), headers)
        answer = self._http.getresponse()
        return answer.status, answer.read()

    def _forget(self) -> None:
        self._baton = None
        self._applied = {}
        self._address = self._first

    def _hang_up(self) -> None:
        if self._http is not None:
            self._http.close()
        self._http = None


def is_idle(http: HTTPConnection) -> bool:
    """Whether a kept connection is still open: one that can be read from has been closed by the server."""
    if http.sock is None:
        return False
    poll = select.poll()
    poll.register(http.sock, select.POLLIN)
    return not poll.poll(0)


def refusal(status: int, answer: bytes) -> Exception:
    """What to raise for an answer that is no success. Never with the token: the server's own words only."""
    text = answer.decode(errors="replace").strip()
    try:
        found = json.loads(text)
        text = found.get("error") or found.get("message") or text
    except (ValueError, AttributeError):
        pass
    words = {401: "the database refuses the token", 403: "the token does not allow this", 404: "there is no such database"}
    kind = ProgrammingError if status == 400 else OperationalError
    return kind(f"{words.get(status, 'the database refuses')} ({status}): {str(text)[:300]}")
