"""The examples of a TLS proxy in front, with nginx and Caddy: an unmodified openlineage-python client with an
API key, a client's address as the proxy tells it, and names that pass as they are."""
import http.client
import os
import pathlib
import shutil
import ssl
import subprocess
import tempfile
import time
import urllib.parse

from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.transport.http import HttpConfig, HttpTransport

from admin import database, free_port, value
from tap import URL, done, is_, ok

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples/tls-proxy"
UPSTREAM = urllib.parse.urlsplit(URL).netloc
RUN = "00000000-0000-4000-8000-0000000000b1"


def make_certificate(folder):
    """Of localhost, signed by itself."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
                   check=True, capture_output=True)


def example(name, folder, port):
    """The file as it is, but for what a site has of its own."""
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    for old, new in (("/etc/ssl/certs/lineage.example.org.pem", str(folder / "cert.pem")), ("127.0.0.1:5000", UPSTREAM),
                     ("/etc/ssl/private/lineage.example.org.key", str(folder / "key.pem")),
                     ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"), ("lineage.example.org:443", f"localhost:{port}"),
                     ("server_name lineage.example.org", "server_name localhost")):
        text = text.replace(old, new)
    return text


def nginx(folder, port):
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log debug;\nevents {{}}\nhttp {{\n{temporary}{example('nginx.conf', folder, port)}}}\n",
        encoding="utf-8")
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]


def caddy(folder, port):
    (folder / "Caddyfile").write_text(example("Caddyfile", folder, port), encoding="utf-8")
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


def ask(port, folder, path, headers, source="127.0.0.2"):
    """From another loopback address than the proxy's own."""
    context = ssl.create_default_context(cafile=str(folder / "cert.pem"))
    connection = http.client.HTTPSConnection("localhost", port, timeout=30, context=context, source_address=(source, 0))
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, answer.headers, body


def wait_for(condition):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if condition():
                return True
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(0.05)
    return False


def test(name, start, key):
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"ol-{name}-"))
    make_certificate(folder)
    port = free_port()
    environment = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with open(folder / "output", "wb") as output:
        process = subprocess.Popen(start(folder, port), stdout=output, stderr=output, env=environment)
    try:
        ok(wait_for(lambda: ask(port, folder, "/health", {})[0] == 200), f"{name}: the example starts", (folder / "output").read_text(errors="replace")[-2000:])
        os.environ["SSL_CERT_FILE"] = str(folder / "cert.pem")
        config = HttpConfig.from_dict({"type": "http", "url": f"https://localhost:{port}", "auth": {"type": "api_key", "apiKey": key},
                                       "sslContext": {"caCertPath": str(folder / "cert.pem")}})
        client = OpenLineageClient(transport=HttpTransport(config))
        client.emit(RunEvent(eventType=RunState.COMPLETE, eventTime="2026-01-05T08:00:00Z", producer="https://example.org/t",
                             run=Run(runId=RUN), job=Job(namespace=f"over {name}", name="a/b c")))
        is_(value("SELECT count(*) FROM openlineage.node AS n JOIN openlineage.namespace AS s ON s.id = n.namespace_id WHERE s.name = %s", f"over {name}"), 1,
            f"{name}: openlineage-python sends an event with its API key")
        bearer = {"Authorization": f"Bearer {key}"}
        status, headers, body = ask(port, folder, f"/api/v1/namespaces/over%20{name}/jobs/a%2Fb%20c", bearer)
        is_(status, 200, f"{name}: a name with a slash passes as it is")
        forged = {"X-Forwarded-For": "203.0.113.5", "Forwarded": "for=203.0.113.6", "X-Forwarded-Proto": "http"}
        status, headers, body = ask(port, folder, f"/api/v1/namespaces/from{name}", forged)
        is_(status, 401, f"{name}: without a key there is no answer")
        ok('resource_metadata="https://localhost' in headers["www-authenticate"], f"{name}: the client is sent to where it came from", headers["www-authenticate"])
        ok(wait_for(lambda: value("SELECT count(*) FROM openlineage.audit WHERE status = 401 AND route = '/api/v1/namespaces/{namespace}' AND address = '127.0.0.2'") == 1),
           f"{name}: the client's address is the one the proxy saw", database.execute("SELECT address, route, status FROM openlineage.audit").fetchall())
        is_(value("SELECT count(*) FROM openlineage.audit WHERE address << '203.0.113.0/24'"), 0, f"{name}: and never what it wrote itself")
        is_(ask(port, folder, "/api/v1/namespaces", {"Authorization": "Bearer " + "a" * 16000})[0], 401, f"{name}: a long token gets through")
        ok(key not in (folder / "output").read_text(errors="replace"), f"{name}: its output does not show the key")
        database.execute("DELETE FROM openlineage.audit")
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


api_key = value("SELECT openlineage.create_api_key('behind a proxy', '{lineage:read,lineage:write}', '{*}', '{*}')")
database.execute("ALTER SYSTEM SET openlineage.oauth_required = on")
database.execute("ALTER SYSTEM SET openlineage.trusted_proxies = '127.0.0.1'")
database.execute("SELECT pg_reload_conf()")


def is_shut():
    connection = http.client.HTTPConnection(UPSTREAM, timeout=30)
    connection.request("GET", "/api/v1/namespaces")
    return connection.getresponse().status == 401


ok(wait_for(is_shut), "every request needs a token")
test("nginx", nginx, api_key)
test("caddy", caddy, api_key)
database.execute("ALTER SYSTEM RESET openlineage.oauth_required")
database.execute("ALTER SYSTEM RESET openlineage.trusted_proxies")
database.execute("SELECT pg_reload_conf()")
done()
