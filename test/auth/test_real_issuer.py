"""With a real issuer: tokens of four algorithms over HTTP, and keys that change under load."""
import json
import threading

import requests
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.transport.http import HttpConfig, HttpTransport

import tokens
from admin import database, value
from real_issuer import CLIENTS, RealIssuer
from tap import URL, done, is_, ok

SCOPES = {
    "api-gateway": "lineage:read lineage:write admin", "mlflow": "lineage:write models:read",
    "feast": "lineage:write features:read", "modelcatalogue": "lineage:read models:read"}
ROUNDS = 4
REQUESTS = 60


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def event(job):
    return {"eventTime": "2026-01-05T10:00:00Z", "eventType": "COMPLETE", "run": {"runId": "00000000-0000-4000-8000-00000000000a"},
            "job": {"namespace": "mlflow", "name": job}}


def read(token, session=requests):
    return session.get(f"{URL}/api/v1/namespaces", headers=bearer(token), timeout=60).status_code


def write(token, job, session=requests):
    return session.post(f"{URL}/api/v1/lineage", json=event(job), headers=bearer(token), timeout=60).status_code


def header(token):
    return json.loads(tokens.unb64(token.split(".")[0]))


def test_algorithms(issuer):
    for client, algorithm in CLIENTS.items():
        token = issuer.token(client, SCOPES[client])
        granted = SCOPES[client].split()
        is_(header(token)["alg"], algorithm, f"{client} signs with {algorithm}")
        is_(read(token), 200 if "lineage:read" in granted else 403, f"{client} reads as its scopes say")
        is_(write(token, client), 201 if "lineage:write" in granted else 403, f"{client} writes as its scopes say")
        is_(write(token[:-8] + ("A" * 8 if token[-8:] != "A" * 8 else "B" * 8), client), 401, f"another signature of {client} is refused")
    is_(read(issuer.token("api-gateway", "lineage:write")), 403, "a client may ask for less than it has")
    answer = requests.get(f"{URL}/api/v1/namespaces", timeout=60, headers=bearer(issuer.token("mlflow", "models:read")))
    ok('error="insufficient_scope"' in answer.headers["www-authenticate"], "what is missing is said", answer.headers)
    metadata = requests.get(f"{URL}/.well-known/oauth-protected-resource", timeout=60).json()
    ok(issuer.url in metadata["authorization_servers"], "a client finds the issuer by our metadata", metadata)


def test_client(issuer):
    """The real client gets its tokens itself, or is given one."""
    secret = {"clientId": "mlflow", "clientSecret": "mlflow-secret-of-the-test", "tokenEndpoint": issuer.url + "/token"}
    key = value("SELECT openlineage.create_api_key('producer', '{lineage:write}', '{*}', '{*}')")
    ways = {
        "with client credentials": {"type": "oauth2", **secret, "scope": "lineage:write"},
        "with a token": {"type": "api_key", "apiKey": issuer.token("feast", "lineage:write")},
        "with an API key": {"type": "api_key", "apiKey": key}}
    for way, auth in ways.items():
        config = HttpConfig.from_dict({"type": "http", "url": URL, "auth": auth})
        OpenLineageClient(transport=HttpTransport(config)).emit(RunEvent(
            eventType=RunState.COMPLETE, eventTime="2026-01-05T08:00:00Z", producer="https://example.org/t",
            run=Run(runId="00000000-0000-4000-8000-0000000000c1"), job=Job(namespace="clients", name=way)))
        is_(value("SELECT count(*) FROM openlineage.node WHERE name = %s", way), 1, f"openlineage-python {way}")


def forged(issuer, token):
    """Its twin, signed by somebody else's key of the same name."""
    head = header(token)
    key = tokens.Key(head["alg"], head["kid"])
    signed = ".".join(token.split(".")[:2])
    return signed + "." + tokens.b64(key.sign(signed.encode()))


def test_rotation(issuer):
    """Several clients at a time, each with a token of the newest key, while keys come and go."""
    wrong = []
    sent = [0, 0]
    start, switched = (threading.Barrier(len(CLIENTS) + 1, timeout=300) for _ in range(2))

    def load(client):
        session = requests.Session()
        granted = SCOPES[client].split()
        for number in range(ROUNDS):
            start.wait()
            token = issuer.token(client, SCOPES[client])
            switched.wait()
            bad = forged(issuer, token)
            for request in range(REQUESTS):
                status = write(token, f"{client}-{number}-{request}", session) if "lineage:write" in granted else read(token, session)
                sent[0] += 1
                if status not in (200, 201):
                    wrong.append(("good", client, number, request, status))
                if request % 4 == 0:
                    sent[1] += 1
                    if write(bad, "forged", session) != 401:
                        wrong.append(("bad", client, number, request))

    threads = [threading.Thread(target=load, args=(client,)) for client in CLIENTS]
    for thread in threads:
        thread.start()
    for number in range(ROUNDS):
        issuer.rotate()
        # As if nobody had asked for keys for ten seconds: so soon after another a key changes here only.  Not before the
        # change: requests of the last round may still ask.
        value("WITH told AS (UPDATE openlineage.issuer SET asked_at = asked_at - interval '11 seconds' RETURNING 1) SELECT count(*) FROM told")
        start.wait()
        switched.wait()
        if number % 2:
            issuer.retire()
    for thread in threads:
        thread.join()
    is_(wrong[:20], [], f"keys changed {ROUNDS} times under {sent[0]} good and {sent[1]} forged requests: none refused, none accepted")
    is_(value("SELECT count(*) FROM openlineage.node WHERE name = 'forged'"), 0, "nothing of a forged token is stored")


def test_retirement(issuer):
    old = issuer.token("modelcatalogue", "lineage:read")
    is_(read(old), 200, "a token of a key")
    issuer.rotate()
    value("SELECT keys FROM openlineage.jwks_refresh(%s)", issuer.url)
    is_(read(old), 200, "is taken while the key is published")
    issuer.retire()
    value("SELECT keys FROM openlineage.jwks_refresh(%s)", issuer.url)
    is_(read(old), 401, "and refused afterwards")


with RealIssuer() as real:
    database.execute("ALTER SYSTEM SET openlineage.oauth_allow_http = on")
    database.execute("ALTER SYSTEM SET openlineage.allowed_hosts = '127.0.0.1'")
    database.execute("SELECT pg_reload_conf()")
    database.execute("SELECT openlineage.add_issuer(%s, 'openlineage')", (real.url,))
    test_algorithms(real)
    test_client(real)
    test_rotation(real)
    test_retirement(real)
    database.execute("SELECT openlineage.remove_issuer(%s)", (real.url,))
done()
