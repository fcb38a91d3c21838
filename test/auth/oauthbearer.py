"""A client of PostgreSQL that logs in with SASL OAUTHBEARER (RFC 7628) and knows the simple query protocol, no more."""
import json
import os
import socket
import struct


class Refused(Exception):
    def __init__(self, fields, challenge):
        super().__init__(fields.get("M"))
        self.sqlstate, self.message, self.challenge, self.fatal = fields.get("C"), fields.get("M"), challenge, fields.get("V") == "FATAL"


class Connection:
    def __init__(self, user, token, database, options=""):
        path = os.path.join(os.environ["PGHOST"], ".s.PGSQL." + os.environ.get("PGPORT", "5432"))
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.stream = self.socket.makefile("rb")
        self.challenge = None
        parameters = b"".join(name.encode() + b"\0" + value.encode() + b"\0"
                              for name, value in {"user": user, "database": database, "options": options}.items())
        body = struct.pack("!i", 196608) + parameters + b"\0"
        self.socket.sendall(struct.pack("!i", len(body) + 4) + body)
        self.authenticate(token)
        self.read_until_ready()

    def send(self, kind, body):
        self.socket.sendall(kind + struct.pack("!i", len(body) + 4) + body)

    def receive(self):
        kind, (size,) = self.stream.read(1), struct.unpack("!i", self.stream.read(4))
        body = self.stream.read(size - 4)
        if kind == b"E":
            raise Refused({field[:1].decode(): field[1:].decode() for field in body.split(b"\0") if field}, self.challenge)
        return kind, body

    def authenticate(self, token):
        while True:
            kind, body = self.receive()
            assert kind == b"R", kind
            (step,) = struct.unpack("!i", body[:4])
            if step == 0:
                return
            if step == 10:
                assert b"OAUTHBEARER" in body
                first = b"n,,\1auth=Bearer " + token.encode() + b"\1\1"
                self.send(b"p", b"OAUTHBEARER\0" + struct.pack("!i", len(first)) + first)
            elif step == 11:
                self.challenge = json.loads(body[4:])
                self.send(b"p", b"\1")
            else:
                raise AssertionError(f"authentication {step}")

    def read_until_ready(self):
        rows, error = [], None
        while True:
            try:
                kind, body = self.receive()
            except Refused as refusal:
                if refusal.fatal:
                    raise
                error = refusal
                continue
            if kind == b"Z":
                if error:
                    raise error
                return rows
            if kind == b"D":
                rows.append(self.read_row(body))

    @staticmethod
    def read_row(body):
        (count,), at, row = struct.unpack("!h", body[:2]), 2, []
        for _ in range(count):
            (size,) = struct.unpack("!i", body[at:at + 4])
            row.append(None if size < 0 else body[at + 4:at + 4 + size].decode())
            at += 4 + max(size, 0)
        return row

    def query(self, text):
        self.send(b"Q", text.encode() + b"\0")
        return self.read_until_ready()

    def value(self, text):
        return self.query(text)[-1][0]

    def close(self):
        self.send(b"X", b"")
        self.stream.close()
        self.socket.close()
