"""A gateway that records messages, and `otpost serve` in front of it."""

import json
import os
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SPEC = os.path.join(os.path.dirname(__file__), "..", "..", "examples", "custom_post.toml")


class Gateway:
    """The gateway of `examples/custom_post.toml`. It accepts every message."""

    def __init__(self):
        self.messages = messages = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                fields = dict(urllib.parse.parse_qsl(body, strict_parsing=True))
                messages.append((fields["destinationAddress"], fields["messageText"]))
                answer = json.dumps({"responseCode": 0, "messageIds": ["1-1"]}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Bridge:
    """A running `otpost serve`, as a context manager."""

    def __init__(self, otpost, gateway, arguments, secrets):
        command = [otpost, "serve", SPEC, "--origin", gateway.origin, "--regions", "CH"]
        command += ["--var", "username=acme", "--var", "password=env:SMS_PASSWORD"]
        environment = dict(os.environ, SMS_PASSWORD="hunter2", **secrets)
        self.process = subprocess.Popen(
            command + ["--listen", "127.0.0.1:0"] + arguments,
            stderr=subprocess.PIPE, text=True, env=environment,
        )
        self.lines = []
        for line in self.process.stderr:
            self.lines.append(line)
            if line.startswith("listening on "):
                self.origin = line.split()[-1]
                break
        else:
            raise SystemExit("".join(self.lines))
        threading.Thread(target=lambda: self.lines.extend(self.process.stderr), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        assert self.process.wait(timeout=30) == 0, "the server did not stop"


def post(url, body, headers):
    """Returns the status and the JSON document of a response."""
    request = urllib.request.Request(url, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
