"""What `sqlite3` offers to aiosqlite and SQLAlchemy, spoken to a libSQL server: Hrana 3 over HTTP. Needs Python 3.12 only."""

from sqlite3 import ProgrammingError

from .address import Address, address_of
from .connection import Connection, Cursor
from .errors import OutcomeUnknown, TransactionLost

__all__ = ["Address", "Connection", "Cursor", "OutcomeUnknown", "ProgrammingError", "TransactionLost", "address_of"]
