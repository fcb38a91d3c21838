"""An issuer's discovery document and key set over HTTP, as a test wants them to be."""
import http.server
import json
import threading


class Publisher:
    """publisher.url is the issuer; jwks, discovery and status are what it answers from then on."""

    def __init__(self):
        publisher = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                publisher.answer(self)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.jwks = {"keys": []}
        self.discovery = {"issuer": self.url, "jwks_uri": self.url + "/keys"}
        self.status = 200
        self.fetches = 0     # of the key set
        self.hold = threading.Event()    # answers wait while it is not set
        self.hold.set()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, request):
        is_keys = request.path == "/keys"
        if is_keys:
            self.fetches += 1
        self.hold.wait(30)
        document = self.jwks if is_keys else self.discovery
        body = (document if isinstance(document, str) else json.dumps(document)).encode()
        request.send_response(self.status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        if self.status == 302:
            request.send_header("Location", self.url + "/elsewhere")
        request.end_headers()
        try:
            request.wfile.write(body)
        except BrokenPipeError:
            pass
