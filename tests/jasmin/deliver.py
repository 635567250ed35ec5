"""Sends through Jasmin to an SMPP provider, and lets otpost read Jasmin's delivery reports: `deliver.py OTPOST`."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import tomllib
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from smsc import REFUSED, Smsc
from stack import Console, Stack, free_ports

ROOT = pathlib.Path(__file__).parent.parent.parent
SPEC = ROOT / "src/gateways/jasmin.toml"
GOLDEN = ROOT / "tests/it/catalogue/golden/jasmin.http"
# The user of the golden requests.
USER = PASSWORD = "12345678"
NUMBER = "+41791234560"

# The text, its coding, and its bytes on the way to the provider: GSM 03.38, or UTF-16 with the first byte first.
TEXTS = [
    ("012345 is your code", 0, b"012345 is your code"),
    ("@\N{POUND SIGN}$ \N{LATIN SMALL LETTER A WITH DIAERESIS}\N{LATIN SMALL LETTER O WITH DIAERESIS}"
     "\N{LATIN SMALL LETTER U WITH DIAERESIS} 012345", 0, bytes.fromhex("000102207b7c7e20") + b"012345"),
    ("\N{EURO SIGN}{}[~]|^\\", 0, bytes.fromhex("1b651b281b291b3c1b3d1b3e1b401b141b2f")),
    ("a&b=c+d;%41 \"q\" <b>\n{{to}}", 0, b"a&b=c+d;%41 \"q\" <b>\n" + bytes.fromhex("1b281b28") + b"to"
     + bytes.fromhex("1b291b29")),
    ("  012345 with blanks  ", 0, b"  012345 with blanks  "),
    ("Ваш код 012345 \N{GRINNING FACE}", 8, "Ваш код 012345 \N{GRINNING FACE}".encode("utf-16-be")),
    ("0123456789" * 30, 0, b"0123456789" * 30),
    ("код 012345 " * 12, 8, ("код 012345 " * 12).encode("utf-16-be")),
]


class Application:
    """Receives delivery reports, and answers as the spec says."""

    def __init__(self, answer):
        self.reports = []
        self.answer = answer
        self.changed = threading.Condition()
        application = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                with application.changed:
                    answer = application.answer
                    application.reports.append((self.path, dict(self.headers.items()), body))
                    application.changed.notify_all()
                self.send_response(answer["status"])
                self.send_header("Content-Type", answer["content_type"])
                self.send_header("Content-Length", str(len(answer["body"])))
                self.end_headers()
                self.wfile.write(answer["body"].encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, path, count):
        """Returns the reports to `path` once there are `count`."""
        there = lambda: [it for it in self.reports if it[0] == path]
        with self.changed:
            arrived = self.changed.wait_for(lambda: len(there()) >= count, timeout=90)
            assert arrived, f"{len(there())} of {count} reports have arrived: {self.reports}"
            return there()

    def wait_for_repeats(self, path, different, count):
        """Waits until there are `count` reports to `path`, of which so many are different."""
        bodies = lambda: [it[2] for it in self.reports if it[0] == path]
        with self.changed:
            there = lambda: len(bodies()) >= count and len(set(bodies())) >= different
            assert self.changed.wait_for(there, timeout=90), self.reports


class Sender:
    """`otpost send` with the catalogue's `jasmin`, or another spec."""

    def __init__(self, otpost, jasmin, spec=SPEC):
        self.otpost, self.jasmin, self.spec = otpost, jasmin, spec

    def __call__(self, text="012345 is your code", to=NUMBER, user=USER, password=PASSWORD, sender=None, report=None):
        command = [self.otpost, "send", str(self.spec), "--var", f"origin={self.jasmin.origin}", "--var", f"username={user}"]
        command += ["--var", "password=env:PASSWORD", "--to", to, "--text", text, "--json"]
        if sender:
            command += ["--var", f"sender={sender}"]
        if report:
            command += ["--var", "report_url=env:REPORT_URL"]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=120,
            env=dict(os.environ, PASSWORD=password, REPORT_URL=report or ""),
        )
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def accepted(self, *arguments, **options):
        """Returns the message id."""
        result = self(*arguments, **options)
        assert result["result"] == "accepted", result
        return result["message_id"]

    def fails(self, kind, words, **options):
        result = self(**options)
        # Jasmin's own words: only a rule of the spec hands them on.
        assert result.get("kind") == kind and (result["gateway_words"] or "").startswith(words), result


def set_up(jasmin):
    console = Console(jasmin.jcli)
    console.add(
        "smppccm -a", "cid provider", "host 127.0.0.1", f"port {jasmin.smsc_port}", "username u", "password p",
        "submit_throughput 0", "bind transceiver",
    )
    console.say("smppccm -1 provider")
    console.add("group -a", "gid customers")
    users = {
        USER: [],
        "poor": ["mt_messaging_cred quota sms_count 0"],
        "slow": ["mt_messaging_cred quota http_throughput 0.01"],
        "barred": ["mt_messaging_cred authorization http_send no"],
        "local": ["mt_messaging_cred valuefilter dst_addr ^49"],
    }
    for name, lines in users.items():
        console.add("user -a", f"username {name}", f"uid {name}", "gid customers", f"password {PASSWORD}", *lines)
    console.add("mtrouter -a", "type defaultroute", "connector smppc(provider)", "rate 0.0")
    return console


def texts_arrive(send, smsc):
    for text, coding, expected in TEXTS:
        before = len(smsc.messages)
        assert re.fullmatch("[0-9a-f-]{36}", send.accepted(text, sender="Acme"))
        messages = smsc.wait(before + 1)[before:]
        if messages[0].part:
            _, total, _ = messages[0].part
            messages = sorted(smsc.wait(before + total)[before:], key=lambda it: it.part[2])
            assert [it.part[1:] for it in messages] == [(total, it + 1) for it in range(total)]
        arrived = b"".join(it.text for it in messages)
        assert arrived == expected, (text, arrived, expected)
        for it in messages:
            seen = it.fields
            assert (seen["to"], seen["source"], seen["coding"]) == (NUMBER, "Acme", coding), seen
            assert seen["registered"] & 1 == 0, seen
    return len(TEXTS)


def mistakes_are_found_out(send, smsc, folder):
    """A spec that sends Unicode as `content` is accepted by Jasmin, but another text arrives."""
    right = 'hex-content = { value = "{{text|utf16hex}}", when = { encoding = "ucs2" } }\n'
    text = SPEC.read_text()
    assert right in text
    spec = pathlib.Path(folder) / "mistaken.toml"
    plain = 'content = { value = "{{text}}", when = { encoding = "gsm7" } }\n'
    spec.write_text(text.replace(right, "").replace(plain, 'content = "{{text}}"\n'))
    before = len(smsc.messages)
    Sender(send.otpost, send.jasmin, spec).accepted("Ваш код 012345")
    assert smsc.wait(before + 1)[before].text != "Ваш код 012345".encode("utf-16-be")


def golden_requests_arrive(jasmin, smsc):
    """The requests of the golden file, as a server received them."""
    sections = GOLDEN.read_text().split("### ")[1:]
    for section in sections:
        head, body = section.split("\n", 1)[1].split("\n\n", 1)
        # The host of the report URL does not exist.
        body = re.sub("&dlr-.*", "", body.strip())
        headers = dict(it.split(": ", 1) for it in head.split("\n")[1:])
        before = len(smsc.messages)
        request = urllib.request.Request(f"{jasmin.origin}/send", body.encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            assert response.read().startswith(b'Success "')
        seen = smsc.wait(before + 1)[-1].fields
        # Jasmin loses messages with a validity: see the spec.
        assert seen["validity"] == "", seen
    assert len(sections) == 2, sections


def refusals_have_their_outcome(send, console, smsc):
    before = len(smsc.messages)
    send.fails("unauthorized", "Authentication failure", password="wrong")
    send.fails("unauthorized", "Authentication failure", user="nobody")
    send.fails("no_credit", "Cannot charge submit_sm", user="poor")
    send.fails("misconfigured", "Authorization failed", user="barred")
    send.fails("invalid_recipient", "Value filter failed", user="local")
    assert len(smsc.messages) == before
    send.accepted(user="slow")
    send.fails("throttled", "User throughput exceeded", user="slow")
    smsc.wait(before + 1)
    console.say("mtrouter -f")
    send.fails("misconfigured", "No route found")


def otpost_reads(otpost, spec, report, expected):
    """Returns whether otpost reads a report as expected: as an example of the spec."""
    path, headers, body = report
    example = {
        "request": {"method": "POST", "url": f"https://app.example{path}",
                    "headers": {"Content-Type": headers["Content-Type"]}, "body": body},
        "expect": [expected],
    }
    inline = lambda node: (
        "{ " + ", ".join(f"{key} = {inline(value)}" for key, value in node.items()) + " }" if isinstance(node, dict)
        else "[" + ", ".join(map(inline, node)) + "]" if isinstance(node, list) else json.dumps(node)
    )
    example = "".join(f"{key} = {inline(value)}\n" for key, value in example.items())
    done = subprocess.run(
        [otpost, "check", "-"], input=f"{spec}\n[[reports.example]]\n{example}",
        capture_output=True, text=True, timeout=60,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 0, done.stdout + done.stderr


def reports_are_read(otpost, send, application):
    spec = SPEC.read_text()
    expected = {
        "0": {"status": "delivered", "code": "000"}, "1": {"status": "undeliverable", "code": "011"},
        "2": {"status": "expired", "code": "002"}, "3": {"status": "rejected", "code": "003"},
        "4": {"status": "pending", "code": "000"},
    }
    for digit, values in expected.items():
        path = f"/reports/{digit}"
        name = send.accepted(to=NUMBER[:-1] + digit, report=application.origin + path)
        # From the provider's answer, and from its receipt.
        first, second = application.wait(path, 2)[:2]
        if dict(urllib.parse.parse_qsl(first[2]))["level"] != "1":
            first, second = second, first
        values = {**values, "message_id": name}
        for report, result in [(first, {"status": "pending", "message_id": name}), (second, values)]:
            is_read, said = otpost_reads(otpost, spec, report, result)
            assert is_read, (report, result, said)
            is_read, _ = otpost_reads(otpost, spec, report, {**result, "status": "unknown"})
            assert not is_read, "any expectation passes"
    # The provider refuses the message, and there is no receipt.
    name = send.accepted(to=NUMBER[:-1] + REFUSED, report=f"{application.origin}/reports/refused")
    [report] = application.wait("/reports/refused", 1)
    is_read, said = otpost_reads(otpost, spec, report, {"status": "rejected", "message_id": name})
    assert is_read, (report, said)
    return len(expected) * 2 + 1


def stop(*_):
    # A second signal must not interrupt the end of the servers.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit("stopped by SIGTERM")


def main(otpost):
    # `timeout` stops this process with it. The servers have sessions of their own, so they would stay.
    signal.signal(signal.SIGTERM, stop)
    answer = tomllib.loads(SPEC.read_text())["reports"]["answer"]
    [smsc_port] = free_ports(1)
    smsc, application = Smsc(smsc_port), Application(answer)
    with tempfile.TemporaryDirectory() as folder, Stack(folder, smsc_port) as jasmin:
        console = set_up(jasmin)
        send = Sender(otpost, jasmin)
        texts = texts_arrive(send, smsc)
        mistakes_are_found_out(send, smsc, folder)
        golden_requests_arrive(jasmin, smsc)
        reports = reports_are_read(otpost, send, application)
        # Each report came once, because Jasmin takes the answer. Another answer makes it repeat.
        assert len(application.reports) == reports, application.reports
        application.answer = {**answer, "body": "OK"}
        send.accepted(report=f"{application.origin}/reports/again")
        application.wait_for_repeats("/reports/again", 2, 4)
        application.answer = answer
        refusals_have_their_outcome(send, console, smsc)
    print(f"Jasmin delivered {texts} texts byte for byte, and otpost read {reports} delivery reports")


if __name__ == "__main__":
    main(sys.argv[1])
