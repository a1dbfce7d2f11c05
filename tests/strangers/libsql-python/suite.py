"""The Python libSQL clients against the embedded Turso. Prints `ok NAME` or `not ok NAME: why` for each check."""

import os

import libsql
import libsql_client

HOST, TOKEN = os.environ["DATABASE_HOST"], os.environ["DATABASE_AUTH_TOKEN"]


def http():
    return libsql_client.create_client_sync(url=f"http://{HOST}", auth_token=TOKEN)


def http_rows():
    with http() as client:
        client.execute("create table if not exists t (x, y)")
        client.execute("insert into t values (?, ?)", [1, "ü"])
        rows = client.execute("select x, y from t").rows
        assert [tuple(row) for row in rows] == [(1, "ü")], rows


def http_batch():
    with http() as client:
        client.batch(["insert into t values (2, 'b')", "insert into t values (3, 'c')"])
        assert client.execute("select count(*) from t").rows[0][0] == 3


def http_fts5():
    with http() as client:
        client.execute("create virtual table f using fts5(text)")
        client.execute("insert into f values ('hello world')")
        assert len(client.execute("select * from f where f match 'world'").rows) == 1


def websocket_transaction():
    with libsql_client.create_client_sync(url=f"ws://{HOST}", auth_token=TOKEN) as client:
        with client.transaction() as transaction:
            transaction.execute("insert into t values (4, 'd')")
            transaction.rollback()
        assert client.execute("select count(*) from t").rows[0][0] == 3


def remote_driver():
    connection = libsql.connect(database=f"http://{HOST}", auth_token=TOKEN)
    assert connection.execute("select x from t order by x").fetchall() == [(1,), (2,), (3,)]


def wrong_token():
    try:
        with libsql_client.create_client_sync(url=f"http://{HOST}", auth_token="wrong") as client:
            client.execute("select 1")
    except Exception:  # which one is the client's own choice
        return
    raise AssertionError("not refused")


for check in [http_rows, http_batch, http_fts5, websocket_transaction, remote_driver, wrong_token]:
    try:
        check()
        print(f"ok {check.__name__}", flush=True)
    except BaseException as error:  # a panic of the Rust driver is none of Exception's
        print(f"not ok {check.__name__}: {str(error).splitlines()[0] if str(error) else type(error).__name__}", flush=True)
