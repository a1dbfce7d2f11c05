"""Values of Python as Hrana writes them in JSON, and back."""

from __future__ import annotations

import math
import sqlite3
from base64 import b64decode, b64encode
from typing import Any, Callable

LEAST, MOST = -(2**63), 2**63 - 1


def to_hrana(value: Any) -> dict[str, Any]:
    """As `sqlite3` binds it, adapters included. Raises what `sqlite3` raises."""
    if value is None:
        return {"type": "null"}
    if isinstance(value, int):
        if not LEAST <= value <= MOST:
            raise OverflowError("Python int too large to convert to SQLite INTEGER")
        return {"type": "integer", "value": str(int(value))}
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, str):
        return {"type": "text", "value": str(value)}
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"type": "blob", "base64": b64encode(value).decode()}
    adapted = sqlite3.adapt(value, sqlite3.PrepareProtocol, value)
    if adapted is value:
        raise sqlite3.ProgrammingError(f"Error binding parameter: type '{type(value).__name__}' is not supported")
    return to_hrana(adapted)


def _float(value: float) -> dict[str, Any]:
    # SQLite keeps no NaN either: it becomes NULL.
    if math.isnan(value):
        return {"type": "null"}
    if math.isinf(value):
        raise sqlite3.NotSupportedError("an infinite number has no form in the server's protocol")
    return {"type": "float", "value": value}


def from_hrana(value: dict[str, Any], text: Callable[[bytes], Any]) -> Any:
    """@param text what makes a string: `str`, or the connection's `text_factory`"""
    match value["type"]:
        case "null":
            return None
        case "integer":
            return int(value["value"])
        case "float":
            return float(value["value"])
        case "text":
            return value["value"] if text is str else text(value["value"].encode())
        case "blob":
            # Without padding: Hrana leaves it out.
            base64 = value["base64"]
            return b64decode(base64 + "=" * (-len(base64) % 4))
        case other:
            raise sqlite3.DataError(f"the server answers a value of type {other}")
