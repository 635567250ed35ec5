"""Runs the script of a vendor with all connections to the capturing server: `sdk.py SCRIPT PORT AUTHORITY`.

The SDK is not changed and not told: names resolve to loopback, and the authority of the server is trusted.
"""

import runpy
import socket
import sys

script, port, authority = sys.argv[1], int(sys.argv[2]), sys.argv[3]
server = ("127.0.0.1", port)
connect = socket.socket.connect
socket.getaddrinfo = lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", server)]
# A few SDKs connect to an address that they do not look up.
socket.socket.connect = lambda self, _: connect(self, server)

# Several SDKs pass this path on, instead of the trust of the system. It is looked up when they are imported.
import certifi  # noqa: E402

certifi.where = lambda: authority
certifi.core.where = certifi.where

runpy.run_path(script)
