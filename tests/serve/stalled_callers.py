"""Takes all connections of `otpost serve` with callers that read no responses, and waits for a place."""

import resource
import socket
import sys
import time
import urllib.parse

from bridge import Bridge, Gateway

# The maximum number of connections of the server.
CONNECTIONS = 512
# More than the time of a connection, which is 60 s, and the time of a request.
PATIENCE = 180


def connect(port):
    connection = socket.socket()
    # A small buffer is full sooner.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    connection.connect(("127.0.0.1", port))
    connection.setblocking(False)
    return connection


def write(connections, requests):
    """Returns the number of bytes that could be written."""
    written = 0
    for connection in connections:
        try:
            written += connection.send(requests)
        except (BlockingIOError, ConnectionError):
            pass
    return written


def main(otpost):
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with Bridge(otpost, Gateway(), ["--deadline", "1"], {}) as bridge:
        port = urllib.parse.urlsplit(bridge.origin).port
        request = f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
        connections = [connect(port) for _ in range(CONNECTIONS)]
        begin = time.monotonic()
        # Nothing is read, so the server cannot write, and then reads no more.
        while write(connections, request * 400) > 0 or time.monotonic() - begin < 5:
            assert time.monotonic() - begin < PATIENCE, "the callers are not stalled"
            time.sleep(0.05)
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as other:
            other.sendall(request)
            assert other.recv(64).startswith(b"HTTP/1.1 200 "), "the server does not respond"
        print(f"a place was free {time.monotonic() - begin:.0f} s after {CONNECTIONS} callers stalled")


if __name__ == "__main__":
    main(sys.argv[1])
