"""One connection, told what to do line by line: `session.py` on SQLite in memory, `session.py URL` on the adapter's.

Each line is a JSON array, [method, arguments as a Python literal]. Each answer is a line that two sides can be compared by.
"""

import ast
import json
import sqlite3
import sys
from os import environ

sys.path.insert(0, environ["ADAPTER"])
from libsql_dbapi import Connection, address_of  # noqa: E402

connection = Connection(address_of(sys.argv[1], None)) if len(sys.argv) > 1 else sqlite3.connect(":memory:")


def shown(cursor):
    rows = cursor.fetchall()
    columns = [column[0] for column in cursor.description or ()]
    # Of a statement that inserts nothing, sqlite3's last id is what happened to be there.
    changed = "" if cursor.rowcount < 0 else f" {cursor.rowcount} changed, last id {cursor.lastrowid};"
    return f"{columns} {rows};{changed} transaction {connection.in_transaction}"


def done(method, arguments):
    if method == "set":
        setattr(connection, *arguments)
        return "set"
    found = getattr(connection, method)(*arguments)
    return shown(found) if hasattr(found, "fetchall") else f"{found}; transaction {connection.in_transaction}"


for line in sys.stdin:
    method, text = json.loads(line)
    try:
        arguments = ast.literal_eval(text)
        answer = done(method, arguments)
    except Exception as error:
        answer = f"{type(error).__name__}: {error}; transaction {connection.in_transaction}"
    print(json.dumps(answer), flush=True)
