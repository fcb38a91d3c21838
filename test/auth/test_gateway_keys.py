"""An external issuer changes its keys while the gateway is busy: no good request is refused, no forged one gets through."""
import http.server
import threading

import requests

import tokens
from admin import database, free_port, poll
from publisher import Publisher
from tap import done, is_, ok

ROUNDS = 3
REQUESTS = 40
CLIENTS = 4


class Upstream(http.server.BaseHTTPRequestHandler):
    """In the place of MLflow."""
    protocol_version = "HTTP/1.1"
    reached = 0

    def do_GET(self):
        Upstream.reached += 1
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *arguments):
        pass


def status(session, token):
    return session.get(gateway + "/mlflow/api/2.0/mlflow/experiments/search", headers={"Authorization": f"Bearer {token}"}, timeout=60).status_code


def is_open():
    try:
        return requests.get(gateway + "/health", timeout=5).status_code == 200
    except requests.RequestException:
        return False


def new_key(number):
    issuer.keys["RS256"] = tokens.Key("RS256", f"key-{number}")
    publisher.jwks = issuer.jwks()
    # As if nobody had asked for keys for ten seconds.
    database.execute("UPDATE openlineage.issuer SET asked_at = asked_at - interval '11 seconds'")


def load(number, wrong, sent):
    """A client with the newest key, and a forger of the same key."""
    session = requests.Session()
    good, bad = issuer.token(sub=f"client-{number}"), issuer.token(key=forger, header={"kid": issuer.keys["RS256"].kid})
    for request in range(REQUESTS):
        sent[0] += 1
        if status(session, good) != 200:
            wrong.append(("good", number, request))
        if request % 4 == 0:
            sent[1] += 1
            if status(session, bad) != 401:
                wrong.append(("bad", number, request))


upstream = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
threading.Thread(target=upstream.serve_forever, daemon=True).start()
publisher = Publisher()
issuer = tokens.Issuer(publisher.url, "openlineage")
forger = tokens.Key("RS256", "of a forger")
publisher.jwks = issuer.jwks()
port = free_port()
gateway = f"http://127.0.0.1:{port}"
for setting, text in {"gateway_port": port, "mlflow_url": f"http://127.0.0.1:{upstream.server_address[1]}", "oauth_allow_http": "on", "allowed_hosts": "127.0.0.1"}.items():
    database.execute(f"ALTER SYSTEM SET openlineage.{setting} = '{text}'")
database.execute("SELECT pg_reload_conf()")
database.execute("SELECT openlineage.add_issuer(%s, %s)", (issuer.name, issuer.audience))
ok(poll(is_open), "the gateway opens")
is_(requests.get(gateway + "/.well-known/jwks.json", timeout=60).status_code, 410, "its own issuer is off")

is_(status(requests, issuer.token()), 200, "keys that were never fetched are, while the request waits")
is_(status(requests, issuer.token(scope="lineage:read")), 403, "its scopes count")
wrong, sent = [], [0, 0]
for number in range(ROUNDS):
    publisher.fetches = 0
    new_key(number)
    publisher.hold.clear()
    threading.Timer(0.3, publisher.hold.set).start()
    threads = [threading.Thread(target=load, args=(client, wrong, sent)) for client in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    is_(publisher.fetches, 1, f"the keys were fetched once when they had changed: {number}")
is_(wrong[:20], [], f"keys changed {ROUNDS} times under {sent[0]} good and {sent[1]} forged requests: none refused, none let through")
is_(Upstream.reached, sent[0] + 1, "what was refused did not reach the server behind")

# An issuer that is down.
old = issuer.token()
new_key("late")
publisher.status = 503
is_(status(requests, issuer.token()), 401, "a new key of an issuer that is down is not known")
is_(status(requests, old), 200, "the last good keys stay")
publisher.status = 200
database.execute("UPDATE openlineage.issuer SET asked_at = asked_at - interval '11 seconds'")
is_(status(requests, issuer.token()), 200, "when it is back its new key is")
is_(status(requests, old), 401, "and the old one is gone")
database.execute("SELECT openlineage.remove_issuer(%s)", (issuer.name,))
for setting in ("gateway_port", "mlflow_url"):
    database.execute(f"ALTER SYSTEM RESET openlineage.{setting}")
database.execute("SELECT pg_reload_conf()")
done()
