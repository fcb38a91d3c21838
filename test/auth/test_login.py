"""login(): every algorithm is taken, every attack refused while its one-change twin is taken, over SQL."""
import json

import psycopg

import tokens
from admin import database, denied, value, writer
from tap import done, is_, ok

ISSUER = "https://issuer.example/realms/one"


def login(token, local=False):
    """None, or what the refusal says: (SQLSTATE, message, detail)."""
    try:
        database.execute("SELECT openlineage.login(%s, %s)", (token, local))
    except psycopg.Error as error:
        return error.sqlstate, error.diag.message_primary, error.diag.message_detail, str(error.diag.context or "")
    return None


def add_issuer(issuer, **options):
    arguments = {"issuer": issuer.name, "audience": issuer.audience, "jwks": json.dumps(issuer.jwks()), **options}
    names = ", ".join(f"{name} => %s" for name in arguments)
    database.execute(f"SELECT openlineage.add_issuer({names})", list(arguments.values()))


def refused(token, reason, what):
    got = login(token)
    return ok(got and got[0] == "28000" and reason in got[2], what, got)


def shows(token, error):
    """Whether any eight characters of a token are in the error."""
    text = " ".join(error)
    return any(token[i:i + 8] in text for i in range(len(token) - 7))


def test_algorithms(issuer):
    for alg in tokens.ALGORITHMS:
        is_(login(issuer.token(alg)), None, f"{alg} is taken")
        is_(login(issuer.token(alg, header={"kid": ...})), None, f"{alg} is taken without a key id")
        refused(issuer.token(alg, key=tokens.Key(alg, alg.lower())), "signature is wrong", f"{alg} of another key is refused")


def test_attacks(issuer):
    for attack in tokens.attacks(issuer):
        database.execute("SELECT openlineage.logout()")
        got = login(attack.bad)
        good = ok(got and got[:2] == ("28000", "token refused") and not shows(attack.bad, got), f"refused: {attack.name}", got)
        good = ok(value("SELECT openlineage.claims()") is None, f"and nobody is logged in: {attack.name}") and good
        is_(login(attack.good), None, f"its twin is taken: {attack.name}")


    refused(" " + issuer.token(), "not base64url", "a space in front, which HTTP and SASL skip, is part of the token here")


def test_claims(issuer):
    login(issuer.token())
    is_(value("SELECT openlineage.claims() - 'claims' - 'exp'"), {
        "iss": ISSUER, "sub": "somebody", "client_id": "a-client", "scopes": ["lineage:read", "models:read"], "roles": ["analyst"],
        "namespaces": {"read": ["demo", "team-*"], "write": []}}, "claims in one form")
    is_(value("SELECT openlineage.claims() -> 'claims' ->> 'jti'"), "1", "and the token's own")
    login(issuer.token(scope="lineage:write", scp=["lineage:write", "admin"], groups=["g"], realm_access={"roles": ["r", "analyst"]}))
    is_(value("SELECT array[openlineage.claims() -> 'scopes', openlineage.claims() -> 'roles', openlineage.claims() #> '{namespaces,write}']"),
        [["lineage:write", "admin"], ["analyst", "g", "r"], ["demo", "team-*"]], "from all the places where providers put them, each once")
    login(issuer.token(namespaces={"read": ["a"], "write": ["b"]}))
    is_(value("SELECT openlineage.claims() -> 'namespaces'"), {"read": ["a"], "write": ["b"]}, "namespaces by privilege")
    login(issuer.token())
    with database.transaction():
        login(issuer.token(sub="other"), local=True)
        is_(value("SELECT openlineage.user_id()"), "other", "a local login counts in its transaction")
    is_(value("SELECT openlineage.user_id()"), "somebody", "and ends with it")
    login(issuer.token(sub="x.y"))
    refused(issuer.token(sub="y", exp=1), "expired", "a refused login")
    is_(value("SELECT openlineage.user_id()"), "x.y", "changes nothing")
    for forget in ("DISCARD ALL", "RESET ALL", "SELECT openlineage.logout()"):
        login(issuer.token())
        database.execute(forget)
        is_(value("SELECT openlineage.claims()"), None, f"nobody is logged in after {forget}")


def test_claim_map(issuer):
    add_issuer(issuer, claim_map=json.dumps({
        "subject": "$.preferred_username", "client_id": [], "roles": ["$.resource_access.my-client.roles", '$."https://x.example/roles"[*]', "list[1]"],
        "scopes": "$['per mission']", "read": "teams[*].read", "write": "teams.write", "namespaces": []}))
    login(issuer.token(**{"preferred_username": "ann", "resource_access": {"my-client": {"roles": ["a"]}, "other": {"roles": ["z"]}},
                          "https://x.example/roles": ["b", 7, "a"], "list": ["z", "c"], "per mission": "p q  r",
                          "teams": [{"read": ["n1"], "write": "w1"}, {"read": "n2"}, 3]}))
    is_(value("SELECT openlineage.claims() - 'claims' - 'exp'"), {
        "iss": ISSUER, "sub": "ann", "client_id": None, "scopes": ["p", "q", "r"], "roles": ["a", "b", "c"],
        "namespaces": {"read": ["n1", "n2"], "write": ["w1"]}}, "claims by the issuer's map")
    refused(issuer.token(), "no subject", "a token without the mapped subject is refused")
    for text in ('{"roles": "a..b"}', '{"roles": "$"}', '{"roles": 1}', '{"other": "a"}', '[]', '{"roles": "a[?(@.b)]"}', '{"roles": "a[-1]"}', '{"roles": "\\"a"}'):
        try:
            add_issuer(issuer, claim_map=text)
            ok(False, f"a map is refused: {text}")
        except psycopg.Error as error:
            is_(error.sqlstate, "22023", f"a map is refused: {text}")


def test_kinds(issuer):
    identity = issuer.token(header={"typ": "JWT"}, nonce="n")
    untyped = issuer.token(header={"typ": ...})
    add_issuer(issuer, token_kind="any")
    is_(login(identity), None, "an ID token is taken where the issuer's may be")
    refused(issuer.token(header={"typ": "logout+jwt"}), "type", "but no other type")
    add_issuer(issuer, token_kind="typed")
    is_(login(issuer.token()), None, "at+jwt is taken where it must be")
    refused(untyped, "at+jwt", "and nothing else")
    add_issuer(issuer)
    is_(login(untyped), None, "by default a token without a type is taken")
    refused(identity, "no access token", "and an ID token is not")


def test_several_issuers(issuer):
    other = tokens.Issuer("https://issuer.example/realms/two", "another-audience")
    add_issuer(other)
    is_(login(other.token()), None, "a second issuer has its own audience")
    refused(other.token(aud=issuer.audience), "another audience", "and not that of the first")
    refused(issuer.token(key=other.keys["RS256"]), "signature", "nor may it sign for the first")
    database.execute("SELECT openlineage.remove_issuer(%s)", (other.name,))
    refused(other.token(), "issuer is not known", "removed, its tokens are refused")
    is_(value("SELECT openlineage.remove_issuer(%s)", other.name), False, "removed once")
    add_issuer(issuer, jwks=json.dumps({"keys": [issuer.keys["RS256"].jwk(alg=None)]}))
    is_(login(issuer.token()), None, "an RSA key that names no algorithm is for RS256")
    refused(issuer.token("RS256", header={"alg": "RS512"}, sign_as="RS512"), "algorithm", "and nothing else")
    add_issuer(issuer, jwks=json.dumps({"keys": [issuer.keys["RS256"].jwk(alg=None)]}), rsa_algorithm="PS384")
    is_(login(issuer.token(header={"alg": "PS384"}, sign_as="PS384")), None, "or for what the issuer was configured with")
    refused(issuer.token(), "algorithm", "and RS256 no more")
    chain = ["A" * 2000] * 3
    add_issuer(issuer, jwks=json.dumps({"keys": [issuer.keys["RS256"].jwk(x5c=chain)]}))
    is_(login(issuer.token()), None, "a key may come with a chain of certificates")
    is_(database.execute("SELECT problem, jwk FROM openlineage.read_jwks(%s)", (json.dumps({"keys": [issuer.keys["RS256"].jwk(x5c=chain * 3)]}),)).fetchone(),
        ("a key of more than 16 kB", None), "but one that is too long is told of, not stored")
    add_issuer(issuer)


def test_api_keys():
    key = value("SELECT openlineage.create_api_key('airflow', '{lineage:write}', '{a*}', '{b}', '{loader}')")
    is_(login(key), None, "an API key is taken")
    is_(value("SELECT openlineage.claims() - 'exp'"), {
        "iss": "openlineage", "sub": "airflow", "client_id": "airflow", "scopes": ["lineage:write"], "roles": ["loader"],
        "namespaces": {"read": ["a*"], "write": ["b"]}, "claims": {"sub": "airflow"}}, "with the claims it was made with")
    second = value("SELECT openlineage.create_api_key('airflow')")
    is_(login(second), None, "so is a second of the client")
    try:
        value("SELECT openlineage.create_api_key('airflow')")
        ok(False, "a third is not made")
    except psycopg.Error as error:
        is_(error.sqlstate, "55000", "a third is not made")
    key_id = key.split("_")[1]
    spoiled = {"cut": key[:-1], "longer": key + "x", "another end": key[:-1] + ("A" if key[-1] != "A" else "B"), "the id alone": key[:20],
               "the secret alone": key[20:], "in capitals": key.upper(), "with a space": key + " ", "the id of the other": second[:19] + key[19:],
               "without its mark": key[3:], "nothing": "", "a long text": "ol_" + "x" * 16000, "too long a text": "ol_" + "x" * 17000}
    for name, text in spoiled.items():
        got = login(text)
        ok(got and got[0] == "28000" and not (text and shows(text, got)), f"a key is refused: {name}", got)
        is_(login(key), None, f"its twin is taken: {name}")
    is_(value("SELECT count(*) FROM openlineage.api_key AS k WHERE k::text LIKE '%%' || %s || '%%'", key[20:]), 0, "no table holds a key")
    is_(value("SELECT openlineage.revoke_api_key(%s)", key_id), True, "a key is revoked")
    refused(key, "revoked", "and refused from then on")
    is_(login(second), None, "the other one of the client goes on")
    third = value("SELECT openlineage.create_api_key('airflow', valid_for => '1 microsecond')")
    refused(third, "expired", "a key that has expired is refused")
    ok(value("SELECT openlineage.create_api_key('airflow')"), "and makes room for another")


def test_rights(issuer):
    with writer():
        is_(login(issuer.token()), None, "who may not see issuers may log in")
        denied("TABLE openlineage.issuer", "TABLE openlineage.issuer_key", "TABLE openlineage.api_key", "SELECT openlineage.create_api_key('me')",
               "SELECT openlineage.add_issuer('i', 'a')", "SELECT openlineage.remove_issuer('i')", "SELECT openlineage.revoke_api_key('k')",
               "SELECT openlineage.change('create_api_key', NULL, '{}')", "SELECT openlineage.store_jwks('i', '{}')")


def main():
    issuer = tokens.Issuer(ISSUER, "openlineage")
    database.execute("SELECT openlineage.add_issuer(%s, %s, jwks => %s)", (ISSUER, "openlineage", json.dumps(issuer.jwks())))
    test_algorithms(issuer)
    test_attacks(issuer)
    test_claims(issuer)
    test_kinds(issuer)
    test_several_issuers(issuer)
    test_api_keys()
    test_rights(issuer)
    test_claim_map(issuer)
    done()


main()
