"""Where the database is."""

from __future__ import annotations

from dataclasses import dataclass, field
from sqlite3 import ProgrammingError
from urllib.parse import parse_qs, urlsplit

SECURE = {"libsql": True, "https": True, "wss": True, "http": False, "ws": False}


@dataclass(frozen=True)
class Address:
    """A server, and the token that opens the database there. The token is in no text of it."""

    secure: bool
    host: str
    port: int
    token: str | None = field(repr=False)

    def elsewhere(self, base_url: str) -> Address:
        """Where the server wants the rest of a stream. Never without TLS if it began with it."""
        other = address_of(base_url, self.token)
        if other is None or (self.secure and not other.secure):
            raise ProgrammingError("the server leads to an address that is no libSQL server with TLS")
        return other


def address_of(url: str, token: str | None) -> Address | None:
    """The address in a `libsql://` or `http(s)://` URL; None for what is no libSQL server.

    `?tls=0` is plain HTTP; `?authToken=` goes before `token`.
    """
    parts = urlsplit(url)
    secure = SECURE.get(parts.scheme)
    if secure is None:
        return None
    if not parts.hostname:
        raise ProgrammingError("DATABASE_URL names no host: libsql://HOST?authToken=TOKEN")
    query = parse_qs(parts.query)
    if query.get("tls") == ["0"]:
        secure = False
    return Address(secure, parts.hostname, parts.port or (443 if secure else 80), query.get("authToken", [token])[0])
