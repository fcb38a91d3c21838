"""Behind pgbouncer in transaction mode a login counts for its own transaction and for nobody else, however the server's sessions are shared; a
dashboard's role sees what was granted to it, without a token."""
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import threading
import time

import psycopg

from admin import database, free_port, value
from tap import done, is_, ok

PERSONS = 6
ROUNDS = 120
DATABASE = database.info.dbname
WHO = "SELECT openlineage.user_id(), array(SELECT name FROM openlineage.namespace ORDER BY name)"


class Pooler:
    """pgbouncer with fewer sessions than clients; ended with the test."""

    def __init__(self, mode):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ol-pooler-", dir="/tmp"))
        self.port = free_port()
        (self.folder / "users").write_text('"postgres" ""\n"app" ""\n"tableau" ""\n', encoding="utf-8")
        (self.folder / "pgbouncer.ini").write_text(f"""
[databases]
{DATABASE} = host={os.environ["PGHOST"]} port={os.environ["PGPORT"]}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.port}
unix_socket_dir =
auth_type = trust
auth_file = {self.folder}/users
pool_mode = {mode}
default_pool_size = 2
{"server_reset_query = DISCARD ALL" if mode == "session" else ""}
""", encoding="utf-8")
        user = []
        if os.geteuid() == 0:    # pgbouncer refuses to run as root
            shutil.chown(self.folder, "nobody")
            user = ["-u", "nobody"]
        self.process = subprocess.Popen(["pgbouncer", "-q", *user, str(self.folder / "pgbouncer.ini")], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 30
        while True:
            try:
                self.connect("app").close()
                break
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"pgbouncer did not start: {self.process.stderr.read()}") from None
                time.sleep(0.05)

    def connect(self, user):
        # Statements are not prepared: this pgbouncer does not know those of transaction mode.
        return psycopg.connect(host="127.0.0.1", port=self.port, user=user, dbname=DATABASE, prepare_threshold=None)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.terminate()
        self.process.wait()
        self.process.stderr.close()
        shutil.rmtree(self.folder)


def prepare():
    for role in ("app", "tableau"):
        database.execute(f"DROP ROLE IF EXISTS {role}")
        database.execute(f"CREATE ROLE {role} LOGIN IN ROLE openlineage_reader")
    for name in [f"space-{i}" for i in range(PERSONS)] + ["warehouse", "warehouse.raw", "secret"]:
        value("SELECT openlineage.ingest(%s::text)", '{"eventTime":"2026-01-05T10:00:00Z","job":{"namespace":"%s","name":"j"}}' % name)
    database.execute("SELECT openlineage.enable_rls()")
    return [value("SELECT openlineage.create_api_key(%s, '{lineage:read}', %s)", f"person-{i}", [f"space-{i}"]) for i in range(PERSONS)]


def one_transaction(connection, key, number, chance):
    """What is wrong with it: as the person in it, in a savepoint, after an error, after its end."""
    faults = []
    person = (f"person-{number}", [f"space-{number}"])
    try:
        with connection.transaction():
            before = connection.execute(WHO).fetchone()
            faults += [] if before == (None, []) else [("before", before)]
            connection.execute("SELECT openlineage.login(%s)", (key,))
            for _ in range(chance.randrange(1, 4)):
                seen = connection.execute(WHO).fetchone()
                faults += [] if seen == person else [("inside", seen)]
            if chance.random() < 0.3:
                connection.execute("SELECT 1 / 0")
    except psycopg.errors.DivisionByZero:
        pass
    with connection.transaction():
        after = connection.execute(WHO).fetchone()
        return faults + ([] if after == (None, []) else [("after", after)])


def test_transactions(keys):
    faults, sessions = [], set()

    def person(number):
        chance = random.Random(number)
        with pooler.connect("app") as connection:
            for _ in range(ROUNDS):
                faults.extend(one_transaction(connection, keys[number], number, chance))
                sessions.add(connection.execute("SELECT pg_backend_pid()").fetchone()[0])
                connection.commit()

    with Pooler("transaction") as pooler:
        threads = [threading.Thread(target=person, args=(number,)) for number in range(PERSONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        is_(faults[:10], [], f"{PERSONS} persons, {PERSONS * ROUNDS} transactions: each is itself in its own and nobody outside")
        is_(len(sessions), 2, "over two sessions of the server")
        test_role(pooler)


def test_role(pooler):
    """What a dashboard does: no token, no statement of ours."""
    value("SELECT openlineage.grant_namespace('database_role', 'tableau', 'warehouse*')")
    with pooler.connect("tableau") as connection:
        is_(connection.execute("SELECT array(SELECT name FROM openlineage.namespace ORDER BY name)").fetchone()[0], ["warehouse", "warehouse.raw"],
            "a role with a grant sees the namespaces of its pattern")
        is_(connection.execute("SELECT count(*) FROM openlineage.job_detail").fetchone()[0], 2, "in views, too")
        is_(connection.execute("SELECT openlineage.namespaces('write')").fetchone()[0], [], "and writes nothing")
        for statement in ("SELECT openlineage.ingest('{\"eventTime\":\"2026-01-05T10:00:00Z\",\"job\":{\"namespace\":\"warehouse\",\"name\":\"x\"}}'::text)",
                          "SELECT openlineage.grant_namespace('database_role', 'tableau', '*')", "SELECT openlineage.disable_rls()",
                          "DELETE FROM openlineage.access_mode", "SELECT openlineage.create_api_key('tableau', '{admin}')", "SELECT * FROM openlineage.grant_rule",
                          "SELECT * FROM openlineage.api_key", "SET ROLE openlineage_admin", "SET openlineage._claims = '{}'"):
            connection.rollback()
            try:
                connection.execute(statement)
                ok(False, f"refused: {statement[:60]}")
            except psycopg.Error as error:
                is_(error.sqlstate, "42501", f"refused: {statement[:60]}")
        connection.rollback()
        value("SELECT openlineage.revoke_namespace('database_role', 'tableau', 'warehouse*')")
        is_(connection.execute("SELECT count(*) FROM openlineage.namespace").fetchone()[0], 0, "a grant that is taken back counts from the next statement on")


def test_sessions(keys):
    """Session mode, where DISCARD ALL is between clients: a login of the session ends with the client."""
    with Pooler("session") as pooler:
        for number in range(4):
            with pooler.connect("app") as connection:
                is_(connection.execute(WHO).fetchone(), (None, []), "a new client is nobody")
                connection.execute("SELECT openlineage.login(%s, false)", (keys[number],))
                connection.commit()
                is_(connection.execute(WHO).fetchone(), (f"person-{number}", [f"space-{number}"]), "and itself until it goes")


def main():
    keys = prepare()
    test_transactions(keys)
    test_sessions(keys)
    database.execute("SELECT openlineage.disable_rls()")
    for role in ("app", "tableau"):
        database.execute(f"DROP ROLE {role}")
    done()


main()
