"""The superuser's side of the tests in this folder; PGHOST and its like lead to the server."""
import contextlib
import socket
import time

import psycopg

from tap import is_

database = psycopg.connect(autocommit=True)


def value(query, *arguments):
    return database.execute(query, arguments).fetchone()[0]


@contextlib.contextmanager
def writer():
    """What is run inside is run as a member of openlineage_writer."""
    database.execute("DROP ROLE IF EXISTS auth_test; CREATE ROLE auth_test IN ROLE openlineage_writer; SET ROLE auth_test")
    yield
    database.execute("RESET ROLE; DROP ROLE auth_test")


def denied(*statements):
    for statement in statements:
        try:
            database.execute(statement)
            state = None
        except psycopg.Error as error:
            state = error.sqlstate
        is_(state, "42501", f"a writer may not: {statement}")


def reload():
    """The files of settings are read anew by all that begins from here on."""
    before = value("SELECT pg_conf_load_time()")
    database.execute("SELECT pg_reload_conf()")
    poll(lambda: value("SELECT pg_conf_load_time()") != before)


def poll(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
