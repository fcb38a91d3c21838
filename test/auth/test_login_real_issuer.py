"""A real OpenID provider end to end: tokens of four algorithms, ID tokens, key change and retirement; on 18 it logs in to PostgreSQL."""
import pathlib

import psycopg

import libpq_oauth
import tokens
from admin import database, reload, value
from oauthbearer import Connection, Refused
from person import device_tokens
from real_issuer import CLIENTS, RealIssuer
from tap import done, is_, ok

SCOPES = {"api-gateway": "lineage:read lineage:write admin", "mlflow": "lineage:write models:read",
          "feast": "lineage:write features:read", "modelcatalogue": "lineage:read models:read"}


def refusal(token):
    try:
        database.execute("SELECT openlineage.login(%s, false)", (token,))
    except psycopg.Error as error:
        return error.diag.message_detail
    return None


def test_clients(issuer):
    for client, alg in CLIENTS.items():
        is_(refusal(issuer.token(client, SCOPES[client])), None, f"{client} logs in with {alg}")
        is_(value("SELECT array[openlineage.user_id(), openlineage.claim('client_id'), array_to_string(openlineage.scopes(), ' ')]"),
            [client, client, SCOPES[client]], "and is who it is")
    is_(value("SELECT openlineage.claims() -> 'namespaces'"), {"read": ["modelcatalogue", "mlflow"], "write": []}, "with its namespaces")


def test_person(issuer):
    access, identity = device_tokens(issuer.url, "sub-1")
    is_(refusal(access), None, "a person logs in with a token from a device's page")
    is_(value("SELECT openlineage.user_id()"), "sub-1", "as that person")
    ok("another audience" in refusal(identity), "the ID token beside is for somebody else")
    database.execute("SELECT openlineage.add_issuer(%s, 'psql')", (issuer.url,))
    ok("no access token" in refusal(identity), "and refused even if its audience were right")
    database.execute("SELECT openlineage.add_issuer(%s, 'psql', token_kind => 'any')", (issuer.url,))
    is_(refusal(identity), None, "unless the issuer's ID tokens are to be taken")
    database.execute("SELECT openlineage.add_issuer(%s, 'openlineage')", (issuer.url,))


def test_key_change(issuer):
    old = {client: issuer.token(client, SCOPES[client]) for client in CLIENTS}
    database.execute("UPDATE openlineage.issuer SET asked_at = NULL")
    issuer.rotate()
    for client in CLIENTS:
        is_(refusal(issuer.token(client, SCOPES[client])), None, f"{client} logs in with a new key")
        is_(refusal(old[client]), None, "and with the old one")
    issuer.retire()
    is_(database.execute("SELECT keys, problem FROM openlineage.jwks_refresh(%s) WHERE used_by = 'login()'", (issuer.url,)).fetchone(), (4, None), "the old keys are retired")
    for client in CLIENTS:
        ok("key is not known" in (refusal(old[client]) or ""), f"{client} does not log in with the old key any more")
        is_(refusal(issuer.token(client, SCOPES[client])), None, "but with the new one")


def test_authentication(issuer):
    """PostgreSQL 18: the person's claims rule a session that made no call."""
    database.execute("DROP ROLE IF EXISTS oauth_person; CREATE ROLE oauth_person LOGIN IN ROLE openlineage_reader")
    for setting, line in (("hba_file", f'local all oauth_person oauth issuer="{issuer.url}" scope="openid lineage:read" map=people'),
                          ("ident_file", "people sub-1 oauth_person")):
        path = pathlib.Path(value(f"SHOW {setting}"))
        path.write_text(f"{line}\n{path.read_text()}")
    database.execute("ALTER SYSTEM SET oauth_validator_libraries = 'openlineage_auth'")
    database.execute("ALTER SYSTEM SET openlineage.oauth_audience = 'openlineage'")
    reload()
    database.execute("SELECT openlineage.jwks_refresh()")
    session = Connection("oauth_person", device_tokens(issuer.url, "sub-1")[0], database.info.dbname)
    is_(session.value("SELECT openlineage.user_id() || ' ' || system_user"), "sub-1 oauth:sub-1", "who logged in to PostgreSQL is who the issuer says")
    is_(session.value("SELECT openlineage.claims() -> 'namespaces'"), '{"read": ["demo"], "write": []}', "with the namespaces of the token")
    session.close()
    test_libpq(issuer)
    for what, token in (("somebody else", device_tokens(issuer.url, "sub-2")[0]), ("an ID token", device_tokens(issuer.url, "sub-1")[1]),
                        ("a client without the scope", issuer.token("mlflow")), ("no token", tokens.b64("x"))):
        try:
            Connection("oauth_person", token, database.info.dbname)
            ok(False, f"{what} is refused")
        except Refused as refused:
            is_(refused.sqlstate, "28000", f"{what} is refused")


def test_libpq(issuer):
    """Which asks the server where the issuer is, and then a person at a page."""
    def flow(discovery, scope):
        return device_tokens(issuer.url, "sub-1", scope)[0]

    session, asked = libpq_oauth.connect(flow, issuer.url, user="oauth_person", dbname=database.info.dbname)
    is_(asked, [(issuer.url + "/.well-known/openid-configuration", "openid lineage:read")], "libpq learns from the server where to log in, and for what")
    is_(session.execute("SELECT openlineage.user_id(), system_user").fetchone(), ("sub-1", "oauth:sub-1"), "a program with libpq 18 logs in with the device flow")
    session.close()
    try:
        libpq_oauth.connect(lambda discovery, scope: device_tokens(issuer.url, "sub-2", scope)[0], issuer.url, user="oauth_person", dbname=database.info.dbname)
        ok(False, "and somebody else does not")
    except psycopg.OperationalError:
        ok(True, "and somebody else does not")


def main():
    database.execute("ALTER SYSTEM SET openlineage.allowed_hosts = '127.0.0.1'")
    database.execute("ALTER SYSTEM SET openlineage.oauth_allow_http = on")
    reload()
    with RealIssuer() as issuer:
        database.execute("SELECT openlineage.add_issuer(%s, 'openlineage')", (issuer.url,))
        test_clients(issuer)
        test_person(issuer)
        test_key_change(issuer)
        if database.info.server_version >= 180000:
            test_authentication(issuer)
    done()


main()
