"""Lets mocks made from the vendors' OpenAPI files judge the requests of otpost: `judge.py OTPOST MODULES FOLDER`.

MODULES is a folder with prism, and FOLDER has the files. For each file
- `otpost send` sends to the mock, which must accept each request,
- the requests of the golden files, which also have a validity and a report URL, must be accepted,
- the mock answers with each example of the file, and otpost must report its meaning,
- changed requests must be refused: this shows that the mock can refuse. Prism ignores unknown names in forms, so these
  are compared here.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import fields
from mocks import Prism, Relay, closed

HERE = pathlib.Path(__file__).parent
GOLDEN = HERE.parent / "it/catalogue/golden"
NUMBER = "+41791234567"
TEXTS = ["012345 is your code", "Ваш код 012345 \N{GRINNING FACE}\n@acme.example #012345", "a&b=c+d;%41 \"q\" <b>"]
AC, MG, VA = ("".join([start, "0123456789abcdef" * 2]) for start in ("AC", "MG", "VA"))
SECRET = "n0t-a-real-secret"

ACCEPTED, REFUSED, UNKNOWN = 0, 1, 3


class Case:
    """One file, the gateway that is compared with it, and the meanings of the file's responses."""

    def __init__(self, file, gateway, variables, required, typed, meanings, message_id, golden=()):
        self.file, self.gateway, self.variables = file, gateway, variables
        # Fields without which the request is invalid, and wrong values of others.
        self.required, self.typed = required, typed
        # The exit code and the kind of the error by status and example.
        self.meanings = meanings
        self.message_id = message_id
        # Replacements for the values of the golden file that have a form in the OpenAPI file.
        self.golden = golden


TWILIO_EXAMPLES = [
    "create", "createWoService", "createWithMessagingService", "createWithQueuedStatus", "createScheduledMessageSms",
    "createScheduledMessageMms", "createScheduledMessageWhatsapp",
]
CASES = [
    Case(
        file="twilio.json",
        gateway="twilio",
        variables=[
            [f"account_sid={AC}", "auth_token=env:SECRET", "sender=+15005550006"],
            [f"account_sid={AC}", "auth_token=env:SECRET", f"sender_pool={MG}", "report_url=https://app.example/sms"],
        ],
        required=[("To",)],
        typed=[(("MessagingServiceSid",), "12345678"), (("ValidityPeriod",), "soon")],
        meanings={("201", name): (ACCEPTED, None) for name in TWILIO_EXAMPLES},
        message_id=lambda answer: answer["sid"],
        golden=[("Accounts/12345678", f"Accounts/{AC}"), ("Sid=12345678", f"Sid={MG}")],
    ),
    Case(
        file="twilio_verify.json",
        gateway=str(HERE / "twilio_verify.toml"),
        variables=[[f"service_sid={VA}", f"account_sid={AC}", "auth_token=env:SECRET"]],
        required=[("To",), ("Channel",)],
        typed=[],
        meanings={
            ("201", "createVerification"): (ACCEPTED, None),
            ("201", "createVerificationWithRateLimits"): (ACCEPTED, None),
            # No SMS was sent.
            ("201", "createVerificationAuto"): (UNKNOWN, "unknown"),
            ("201", "createVerificationEmail"): (UNKNOWN, "unknown"),
            ("201", "createVerificationSna"): (UNKNOWN, "unknown"),
            ("201", "createVerificationWhatsapp"): (UNKNOWN, "unknown"),
            ("429", "createVerificationRateLimitExceeded"): (REFUSED, "throttled"),
        },
        message_id=lambda answer: answer["sid"],
    ),
    Case(
        file="telnyx.json",
        gateway="telnyx",
        variables=[
            ["api_key=env:SECRET", "sender=+15005550006"],
            ["api_key=env:SECRET", "sender=Acme", "messaging_profile_id=abc85f64-5717-4562-b3fc-2c9600000000",
             "report_url=https://app.example/sms"],
        ],
        required=[("to",)],
        typed=[(("to",), 41791234567), (("text",), {"text": "a"}), (("type",), "sms"), (("from",), [])],
        # The file has no examples. Prism makes responses from its schemas, with the code "string".
        meanings={
            ("200", None): (ACCEPTED, None),
            ("401", None): (REFUSED, "unauthorized"),
            ("422", None): (REFUSED, "misconfigured"),
            ("429", None): (REFUSED, "throttled"),
        },
        message_id=lambda answer: answer["data"]["id"],
    ),
    Case(
        file="infobip.json",
        gateway="infobip",
        variables=[
            ["api_key=env:SECRET"],
            ["api_key=env:SECRET", "sender=InfoSMS", "report_url=env:REPORT_URL"],
        ],
        required=[
            ("messages",), ("messages", 0, "destinations"), ("messages", 0, "destinations", 0, "to"),
            ("messages", 0, "content"), ("messages", 0, "content", "text"),
        ],
        typed=[
            (("messages", 0, "destinations", 0, "to"), 41791234567),
            (("messages", 0, "options", "validityPeriod", "amount"), "300"),
            (("messages", 0, "options", "validityPeriod", "timeUnit"), "seconds"),
            (("messages", 0, "webhooks", "contentType"), 5),
        ],
        meanings={
            ("200", "Response for request with one destination"): (ACCEPTED, None),
            ("200", "Response for request with multiple destinations"): (ACCEPTED, None),
            ("400", "Bad request"): (REFUSED, "misconfigured"),
            ("401", None): (REFUSED, "unauthorized"),
            ("403", None): (REFUSED, "unauthorized"),
            ("500", None): (UNKNOWN, "unknown"),
        },
        message_id=lambda answer: answer["messages"][0]["messageId"],
    ),
]


def send(otpost, case, relay, variables, text):
    """Returns the exit code and the document of `otpost send`."""
    command = [otpost, "send", case.gateway, "--origin", relay.origin, "--to", NUMBER, "--json", "--text", text]
    for value in variables:
        command += ["--var", value]
    done = subprocess.run(
        command + ["--code", "012345"],
        capture_output=True, text=True, timeout=120,
        env=dict(os.environ, SECRET=SECRET, REPORT_URL="https://app.example/sms"),
    )
    assert done.stdout, done.stderr
    for hidden in (SECRET, "012345"):
        assert hidden not in done.stdout + done.stderr, "a secret is in the output"
    return done.returncode, json.loads(done.stdout)


def requests_are_accepted(otpost, case, relay):
    """Returns the recorded requests."""
    for variables in case.variables:
        for text in TEXTS:
            sent = send(otpost, case, relay, variables, text)
            assert (sent[0], sent[1]["result"]) == (ACCEPTED, "accepted"), (case.file, sent, relay.requests[-1])
            _, status, violations = relay.requests[-1]
            assert status in (200, 201) and not violations, (case.file, status, violations)
    return [request for request, _, _ in relay.requests]


def undeclared(document, request):
    """Returns the names in a form that the file does not declare: prism ignores them, whatever the file says."""
    if not fields.is_form(request):
        return set()
    [operation] = document["paths"].values()
    [media] = operation["post"]["requestBody"]["content"].values()
    schema = media["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return set(fields.read(request)) - set(schema["properties"])


def golden_requests(case):
    """The requests that the tests compare byte for byte, which have all optional fields."""
    file = GOLDEN / f"{case.gateway}.http"
    if not file.exists():
        return []
    text = file.read_text()
    for old, new in case.golden:
        assert old in text, old
        text = text.replace(old, new)
    found = []
    for section in text.split("### ")[1:]:
        head, body = section.split("\n", 1)[1].split("\n\n", 1)
        line, *headers = head.split("\n")
        method, path = line.split(" ")
        headers = dict(it.split(": ", 1) for it in headers)
        found.append({"method": method, "path": path, "headers": headers, "body": body.strip().encode()})
    return found


def examples_have_their_meaning(otpost, case, relay, document):
    responses = [operation["post"]["responses"] for operation in document["paths"].values()][0]
    in_file = {
        (status, name)
        for status, response in responses.items()
        for media in [response.get("content", {}).get("application/json", {})]
        for name in (media.get("examples") or ([None] if "example" in media else []))
    }
    # Otherwise a new example would not be compared.
    assert in_file <= set(case.meanings), (case.file, in_file - set(case.meanings))
    for (status, name), (code, kind) in case.meanings.items():
        relay.prefer = f"code={status}" + (f', example="{name}"' if name else "")
        got, result = send(otpost, case, relay, case.variables[-1], TEXTS[0])
        _, answered, violations = relay.requests[-1]
        assert (str(answered), violations) == (status, []), (case.file, name, answered, violations)
        assert (got, result.get("kind")) == (code, kind), (case.file, status, name, got, result)
        if code == ACCEPTED and name:
            value = responses[status]["content"]["application/json"]["examples"][name]["value"]
            assert result["message_id"] == case.message_id(value), (name, result)
    relay.prefer = None


def changed_requests_are_refused(otpost, case, prism, relay, requests, document):
    """Returns the number of changed requests."""
    def is_refused(request, why):
        status, violations, _, _ = prism.ask(request)
        assert status >= 400 and violations, f"{case.file}: the mock accepts {why}"

    count = 0
    # Every field is known to the file: under another name, it is not.
    for request in requests:
        for path in fields.paths(fields.read(request)):
            renamed = fields.changed(request, path, "renamed")
            if not undeclared(document, renamed):
                is_refused(renamed, f"{path} under another name")
            count += 1
    for how, wrong in [(path, "missing") for path in case.required] + case.typed:
        able = [it for it in requests if how in fields.paths(fields.read(it))]
        assert able, f"{case.file}: no request has {how}"
        is_refused(fields.changed(able[-1], how, wrong), f"{how}: {wrong}")
        count += 1
    # A wrong path, and no credentials.
    last = requests[-1]
    is_refused_path = prism.ask({**last, "path": last["path"] + "X"})[0]
    assert is_refused_path in (404, 422), is_refused_path
    bare = {k: v for k, v in last["headers"].items() if k != "authorization"}
    assert prism.ask({**last, "headers": bare})[0] == 401, f"{case.file}: accepted without credentials"
    # otpost reports a refusal by the mock as such.
    relay.change = lambda request: fields.changed(request, case.required[0], "missing")
    code, result = send(otpost, case, relay, case.variables[0], TEXTS[0])
    relay.change = None
    assert relay.requests[-1][1] >= 400 and relay.requests[-1][2], relay.requests[-1]
    assert code != ACCEPTED and result["result"] != "accepted", result
    return count + 3


def main(otpost, modules, folder):
    for case in CASES:
        document = json.loads((pathlib.Path(folder) / case.file).read_text())
        with tempfile.TemporaryDirectory() as temporary, \
                Prism(modules, closed(document), temporary) as prism, Relay(prism) as relay:
            requests = requests_are_accepted(otpost, case, relay)
            golden = golden_requests(case)
            for request in golden:
                status, violations, _, _ = prism.ask(request)
                assert status in (200, 201) and not violations, (case.file, status, violations)
            for request in requests + golden:
                assert not undeclared(document, request), (case.file, undeclared(document, request))
            examples_have_their_meaning(otpost, case, relay, document)
            refused = changed_requests_are_refused(otpost, case, prism, relay, requests + golden, document)
        print(
            f"{case.file}: accepted {len(requests)} requests of `otpost send` and {len(golden)} golden ones, "
            f"answered with {len(case.meanings)} examples, found out {refused} changed requests",
            flush=True,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
