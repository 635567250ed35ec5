"""The sandbox of a test: a process, its API and the phone."""

import json
import os
import re
import subprocess
import urllib.request

# A text that the vendors with a signature can also read as a key.
SECRET = "c2VjcmV0c2VjcmV0c2VjcmV0"
# The names of secrets that the sandbox compares. Without them, it accepts any credentials.
COMPARED = ("access_key", "api_key", "api_secret", "auth_token", "password", "token")


class Sandbox:
    """A running sandbox that compares the credentials of its gateways."""

    def __init__(self, binary, gateways):
        variables = [part for name in COMPARED for part in ("--var", f"{name}=env:SANDBOX_SECRET")]
        self.process = subprocess.Popen(
            [binary, "sandbox", "--listen", "127.0.0.1:0", *variables, *gateways],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "SANDBOX_SECRET": SECRET},
        )
        self.base = re.search(r"http://127\.0\.0\.1:\d+", self.process.stdout.readline())[0]

    def close(self):
        self.process.terminate()
        assert self.process.wait(timeout=30) == 0

    def url(self, gateway):
        return f"{self.base}/g/{gateway}"

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=30) as response:
            text = response.read()
        return json.loads(text) if text else None

    def answer_next(self, gateway, value, to=None):
        """Sets the response to the next message, or to the next message to a number."""
        value = {"answer": value, "times": 1}
        self.call("PUT", f"/api/answers/{gateway}", value if to is None else {**value, "to": to})

    def clear(self):
        self.call("DELETE", "/api/messages")

    def last(self):
        """Returns the last message to arrive. An SDK that sends nothing has none."""
        messages = self.call("GET", "/api/messages")["messages"]
        assert messages, "no request arrived"
        return messages[-1]
