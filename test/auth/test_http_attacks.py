"""Over HTTP: every attack is answered 401 while its one-change twin is answered, and no answer shows the token."""
import http.client
import json
import urllib.parse

import tokens
from admin import database
from tap import URL, done, is_, ok

ISSUER = "https://issuer.example/realms/http"
HOST = urllib.parse.urlsplit(URL).netloc


def ask(token, method="GET", path="/api/v1/namespaces", body=None):
    """Status, challenge and body; the token goes out as it is, whatever is in it."""
    server = http.client.HTTPConnection(HOST, timeout=60)
    headers = {"Content-Type": "application/json", "Authorization": b"Bearer " + token.encode()}
    server.request(method, path, body=body, headers=headers)
    answer = server.getresponse()
    told = answer.status, answer.getheader("WWW-Authenticate") or "", answer.read().decode()
    server.close()
    return told


def shown(token, *texts):
    """Whether any twelve characters of it are in an answer ("protected" of a JSON form is, in a URL of ours)."""
    return any(token[i:i + 12] in text for text in texts for i in range(len(token) - 11))


def wrong(token):
    status, challenge, body = ask(token)
    faults = [] if status in (400, 401) else [f"answered {status}"]
    faults += [] if 'error="invalid_' in challenge and 'resource_metadata="' in challenge else [f"challenge {challenge}"]
    return faults + (["it shows the token"] if shown(token, challenge, body) else [])


issuer = tokens.Issuer(ISSUER, "openlineage")
database.execute("SELECT openlineage.add_issuer(%s, %s, jwks => %s)", (ISSUER, "openlineage", json.dumps(issuer.jwks())))
# Spaces around a token belong to the header, which takes any number of them; here they are no attack.
attacks = [attack for attack in tokens.attacks(issuer) if attack.bad.strip(" ") != attack.good]
ok(len(attacks) >= 60, "there are attacks", len(attacks))
for alg in tokens.ALGORITHMS:
    is_(ask(issuer.token(alg))[0], 200, f"{alg} is taken")
for attack in attacks:
    try:
        faults = wrong(attack.bad)
    except ValueError:
        # A line end cannot be sent in a header; whoever smuggles one has sent another request.
        faults = [] if "\n" in attack.bad or "\r" in attack.bad else ["could not be sent"]
    ok(not faults, f"refused: {attack.name}", *faults)
    status, challenge, body = ask(attack.good)
    ok(status == 200 or "insufficient_scope" in challenge, f"its twin is taken: {attack.name}", status, challenge)

# -- writing: an attack beside good events stores nothing and fails nobody -------------------

EVENT = '{"eventTime":"2026-01-05T10:00:00Z","job":{"namespace":"attacks","name":"%s"}}'
writing = {"scope": "lineage:write", "namespaces": {"read": ["*"], "write": ["*"]}}
for number, attack in enumerate(attacks):
    try:
        status, challenge, body = ask(attack.bad, "POST", "/api/v1/lineage", EVENT % f"bad-{number}")
    except ValueError:
        continue
    if status not in (400, 401):
        ok(False, f"an event is refused: {attack.name}", status, body)
is_(ask(issuer.token(**writing), "POST", "/api/v1/lineage", EVENT % "good")[0], 201, "an event with a good token is stored")
is_(database.execute("SELECT array_agg(name) FROM openlineage.node WHERE namespace_id = (SELECT id FROM openlineage.namespace WHERE name = 'attacks')").fetchone()[0],
    ["good"], "and none with a bad one")
is_(ask(issuer.token(), "POST", "/api/v1/lineage", EVENT % "x")[0], 403, "a good token without the scope is 403")

database.execute("SELECT openlineage.remove_issuer(%s)", (ISSUER,))
done()
