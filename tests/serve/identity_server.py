"""Lets privacyIDEA send the codes of SMS tokens through `otpost serve`, and checks the codes."""

import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from bridge import Bridge, Gateway

NUMBER = "+41 79 123 45 67"
SECRET = "a-secret-of-privacyidea"
ADMIN = "admin-password-17"
PIN = "pin-2941"


class Server:
    """privacyIDEA with a database of its own, as a context manager."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        config = self.folder / "pi.cfg"
        values = {
            "SUPERUSER_REALM": ["super"],
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{self.folder}/pi.sqlite",
            "SECRET_KEY": os.urandom(24).hex(),
            "PI_PEPPER": os.urandom(24).hex(),
            "PI_ENCFILE": f"{self.folder}/enckey",
            "PI_AUDIT_KEY_PRIVATE": f"{self.folder}/private.pem",
            "PI_AUDIT_KEY_PUBLIC": f"{self.folder}/public.pem",
            "PI_LOGFILE": f"{self.folder}/privacyidea.log",
        }
        config.write_text("".join(f"{name} = {value!r}\n" for name, value in values.items()))
        self.environment = dict(os.environ, PRIVACYIDEA_CONFIGFILE=str(config))
        for command in ["create_enckey", "create_audit_keys", "create_tables"]:
            self.manage("setup", command)
        self.manage("admin", "add", "admin", "-e", "admin@acme.example", "-p", ADMIN)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.origin = f"http://127.0.0.1:{port}"
        self.token = None
        self.log = open(self.folder / "server.log", "wb")
        self.process = subprocess.Popen(
            self.command("run", "-p", str(port)),
            cwd=folder, env=self.environment, stdout=self.log, stderr=self.log,
        )

    def command(self, *arguments):
        return [str(pathlib.Path(sys.executable).parent / "pi-manage"), *arguments]

    def manage(self, *arguments):
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=300,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def __enter__(self):
        end = time.monotonic() + 180
        while True:
            try:
                answer = self.post("/auth", {"username": "admin", "password": ADMIN})
                break
            except OSError:
                assert self.process.poll() is None and time.monotonic() < end, self.logs()
                time.sleep(0.5)
        self.token = answer["result"]["value"]["token"]
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.log.close()

    def logs(self):
        return (self.folder / "server.log").read_text()[-4000:]

    def post(self, path, fields):
        """Calls the API, and returns its document."""
        headers = {"Authorization": self.token} if self.token else {}
        data = urllib.parse.urlencode(fields).encode()
        request = urllib.request.Request(self.origin + path, data=data, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                document = json.load(response)
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{path}: {error.code} {error.read().decode()}\n{self.logs()}")
        assert document["result"]["status"], document
        return document

    def configure(self, bridge):
        users = self.folder / "users"
        users.write_text("alice:x:1001:1001:Alice,,,:/srv/alice:/bin/false\n")
        self.post("/resolver/users", {"type": "passwdresolver", "fileName": str(users)})
        self.post("/realm/acme", {"resolvers": "users"})
        self.post("/smsgateway", {
            "name": "otpost",
            "module": "privacyidea.lib.smsprovider.HttpSMSProvider.HttpSMSProvider",
            "option.URL": f"{bridge.origin}/send",
            "option.HTTP_METHOD": "POST",
            "option.CHECK_SSL": "yes",
            "option.SEND_DATA_AS_JSON": "no",
            "option.TIMEOUT": "10",
            "option.RETURN_SUCCESS": '"outcome":"accepted"',
            "option.to": "{phone}",
            "option.text": "{otp}",
            "header.X-Api-Key": SECRET,
        })
        self.post("/system/setConfig", {"sms.identifier": "otpost"})
        policies = {"text": ("authentication", "smstext=Acme: {otp} is your code"),
                    "challenge": ("authentication", "challenge_response=sms")}
        for name, (scope, action) in policies.items():
            self.post(f"/policy/{name}", {
                "scope": scope, "action": action, "realm": "acme", "active": "1",
            })


def code_in(message):
    to, text = message
    assert to == "41791234567", to
    found = re.fullmatch(r"Acme: ([0-9]{6}) is your code", text)
    assert found, text
    return found[1]


def main(otpost):
    gateway = Gateway()
    caller = ["--caller", "privacyidea=env:CALLER_SECRET"]
    secrets = {"CALLER_SECRET": SECRET}
    with Bridge(otpost, gateway, caller, secrets) as bridge, \
            tempfile.TemporaryDirectory() as folder, Server(folder) as server:
        server.configure(bridge)
        server.post("/token/init", {
            "type": "sms", "user": "alice", "realm": "acme", "phone": NUMBER, "pin": PIN,
            "genkey": "1",
        })
        before = len(gateway.messages)

        # The person gives the PIN, and gets a code.
        answer = server.post("/validate/check", {"user": "alice", "realm": "acme", "pass": PIN})
        assert answer["result"]["value"] is False, answer
        transaction = answer["detail"]["transaction_id"]
        assert len(gateway.messages) == before + 1, (gateway.messages, answer, server.logs())
        code = code_in(gateway.messages[-1])
        wrong = f"{(int(code) + 1) % 1_000_000:06}"

        def check(code, transaction):
            fields = {"user": "alice", "realm": "acme", "pass": code, "transaction_id": transaction}
            return server.post("/validate/check", fields)["result"]["value"]

        assert check(wrong, transaction) is False
        assert check(code, transaction) is True
        assert check(code, transaction) is False, "the code is accepted twice"

        # An application asks for a code on its own.
        answer = server.post("/validate/triggerchallenge", {"user": "alice", "realm": "acme"})
        assert len(gateway.messages) == before + 2, (gateway.messages, answer, server.logs())
        assert check(code_in(gateway.messages[-1]), answer["detail"]["transaction_id"]) is True

        log = "".join(bridge.lines)
        sent = [line for line in log.splitlines() if "/send from privacyidea to CH: 200" in line]
        assert len(sent) == len(gateway.messages), log
        for hidden in [code, "791234567", "79 123", SECRET]:
            assert hidden not in log, log
    print(f"privacyIDEA sent {len(gateway.messages)} codes through otpost, and accepted them")


if __name__ == "__main__":
    main(sys.argv[1])
