"""PostgreSQL 18 authenticates by our module: attacks are refused, claims rule the session without a call."""
import pathlib
import threading
import time

import psycopg

import tokens
from admin import database, poll, reload, value
from oauthbearer import Connection, Refused
from publisher import Publisher
from tap import done, is_, ok

DATABASE = database.info.dbname


def refusal(token, user="oauth_user", database=DATABASE):
    """None, or the SQLSTATE with which the client is refused."""
    try:
        Connection(user, token, database).close()
    except Refused as refused:
        return refused.sqlstate
    return None


def write_file(setting, *lines):
    """New lines in front of pg_hba.conf or pg_ident.conf."""
    path = pathlib.Path(value(f"SHOW {setting}"))
    path.write_text("".join(line + "\n" for line in lines) + path.read_text())


def configure(**settings):
    for name, text in settings.items():
        database.execute(f"ALTER SYSTEM SET {name.replace('__', '.')} = '{text}'")
    reload()


def prepare(issuer):
    for statement in ("DROP ROLE IF EXISTS oauth_user", "CREATE ROLE oauth_user LOGIN IN ROLE openlineage_writer", "DROP DATABASE IF EXISTS oauth_other",
                      "CREATE DATABASE oauth_other TEMPLATE template0 ENCODING 'UTF8'"):
        database.execute(statement)
    with psycopg.connect(dbname="oauth_other", autocommit=True) as other:
        other.execute("CREATE EXTENSION openlineage")
    write_file("hba_file", f'local all oauth_user oauth issuer="{issuer.name}" scope="openid lineage:read" map=persons',
               f'local all oauth_nobody oauth issuer="{issuer.name}" scope="lineage:read models:read admin" map=persons',
               f'local all somebody oauth issuer="{issuer.name}/.well-known/openid-configuration" scope="lineage:read" delegate_ident_mapping=1')
    write_file("ident_file", r"persons /^some oauth_user", r"persons /^some oauth_nobody")
    configure(oauth_validator_libraries="openlineage_auth", openlineage__allowed_hosts="127.0.0.1", openlineage__oauth_allow_http="on",
              openlineage__oauth_audience=issuer.audience)
    for role in ("oauth_nobody", "somebody"):
        database.execute(f"DROP ROLE IF EXISTS {role}")
        database.execute(f"CREATE ROLE {role} LOGIN")


def test_first_token(issuer, publisher):
    is_(publisher.fetches, 0, "no keys were fetched yet")
    is_(refusal(issuer.token()), None, "the first good token waits until they are, and is taken")
    is_(publisher.fetches, 1, "they were fetched once")
    is_(database.execute("SELECT keys, problem FROM openlineage.jwks_refresh(%s) WHERE used_by = 'pg_hba.conf'", (issuer.name,)).fetchall(),
        [(len(tokens.ALGORITHMS), None)], "jwks_refresh() fetches the keys of issuers in pg_hba.conf")
    for alg in tokens.ALGORITHMS:
        is_(refusal(issuer.token(alg)), None, f"{alg} is taken")


def test_attacks(issuer):
    for attack in tokens.attacks(issuer):
        # 08P01: what is no bearer token by its characters alone does not come to the module.
        got = refusal(attack.bad)
        ok(got in ("28000", "08P01"), f"refused: {attack.name}", got)
        if "for the client itself" not in attack.name:    # its twin has no scope, which every line asks for
            is_(refusal(attack.good), None, f"its twin is taken: {attack.name}")


def test_rights(issuer):
    is_(refusal(issuer.token(scope="models:read")), "28000", "all scopes of the line in pg_hba.conf are needed")
    is_(refusal(issuer.token(), "oauth_nobody"), "28000", "all of them, for each line")
    is_(refusal(issuer.token(scope="admin lineage:read models:read"), "oauth_nobody"), None, "and in any order")
    is_(refusal(issuer.token(sub="else")), "28000", "who is mapped to no role is refused")
    is_(refusal(issuer.token(), "somebody"), None, "without a map the subject is the role")
    is_(refusal(issuer.token(sub="somebody-else"), "somebody"), "28000", "and nobody else is")
    try:
        Connection("oauth_user", issuer.token(exp=1), DATABASE)
    except Refused as refused:
        is_(refused.challenge, {"status": "invalid_token", "scope": "openid lineage:read",
                                "openid-configuration": issuer.name + "/.well-known/openid-configuration"}, "a refused client is told where to go")
    other = tokens.Issuer("https://issuer.example", issuer.audience)
    database.execute("SELECT openlineage.add_issuer(%s, %s, jwks => %s)", (other.name, other.audience, tokens.dump(other.jwks())))
    is_(refusal(other.token()), "28000", "an issuer of a table is none of pg_hba.conf")
    database.execute("SELECT openlineage.add_issuer(%s, %s, jwks => %s)", (issuer.name, issuer.audience, tokens.dump(other.jwks())))
    is_(refusal(issuer.token(key=other.keys["RS256"])), "28000", "and keys of a table do not count")
    database.execute("SELECT openlineage.remove_issuer(%s)", (issuer.name,))
    configure(openlineage__oauth_audience="another")
    is_(refusal(issuer.token()), "28000", "the audience is that of the setting")
    is_(refusal(issuer.token(aud="another")), None, "whatever it is")
    configure(openlineage__oauth_audience="")
    is_(refusal(issuer.token(aud="")), "28000", "and without one nobody is let in")
    configure(openlineage__oauth_audience=issuer.audience, openlineage__oauth_identity="email")
    is_(refusal(issuer.token(email="some@where")), None, "another claim can say who it is")
    is_(refusal(issuer.token()), "28000", "and then has to")
    configure(openlineage__oauth_identity="sub")


def test_session(issuer):
    session = Connection("oauth_user", issuer.token(sub="some-one", scope="lineage:read lineage:write"), DATABASE)
    who = "SELECT openlineage.user_id()"
    is_(session.value(who), "some-one", "the claims are there without a call")
    is_(session.value("SELECT system_user"), "oauth:some-one", "the server knows the identity")
    is_(session.value("SELECT openlineage.has_scope('lineage:write')"), "t", "with scopes")
    for forget in ("DISCARD ALL", "RESET ALL", "RESET SESSION AUTHORIZATION", "BEGIN; ROLLBACK"):
        session.query(forget)
        is_(session.value(who), "some-one", f"they stay after {forget}")
    session.query("SET debug_parallel_query = on; SET parallel_setup_cost = 0; SET min_parallel_table_scan_size = 0")
    is_(session.query("SELECT DISTINCT openlineage.user_id() FROM pg_class"), [["some-one"]], "and in parallel workers")
    database.execute("SELECT openlineage.add_issuer(%s, %s, jwks => %s)", (issuer.name, issuer.audience, tokens.dump(issuer.jwks())))
    session.query(f"BEGIN; SELECT openlineage.login('{issuer.token(sub='guest')}')")
    is_(session.value(who), "guest", "a login in the session counts for its transaction")
    session.query("COMMIT")
    is_(session.value(who), "some-one", "and then no more")
    for attack in ("SET openlineage._claims = '{}'", "SELECT set_config('openlineage._claims', '{}', false)", "ALTER ROLE oauth_user SET openlineage._claims = '{}'"):
        try:
            session.query(attack)
            ok(False, f"refused: {attack}")
        except Refused as refused:
            is_(refused.sqlstate, "42501", f"refused: {attack}")
    session.close()
    try:
        Connection("oauth_user", issuer.token(), DATABASE, options="-c openlineage._claims={}")
        ok(False, "nor do options of the connection change them")
    except Refused as refused:
        is_(refused.sqlstate, "42501", "nor do options of the connection change them")
    session = Connection("oauth_user", issuer.token(sub="some-other"), "oauth_other")
    is_(session.value(who), "some-other", "they are there in every database")
    session.close()


def let_ten_seconds_pass(publisher, issuer):
    """Until an unknown key is asked for again."""
    before = publisher.fetches
    ok(poll(lambda: refusal(issuer.token(header={"kid": "unknown"})) and publisher.fetches > before), "unknown keys are asked for again after ten seconds")
    deadline = time.monotonic() + 10.5
    ok(poll(lambda: time.monotonic() > deadline), "ten seconds later")


def test_rotation(issuer, publisher):
    """Under load, with an issuer that takes its time to answer."""
    let_ten_seconds_pass(publisher, issuer)
    old = issuer.token()
    forger = tokens.Key("RS256", "of a forger")
    pairs, wrong, taken = [(old, issuer.token(header={"kid": issuer.keys["RS256"].kid}, key=forger))], [], [0, 0]
    stop = threading.Event()

    def load():
        while not stop.is_set():
            good, forged = pairs[-1]
            got = refusal(good)
            taken[good != old] += 1
            if got is not None:
                wrong.append(("good", got))
            if refusal(forged) != "28000":
                wrong.append("forged")

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    ok(poll(lambda: taken[0] > 40), "clients come with the old key")
    publisher.fetches = 0
    publisher.hold.clear()
    issuer.keys["RS256"] = tokens.Key("RS256", "rs256-new")
    publisher.jwks = issuer.jwks()
    threading.Timer(0.5, publisher.hold.set).start()
    pairs.append((issuer.token(), issuer.token(header={"kid": "rs256-new"}, key=forger)))
    ok(poll(lambda: taken[1] > 40), "and with the new one")
    stop.set()
    for thread in threads:
        thread.join()
    is_(wrong[:20], [], f"keys changed under {sum(taken)} good and as many forged logins: none refused, none accepted")
    is_(publisher.fetches, 1, "the new keys were fetched once")
    is_(refusal(old), "28000", "the old key is not published any more")
    began = time.monotonic()
    for i in range(5):
        refusal(issuer.token(header={"kid": f"unknown-{i}"}))
    is_(publisher.fetches, 1, "unknown keys fetch once in ten seconds")
    ok(time.monotonic() - began < 5, "and do not wait in between")


def test_slow_issuer(issuer, publisher):
    let_ten_seconds_pass(publisher, issuer)
    publisher.hold.clear()
    began = time.monotonic()
    is_(refusal(issuer.token(header={"kid": "unknown"})), "28000", "an issuer that does not answer is not waited for")
    ok(1.5 < time.monotonic() - began < 5, "longer than two seconds")
    publisher.hold.set()
    is_(refusal(issuer.token()), None, "and does no harm to known keys")


def main():
    if database.info.server_version < 180000:
        print("1..0 # SKIP PostgreSQL 18 is the first with OAuth")
        return
    publisher = Publisher()
    issuer = tokens.Issuer(publisher.url, "openlineage")
    publisher.jwks = issuer.jwks()
    prepare(issuer)
    test_first_token(issuer, publisher)
    test_attacks(issuer)
    test_rights(issuer)
    test_session(issuer)
    test_rotation(issuer, publisher)
    test_slow_issuer(issuer, publisher)
    done()


main()
