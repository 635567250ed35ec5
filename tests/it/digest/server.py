# A server that requires Digest authentication (RFC 7616), written from the RFC and independent of the library. The
# argument is a JSON object with its rules. It prints its port. GET /log returns all requests before.
import hashlib
import json
import secrets
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote
from urllib.request import parse_http_list, parse_keqv_list

RULES = {
    "algorithms": ["MD5"], "qop": "auth", "uses": 0, "next": False, "strict": False, "userhash": False,
    "charset": False, "joined": False, "more": [], "username": "acme", "password": "hunter2",
}
RULES.update(json.loads(sys.argv[1]))
REALM = 'sms "gateway", acme'
OPAQUE = "5ccc069c403ebaf9f0171e9517f40e41"
HASHES = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}
LOCK = threading.Lock()
NONCES = {}
LOG = []


def new_nonce():
    nonce = secrets.token_hex(16)
    NONCES[nonce] = set()
    return nonce


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def challenges(stale):
    nonce = new_nonce()
    offered = list(RULES["more"])
    for algorithm in RULES["algorithms"]:
        text = f"Digest realm={quoted(REALM)}, nonce=\"{nonce}\", opaque=\"{OPAQUE}\""
        if algorithm:
            text += f", algorithm={algorithm}"
        if RULES["qop"]:
            text += f", qop=\"{RULES['qop']}\""
        text += ", userhash=true" if RULES["userhash"] else ""
        text += ", charset=UTF-8" if RULES["charset"] else ""
        text += ", stale=true" if stale else ""
        offered.append(text)
    return [", ".join(offered)] if RULES["joined"] else offered


def digest(algorithm, *parts):
    name = HASHES[(algorithm or "MD5").upper().replace("-SESS", "")]
    return hashlib.new(name, ":".join(parts).encode()).hexdigest()


def check(header, method, path, body):
    """Returns "ok", "stale" or the reason of a refusal."""
    scheme, _, rest = header.partition(" ")
    if scheme != "Digest":
        return "no digest"
    given = parse_keqv_list(parse_http_list(rest))
    algorithm = given.get("algorithm")
    if algorithm not in (RULES["algorithms"] if any(RULES["algorithms"]) else [None]):
        return "algorithm"
    if given.get("realm") != REALM or given.get("opaque") != OPAQUE or given.get("uri") != path:
        return "realm, opaque or uri"
    username = RULES["username"]
    if RULES["userhash"]:
        if given.get("userhash") != "true" or given["username"] != digest(algorithm, username, REALM):
            return "userhash"
    elif "username*" in given:
        if unquote(given["username*"].split("''")[1]) != username:
            return "username*"
    elif given["username"].encode("latin1").decode() != username:
        return "username"
    secret = digest(algorithm, username, REALM, RULES["password"])
    if (algorithm or "").lower().endswith("-sess"):
        secret = digest(algorithm, secret, given["nonce"], given["cnonce"])
    qop = given.get("qop")
    if RULES["qop"] and qop not in RULES["qop"].split(", "):
        return "qop"
    covered = [method, path]
    if qop == "auth-int":
        name = HASHES[(algorithm or "MD5").upper().replace("-SESS", "")]
        covered.append(hashlib.new(name, body).hexdigest())
    covered = digest(algorithm, *covered)
    between = [given["nc"], given["cnonce"], qop] if qop else []
    if given["response"] != digest(algorithm, secret, given["nonce"], *between, covered):
        return "response"
    used = NONCES.get(given["nonce"])
    count = int(given.get("nc", "0"), 16)
    if used is None or (qop and count in used) or (RULES["uses"] and len(used) >= RULES["uses"]):
        return "stale"
    if RULES["strict"] and used and count <= max(used):
        return "stale"
    used.add(count)
    return "ok"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/log":
            self.answer(200, [], json.dumps(LOG).encode())
        else:
            self.do_POST()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        header = self.headers.get("Authorization")
        with LOCK:
            result = check(header, self.command, self.path, body) if header else "nothing"
            scheme, _, rest = (header or "").partition(" ")
            given = parse_keqv_list(parse_http_list(rest)) if scheme == "Digest" else {}
            entry = {"result": result, "nc": given.get("nc"), "nonce": given.get("nonce")}
            LOG.append(entry | {"headers": "\n".join(map(": ".join, self.headers.items())), "body": body.decode()})
            if result == "ok":
                info = [("Authentication-Info", f'nextnonce="{new_nonce()}"')] if RULES["next"] else []
                return self.answer(200, info, b'{"balance":"7"}')
            lines = [("WWW-Authenticate", line) for line in challenges(result == "stale")]
        self.answer(401, lines, b"")

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
