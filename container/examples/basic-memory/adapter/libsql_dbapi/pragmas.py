"""Settings of a file that the server has no use for: they are answered here, as SQLite does."""

from __future__ import annotations

import re

SETTING = re.compile(r"\s*PRAGMA\s+(?:main\.)?(\w+)\s*(?:=\s*|\(\s*)['\"]?([\w.+-]+)['\"]?\s*\)?\s*;?\s*", re.IGNORECASE)

# The column and the value that SQLite answers when one of them is set; None: no row.
OF_A_FILE = {
    "busy_timeout": ("timeout", int),
    "cache_size": None,
    "journal_mode": ("journal_mode", str.lower),
    "locking_mode": ("locking_mode", str.lower),
    "mmap_size": ("mmap_size", int),
    "page_size": None,
    "synchronous": None,
    "temp_store": None,
    "wal_autocheckpoint": ("wal_autocheckpoint", int),
}
TRUE = {"on", "yes", "true", "1"}


def setting(sql: str) -> tuple[str, str] | None:
    """Name, in small letters, and value of a pragma that sets something."""
    found = SETTING.fullmatch(sql)
    return None if found is None else (found[1].lower(), found[2])


def answer_of_file(name: str, value: str) -> tuple[list[str], list[tuple[int | str]]]:
    """Columns and rows."""
    answered = OF_A_FILE[name]
    if answered is None:
        return [], []
    column, convert = answered
    return [column], [(convert(value),)]
