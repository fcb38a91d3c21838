"""Keys of issuers come over HTTP: discovery, rotation, outage; as few fetches as promised, and no good token refused."""
import json
import threading
import time

import psycopg

import tokens
from admin import database, denied, value, writer
from publisher import Publisher
from tap import done, is_, ok


def refusal(token, on=None):
    """None, or why login() refuses the token."""
    try:
        (on or database).execute("SELECT openlineage.login(%s, false)", (token,))
    except psycopg.Error as error:
        assert error.sqlstate == "28000", error
        return error.diag.message_detail.removeprefix("It was refused because ").rstrip(".")
    return None


def refresh(issuer):
    return database.execute("SELECT keys, problem FROM openlineage.jwks_refresh(%s) WHERE used_by = 'login()'", (issuer.name,)).fetchone()


def let_time_pass(issuer):
    """As if nobody had asked for ten seconds."""
    database.execute("UPDATE openlineage.issuer SET asked_at = asked_at - interval '11 seconds' WHERE issuer = %s", (issuer.name,))


def rotate(issuer, publisher, keep=True, generation=[0]):
    """A new RS256 key, the old one still published or not; ten seconds after the last, the issuer signs with it."""
    generation[0] += 1
    new, old = tokens.Key("RS256", f"rs256-{generation[0]}"), issuer.keys["RS256"]
    publisher.jwks = {"keys": [new.jwk()] + ([old.jwk()] if keep else [])}
    let_time_pass(issuer)
    issuer.keys["RS256"] = new


def test_discovery(issuer, publisher):
    database.execute("SELECT openlineage.add_issuer(%s, %s)", (issuer.name, issuer.audience))
    is_(refusal(issuer.token()), None, "the first token makes its issuer's keys be fetched")
    is_(publisher.fetches, 1, "once")
    for alg in tokens.ALGORITHMS:
        is_(refusal(issuer.token(alg)), None, f"{alg} is taken")
    is_(refresh(issuer), (len(tokens.ALGORITHMS), None), "as many keys as can be used")
    publisher.discovery["issuer"] += "/"
    is_(refresh(issuer), (None, "the discovery document is that of another issuer"), "another issuer's document is not taken")
    publisher.discovery = {"issuer": issuer.name}
    is_(refresh(issuer), (None, "the discovery document names no key set"), "nor one without keys")
    for text in ("<html>", "[]", '{"issuer": 1}', ""):
        publisher.discovery = text
        ok(refresh(issuer)[1], f"nor what is no document: {text}")
    database.execute("SELECT openlineage.add_issuer(%s, %s, %s)", (issuer.name, issuer.audience, publisher.url + "/keys"))
    is_(refresh(issuer), (len(tokens.ALGORITHMS), None), "with jwks_uri nothing is discovered")
    is_(refusal(issuer.token()), None, "and tokens are taken")


def test_rotation(issuer, publisher):
    before = issuer.token()
    publisher.fetches = 0
    rotate(issuer, publisher)
    is_(refusal(issuer.token()), None, "the first token with a new key is taken")
    is_(refusal(before), None, "so is one with the old key, which is still published")
    is_(publisher.fetches, 1, "for one fetch")
    unknown = [refusal(issuer.token(header={"kid": f"unknown-{i}"})) for i in range(20)]
    is_(set(unknown), {"its key is not known"}, "unknown keys are refused")
    is_(publisher.fetches, 1, "and fetch nothing for ten seconds")
    let_time_pass(issuer)
    unknown = [refusal(issuer.token(header={"kid": f"unknown-{i}"})) for i in range(20)]
    is_(publisher.fetches, 2, "then once again")
    forged = issuer.token(key=tokens.Key("RS256", issuer.keys["RS256"].kid))
    let_time_pass(issuer)
    is_(refusal(forged), "its signature is wrong", "a wrong signature of a known key")
    is_(publisher.fetches, 2, "fetches nothing")
    rotate(issuer, publisher, keep=False)
    is_(refresh(issuer), (1, None), "after the old key is retired")
    is_(refusal(before), "its key is not known", "its tokens are refused")
    is_(refusal(issuer.token()), None, "and new ones taken")


def test_sessions_at_once(issuer, publisher):
    rotate(issuer, publisher)
    publisher.fetches = 0
    publisher.hold.clear()
    token, answers = issuer.token(), []

    def log_in():
        with psycopg.connect(autocommit=True) as own:
            answers.append(refusal(token, own))
    threads = [threading.Thread(target=log_in) for _ in range(6)]
    for thread in threads:
        thread.start()
    while value("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND state = 'active'") < 7:
        pass
    publisher.hold.set()
    for thread in threads:
        thread.join()
    is_(answers, [None] * 6, "several sessions with the first token of a new key are all let in")
    is_(publisher.fetches, 1, "for one fetch")


def test_read_only(issuer, publisher):
    rotate(issuer, publisher)
    token = issuer.token()
    with database.transaction():
        database.execute("SET TRANSACTION READ ONLY, ISOLATION LEVEL REPEATABLE READ")
        value("SELECT count(*) FROM openlineage.namespace")
        is_(refusal(token), None, "a new key is found by a transaction that may only read and looks at the past")
    rotate(issuer, publisher)
    token = issuer.token()
    try:
        with database.transaction():
            is_(refusal(token), None, "and by one that is rolled back")
            raise psycopg.Rollback
    except psycopg.Rollback:
        pass
    publisher.fetches = 0
    is_(refusal(token), None, "after which it is known")
    is_(publisher.fetches, 0, "without asking again")


def test_outage(issuer, publisher):
    token, fetched_at = issuer.token(), value("SELECT fetched_at FROM openlineage.issuer WHERE issuer = %s", issuer.name)
    for status in (500, 404, 302):
        publisher.status = status
        ok(refresh(issuer)[1], f"status {status} is a problem")
        is_(refusal(token), None, "the last good keys go on")
    publisher.status = 200
    good = publisher.jwks
    for text in ("<html>", "{}", '{"keys": {}}', '{"keys": [], "keys": []}', "x" * 300000):
        publisher.jwks = text
        ok(refresh(issuer)[1], f"so is what is no key set: {text[:20]}")
        is_(refusal(token), None, "the last good keys go on")
    publisher.jwks = good
    is_(value("SELECT fetched_at FROM openlineage.issuer WHERE issuer = %s", issuer.name), fetched_at, "when they were fetched is remembered")
    ok(value("SELECT problem FROM openlineage.issuer WHERE issuer = %s", issuer.name), "and so is the problem")
    database.execute("UPDATE openlineage.issuer SET fetched_at = fetched_at - interval '25 hours' WHERE issuer = %s", (issuer.name,))
    is_(refusal(token), "the keys of its issuer are too old", "but not for longer than a day")
    database.execute("SET openlineage.jwks_max_stale = '30 h'")
    is_(refusal(token), None, "or than openlineage.jwks_max_stale")
    database.execute("RESET openlineage.jwks_max_stale")
    is_(refresh(issuer)[1], None, "the issuer is back")
    is_(refusal(token), None, "and its tokens are taken")
    publisher.hold.clear()
    let_time_pass(issuer)
    began = time.monotonic()
    is_(refusal(issuer.token(header={"kid": "unknown"})), "its key is not known", "an issuer that does not answer")
    ok(time.monotonic() - began < 4, "is waited for three seconds")
    publisher.hold.set()
    publisher.jwks = {"keys": []}
    is_(refresh(issuer), (0, None), "an issuer that publishes no key any more")
    is_(refusal(token), "its key is not known", "has none")
    publisher.jwks = good
    refresh(issuer)


def test_rotation_under_load(issuer, publisher):
    refused, taken, stop = [], [0], threading.Event()
    forger = tokens.Issuer(issuer.name, issuer.audience)

    def log_in():
        with psycopg.connect(autocommit=True) as own:
            while not stop.is_set():
                token = issuer.token()
                why = refusal(token, own)
                if why:
                    refused.append(why)
                forger.keys["RS256"].kid = issuer.keys["RS256"].kid
                taken[0] += 1
                if refusal(forger.token(), own) is None:
                    refused.append("a forged token is taken")
    threads = [threading.Thread(target=log_in) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(8):
        seen = taken[0]
        while taken[0] < seen + 40:
            time.sleep(0.005)
        rotate(issuer, publisher)
    stop.set()
    for thread in threads:
        thread.join()
    is_(refused, [], f"keys change eight times under {taken[0]} logins: no good token is refused, no bad one taken")


def test_rights():
    with writer():
        denied("SELECT * FROM openlineage.jwks_refresh()", "SELECT openlineage.jwks_refresh_unknown('i')")


def main():
    publisher = Publisher()
    issuer = tokens.Issuer(publisher.url, "openlineage")
    publisher.jwks = issuer.jwks()
    database.execute("ALTER SYSTEM SET openlineage.allowed_hosts = '127.0.0.1'")
    database.execute("ALTER SYSTEM SET openlineage.oauth_allow_http = on")
    database.execute("SELECT pg_reload_conf()")
    while value("SELECT current_setting('openlineage.oauth_allow_http')") != "on":
        pass
    test_discovery(issuer, publisher)
    test_rotation(issuer, publisher)
    test_sessions_at_once(issuer, publisher)
    test_read_only(issuer, publisher)
    test_outage(issuer, publisher)
    test_rotation_under_load(issuer, publisher)
    test_rights()
    done()


main()
