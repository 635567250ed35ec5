"""Prism as a mock of a vendor's API, and a relay in front of it that records requests and their verdicts."""

import copy
import http.client
import json
import os
import pathlib
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# The start takes 5 to 15 s on an idle machine.
PATIENCE = 180


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def closed(document):
    """Returns a copy of an OpenAPI file in which requests have no undeclared fields.

    Vendors leave most objects open, so a wrong name would pass for a field that the file does not mention. Response
    schemas no longer demand a `description`, because the reduced files have lost the ones of their examples.
    """
    document = copy.deepcopy(document)
    seen = set()

    def resolve(node):
        while isinstance(node, dict) and "$ref" in node:
            target = document
            for key in node["$ref"].removeprefix("#/").split("/"):
                target = target[key.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def close(node, whole):
        node = resolve(node)
        if isinstance(node, list):
            for item in node:
                close(item, True)
        if not isinstance(node, dict) or id(node) in seen:
            return
        seen.add(id(node))
        # The parts of an `allOf` see each other's fields, so none of them can be closed alone.
        whole = whole and "allOf" not in node
        if whole and "properties" in node:
            node.setdefault("additionalProperties", False)
        for property in node.get("properties", {}).values():
            close(property, True)
        for key in ("items", "oneOf", "anyOf"):
            close(node.get(key), True)
        for part in node.get("allOf", []):
            close(part, False)

    for path in document["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict):
                for media in resolve(operation.get("requestBody", {})).get("content", {}).values():
                    close(media["schema"], True)
                for response in operation.get("responses", {}).values():
                    for media in resolve(response).get("content", {}).values():
                        schema = resolve(media.get("schema", {}))
                        if "description" in schema.get("required", []):
                            schema["required"].remove("description")
    return document


class Prism:
    """A mock server that validates each request, as a context manager."""

    def __init__(self, modules, document, folder):
        file = pathlib.Path(folder) / "openapi.json"
        file.write_text(json.dumps(document))
        self.port = free_port()
        self.log = open(pathlib.Path(folder) / "prism.log", "w+b")
        script = pathlib.Path(modules) / "node_modules/@stoplight/prism-cli/dist/index.js"
        self.process = subprocess.Popen(
            ["node", script, "mock", file, "--port", str(self.port), "--host", "127.0.0.1", "--errors"],
            stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL,
            env=dict(os.environ, NO_COLOR="1"),
        )

    def __enter__(self):
        end = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    self.__exit__()
                    raise SystemExit(f"prism does not start:\n{self.said()}") from None
                time.sleep(0.2)

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(timeout=30)

    def said(self):
        self.log.seek(0)
        return self.log.read().decode()[-4000:]

    def ask(self, request, **headers):
        """Sends a recorded request, and returns the status, the violations of the request, and the body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(
                request["method"], request["path"], request["body"], {**request["headers"], **headers}
            )
            response = connection.getresponse()
            body = response.read()
            said = response.headers.get("sl-violations", "[]")
            try:
                found = json.loads(said)
            except ValueError:
                # A long list is cut.
                found = [{"location": ["request"], "message": said[:200]}]
            # Without an example of a refusal in the file, prism writes a document of its own.
            if "problem+json" in response.headers.get("Content-Type", ""):
                found += json.loads(body).get("validation", [])
            # Prism names other parts than the body by no location.
            found = [it for it in found if it["location"][:1] != ["response"]]
            kept = [(k, v) for k, v in response.getheaders() if k.lower() in ("content-type", "sl-violations")]
            return response.status, found, body, kept
        finally:
            connection.close()


class Relay:
    """A server in front of prism. It can demand an example of the response, and change requests."""

    def __init__(self, prism):
        self.requests = requests = []
        self.prefer = None
        self.change = None
        relay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {k.lower(): v for k, v in self.headers.items() if k.lower() not in ("host", "content-length")}
                request = {"method": self.command, "path": self.path, "headers": headers, "body": body}
                if relay.change:
                    request = relay.change(request)
                more = {"Prefer": relay.prefer} if relay.prefer else {}
                status, violations, answer, kept = prism.ask(request, **more)
                requests.append((request, status, violations))
                self.send_response(status)
                for name, value in kept:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
