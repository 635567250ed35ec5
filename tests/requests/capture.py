"""A server on loopback that keeps the requests it gets, over TLS or not, for each host name that a client asks for."""

import datetime
import http.server
import os
import socket
import ssl
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

TLS_HANDSHAKE = b"\x16"


class Authority:
    """Certificates for all host names. Clients that connect here must trust `path`, and verify as always."""

    def __init__(self, folder):
        self.folder = folder
        self.path = os.path.join(folder, "authority.pem")
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests/requests")])
        self.contexts = {}
        self.lock = threading.Lock()
        usage = x509.BasicConstraints(ca=True, path_length=0)
        with open(self.path, "wb") as file:
            file.write(self.certificate(self.name, self.key, usage, True))

    def certificate(self, subject, key, extension, critical):
        now = datetime.datetime.now(datetime.timezone.utc)
        day = datetime.timedelta(days=1)
        builder = x509.CertificateBuilder(
            self.name, subject, key.public_key(), x509.random_serial_number(), now - day, now + day
        )
        signed = builder.add_extension(extension, critical).sign(self.key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM)

    def context(self, host):
        with self.lock:
            if host not in self.contexts:
                self.contexts[host] = self.new_context(host)
            return self.contexts[host]

    def new_context(self, host):
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "host")])
        path = os.path.join(self.folder, f"host-{len(self.contexts)}.pem")
        encoding, kind = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        with open(path, "wb") as file:
            file.write(self.certificate(subject, key, names, False))
            file.write(key.private_bytes(encoding, kind, serialization.NoEncryption()))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


class Capture(http.server.ThreadingHTTPServer):
    """Answers each request with an empty JSON object, or with the body that `answers` has for its path."""

    daemon_threads = True

    def __init__(self, authority, answers):
        super().__init__(("127.0.0.1", 0), Handler)
        self.authority, self.answers, self.requests = authority, answers, []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """A client that leaves early is no error here: what it sent is compared."""

    def __exit__(self, *failure):
        self.shutdown()
        super().__exit__(*failure)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20

    def setup(self):
        self.scheme = "http"
        self.request.settimeout(self.timeout)
        if self.request.recv(1, socket.MSG_PEEK) == TLS_HANDSHAKE:
            self.scheme = "https"
            self.request = self.wrap(self.request)
        super().setup()

    def wrap(self, connection):
        authority = self.server.authority

        def choose(wrapped, host, _):
            wrapped.context = authority.context(host)

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = choose
        return context.wrap_socket(connection, server_side=True)

    def body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def answer(self):
        path = self.path.split("?")[0]
        request = {
            "method": self.command,
            "scheme": self.scheme,
            "host": self.headers.get("Host"),
            "target": self.path,
            "headers": [(name.lower(), value) for name, value in self.headers.items()],
            "body": self.body(),
        }
        if path not in self.server.answers:
            self.server.requests.append(request)
        body = self.server.answers.get(path, "{}").encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_DELETE = do_GET = do_PATCH = do_POST = do_PUT = answer

    def log_message(self, *_):
        """The report has all that is worth to know."""
