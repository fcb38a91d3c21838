"""upstream.py: a server to stand behind a proxy, on a free port of 127.0.0.1.

Prints its port, then serves until its standard input ends.  By default it answers with what it was
asked: {"method", "target", "headers", "length", "sha256"}.  Some paths do something else.
"""

import hashlib
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MEGABYTE = b"m" * (1 << 20)
seen = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):  # noqa: A002
        pass

    def body(self):
        """Reads the body piece by piece; its length and hash."""
        digest, total = hashlib.sha256(), 0
        for piece in self.pieces():
            digest.update(piece)
            total += len(piece)
        return total, digest.hexdigest()

    def pieces(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        rest = int(self.headers.get("Content-Length") or 0)
        while rest:
            piece = self.rfile.read(min(rest, 65536))
            if not piece:
                return
            rest -= len(piece)
            yield piece

    def tell(self, status, data, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name == "Content-Length" for name, _ in headers):
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def answer(self):
        path = self.path.split("?")[0]
        seen.append(path)
        special = getattr(self, "do" + path.replace("/", "_").replace("-", "_"), None)
        if special:
            special()
            return
        length, digest = self.body()
        data = json.dumps({"method": self.command, "target": self.path, "headers": [list(h) for h in self.headers.items()],
                           "length": length, "sha256": digest}).encode()
        self.tell(200, data, [("Content-Type", "application/json"), ("X-Own", "yes"), ("Connection", "keep-alive, X-Hop"),
                              ("X-Hop", "no"), ("Keep-Alive", "timeout=5")])

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer

    def do_seen(self):
        self.tell(200, json.dumps(seen).encode())

    def do_large(self):
        """?N megabytes, without saying how many."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for _ in range(int(self.path.split("?")[1])):
            self.wfile.write(b"%x\r\n" % len(MEGABYTE) + MEGABYTE + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def do_silent(self):
        time.sleep(60)

    def do_redirect(self):
        self.tell(302, b"", [("Location", "http://%s/there" % self.headers["Host"])])

    def do_elsewhere(self):
        self.tell(302, b"", [("Location", "https://example.org/there")])

    def do_refused(self):
        self.tell(401, b"x" * (1 << 19), [("WWW-Authenticate", 'Basic realm="upstream"')])

    def do_nothing(self):
        self.tell(204, b"", [("Content-Length", "0")])

    def do_broken(self):
        self.tell(200, b"begin", [("Content-Length", "100")])
        self.close_connection = True

    def do_early(self):
        """Answers and closes without reading the body."""
        self.tell(413, b'{"no": "thanks"}')
        self.close_connection = True

    def do_slow_reader(self):
        """Reads the body as slowly as one can, so that the sender has to wait."""
        total = 0
        for piece in self.pieces():
            total += len(piece)
            time.sleep(0.002)
        self.tell(200, b"%d" % total)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


def main():
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
