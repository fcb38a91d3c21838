"""fault_server.py [CERT KEY]: an HTTP server that behaves badly, on a free port of 127.0.0.1.

Prints its port, then serves until its standard input ends.  The path says what it does; every
request is counted, and /count tells how many there were (itself excluded).
"""

import asyncio
import ssl
import sys

GOOD = b'{"keys": []}'
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

seen = []


def plain(body, head=OK):
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


async def endless(writer, piece, pause):
    """Until the client has had enough."""
    while True:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(pause)


async def silent(writer):
    await asyncio.sleep(600)


async def endless_body(writer):
    writer.write(OK + b"\r\n")
    await endless(writer, b"x" * 4096, 0)


async def slow_body(writer):
    writer.write(OK + b"Content-Length: 1000\r\n\r\n")
    await endless(writer, b"x", 0.05)


async def slow_headers(writer):
    writer.write(b"HTTP/1.1 200 OK\r\n")
    await endless(writer, b"X-Slow: 1\r\n", 0.05)


async def endless_headers(writer):
    writer.write(b"HTTP/1.1 200 OK\r\n")
    await endless(writer, b"X-More: " + b"y" * 1000 + b"\r\n", 0)


async def endless_interim(writer):
    await endless(writer, b"HTTP/1.1 103 Early Hints\r\nLink: <" + b"z" * 1000 + b">\r\n\r\n", 0)


ANSWERS = {
    "/good": plain(GOOD),
    "/redirect": b"HTTP/1.1 302 Found\r\nLocation: /redirected\r\nContent-Length: 0\r\n\r\n",
    "/error": b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
    "/announces-more": OK + b"Content-Length: 100\r\n\r\n" + GOOD,
    "/announces-less": OK + b"Content-Length: 5\r\n\r\n" + GOOD,
    "/announces-huge": OK + b"Content-Length: 99999999999\r\n\r\n" + GOOD,
    "/closes-before-status": b"",
    "/closes-in-headers": OK,
    "/closes-in-chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n40\r\n" + GOOD,
    "/no-http": b"SSH-2.0-nothing\r\n",
    "/http09": GOOD,
    "/big-header": OK + b"X-Big: " + b"a" * 80000 + b"\r\n\r\n" + GOOD,
    "/large": plain(b"[" + b"1," * 100000 + b"1]"),
    "/no-text": plain(b"{\xff\xfe}"),
    "/zero-byte": plain(b"{\x00}"),
    "/gzip": plain(b"\x1f\x8b\x08\x00\x00", OK + b"Content-Encoding: gzip\r\n"),
    "/cookie": plain(GOOD, OK + b"Set-Cookie: a=b\r\n"),
}

SCRIPTS = {
    "/silent": silent,
    "/endless-body": endless_body,
    "/slow-body": slow_body,
    "/slow-headers": slow_headers,
    "/endless-headers": endless_headers,
    "/endless-interim": endless_interim,
}


async def answer(path, head, writer):
    if path == "/count":
        writer.write(plain(b"%d" % len(seen)))
    elif path == "/headers":
        writer.write(plain(b'"' + head.replace(b"\r\n", b"|").replace(b'"', b"'") + b'"'))
    elif path in SCRIPTS:
        await SCRIPTS[path](writer)
    else:
        writer.write(ANSWERS.get(path, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))


async def serve(reader, writer):
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ")[1].decode("latin-1").split("?")[0]
        if path != "/count":
            seen.append(path)
        await answer(path, head, writer)
        await writer.drain()
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
        pass
    finally:
        writer.close()


async def main():
    tls = None
    if len(sys.argv) == 3:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(sys.argv[1], sys.argv[2])
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
