"""Compares the verification of delivery reports with the validators of the vendors.

Reports are signed by the rules of the vendors, sent through five kinds of proxies, and changed by one bit each. The
verdict of otpost and that of the vendor's validator must be the same for each of them. The exceptions are listed in
`stricter`, where otpost rejects a report that the validator accepts. There is one exception in the other direction,
`spoiled`: a report that still has its valid signature.
"""

import base64
import collections
import datetime
import hashlib
import hmac
import json
import logging
import os
import random
import subprocess
import sys
import time
import urllib.parse
import warnings

import jwt
import nacl.signing
from messagebird.request_validator import RequestValidator as MessageBird
from plivo.utils import validate_signature as plivo_v2
from plivo.utils.signature_v3 import validate_v3_signature as plivo_v3
from sinch.domains.authentication.sinch_events.v1.authentication_validation import (
    validate_sinch_event_signature_with_nonce as sinch,
)
from standardwebhooks.webhooks import Webhook
from stripe import WebhookSignature as Stripe
from telnyx.lib.webhook_verification import verify_webhook_signature as telnyx
from twilio.request_validator import RequestValidator as Twilio
from twilio.request_validator import get_signature_algorithm
from vonage_http_client.auth import Auth as VonageAuth
from vonage_jwt.verify_jwt import verify_signature as vonage_jwt

# The validators complain about what is changed here, and about keys that the vendors choose.
logging.disable()
warnings.simplefilter("ignore")

FORM = "application/x-www-form-urlencoded"
TWILIO_SETTINGS = "X-Twilio-Webhooks-Signature-Settings"
PLIVO = "X-Plivo-Signature-V3"
BIRD_KEY = "PlLrKaqvZNRR5zAjm42ZT6q1SQxgbbGd"
VONAGE_KEY = "qwertyuiopasdfghjklzxcvbnm123456"
WEBHOOK_KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
STRIPE_KEY = "whsec_4Vr2"
# The private key of RFC 8032, section 7.1, test 1. Its public key is in the fixture.
TELNYX_KEY = nacl.signing.SigningKey(
    bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
)
TELNYX_PUBLIC = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

# Reports that are created at once. They are signed with the current time, which validators compare with the clock.
CHUNK = 4_000

# The public URL and query that the vendor was told, and the URL that arrives behind the proxy.
PROXIES = {
    "scheme": ("https://app.example/sms/reports", "ref=8f3c", "http://app.example/sms/reports"),
    "port": ("https://app.example:8443/sms/reports", "ref=8f3c", "https://app.example:3000/sms/reports"),
    "prefix": ("https://app.example/api/v1/sms/reports", "ref=8f3c", "https://app.example/reports"),
    "host": ("https://hooks.app.example/sms/reports", None, "https://10.0.0.7/sms/reports"),
    "query": (
        "https://app.example/sms/reports",
        "ref=8f3c&text=a+b%2B%26%3D%20c&empty=&A=%7e",
        "https://app.example/sms/reports",
    ),
}


class Report:
    def __init__(self, scheme, proxy, rng):
        self.scheme, self.rng = scheme, rng
        self.now = int(time.time())
        self.base, self.query, self.seen = PROXIES[proxy]
        self.method, self.headers, self.body = "POST", {}, b""
        self.valid = None

    @property
    def url(self):
        return self.base if self.query is None else f"{self.base}?{self.query}"

    def word(self):
        return "".join(self.rng.choices("abcdefghijklmnopqrstuvwxyzABCDEF0123456789", k=12))

    def json(self):
        body = {"id": self.word(), "status": "delivered", "to": "+41791234567", "note": "é {{url}} &=\\"}
        self.body = json.dumps(body, ensure_ascii=self.rng.random() < 0.5).encode()
        self.headers["Content-Type"] = "application/json"

    def form(self):
        fields = [
            ("MessageSid", self.word()),
            ("MessageStatus", "delivered"),
            ("To", "+41791234567"),
            ("Empty", ""),
            ("Note", "é {{url}} &=\\ 100%"),
        ]
        self.rng.shuffle(fields)
        self.body = urllib.parse.urlencode(fields).encode()
        self.headers["Content-Type"] = FORM
        return dict(fields)

    def fields(self):
        return dict(urllib.parse.parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=False))

    def parameters(self):
        return dict(urllib.parse.parse_qsl(self.query or "", keep_blank_values=True))

    def line(self):
        # A proxy adds headers, and so can an attacker.
        seen = urllib.parse.urlsplit(self.seen)
        proxy = [["Host", seen.netloc], ["X-Forwarded-Proto", seen.scheme], ["X-Forwarded-Host", "attacker.example"],
                 ["X-Forwarded-Prefix", seen.path], ["X-Original-URL", self.seen]]
        return json.dumps({
            "scheme": self.scheme, "url": self.base, "method": self.method, "query": self.query,
            "headers": proxy + list(map(list, self.headers.items())), "body": base64.b64encode(self.body).decode(),
            "now": self.now,
        })

    def node_line(self):
        return json.dumps({
            "scheme": self.scheme, "url": self.url, "method": self.method, "headers": self.headers,
            "body": base64.b64encode(self.body).decode(),
        })


def mac(key, text, kind="sha256"):
    return hmac.new(key if isinstance(key, bytes) else key.encode(), text.encode(), kind).digest()


def encoded(key, text, kind="sha256"):
    return base64.b64encode(mac(key, text, kind)).decode()


def sorted_pairs(pairs, between):
    return [f"{name}{between}{pairs[name]}" for name in sorted(pairs)]


# How the vendors sign.


def sign_twilio(report):
    port = report.rng.random() < 0.5
    parts = urllib.parse.urlsplit(report.url)
    host = f"{parts.hostname}:{parts.port or 443}" if port else parts.hostname
    text = urllib.parse.urlunsplit(parts._replace(netloc=host)) + "".join(sorted_pairs(report.form(), ""))
    kind = "sha1"
    if report.rng.random() < 0.5:
        kind, report.headers[TWILIO_SETTINGS] = "sha256", f"key={report.word()},algorithm=HMAC_SHA256"
    report.headers["X-Twilio-Signature"] = encoded("12345", text, kind)


def sign_twilio_json(report):
    report.json()
    digest = hashlib.sha256(report.body).hexdigest()
    report.query = f"{report.query}&bodySHA256={digest}" if report.query else f"bodySHA256={digest}"
    text = urllib.parse.urlunsplit(urllib.parse.urlsplit(report.url)._replace(netloc=urllib.parse.urlsplit(report.url).hostname))
    report.headers["X-Twilio-Signature"] = encoded("12345", text, "sha1")


def sign_plivo(report):
    text, fields = report.base, {}
    query = "&".join(sorted_pairs(report.parameters(), "="))
    if report.rng.random() < 0.3:
        report.method = "GET"
    elif report.rng.random() < 0.8:
        fields = report.form()
    if query or fields:
        text += f"?{query}"
    if query and fields:
        text += "."
    nonce = report.word()
    signature = encoded("my_auth_token", f"{text}{''.join(sorted_pairs(fields, ''))}.{nonce}")
    both = [signature, encoded("another key", text)]
    report.rng.shuffle(both)
    report.headers[PLIVO] = report.rng.choice([signature, ",".join(both)])
    report.headers[f"{PLIVO}-Nonce"] = nonce


def sign_plivo_v2(report):
    report.form()
    nonce = report.word()
    report.headers["X-Plivo-Signature-V2"] = encoded("my_auth_token", report.base + nonce)
    report.headers["X-Plivo-Signature-V2-Nonce"] = nonce


def sign_telnyx(report):
    report.json()
    signature = TELNYX_KEY.sign(f"{report.now}|".encode() + report.body).signature
    report.headers["telnyx-signature-ed25519"] = base64.b64encode(signature).decode()
    report.headers["telnyx-timestamp"] = str(report.now)


def sign_webhook(report):
    report.json()
    key, name = base64.b64decode(WEBHOOK_KEY.removeprefix("whsec_")), f"msg_{report.word()}"
    signature = encoded(key, f"{name}.{report.now}.{report.body.decode()}")
    other = f"v1,{encoded(key, report.word())}"
    report.headers |= {"webhook-id": name, "webhook-timestamp": str(report.now)}
    report.valid = f"v1,{signature}"
    report.headers["webhook-signature"] = report.rng.choice([report.valid, f"{other} {report.valid}"])


def sign_stripe(report):
    report.json()
    signature = mac(STRIPE_KEY, f"{report.now}.{report.body.decode()}").hex()
    other = mac(STRIPE_KEY, report.word()).hex()
    items = [f"v1={signature}", f"v1={other}", f"v0={other}"][:report.rng.randrange(1, 4)]
    report.rng.shuffle(items)
    report.headers["Stripe-Signature"] = ",".join([f"t={report.now}"] + items)


def sign_messagebird(report):
    claims = {"iss": "MessageBird", "nbf": report.now - 1, "exp": report.now + 600, "jti": report.word(),
              "url_hash": hashlib.sha256(report.url.encode()).hexdigest()}
    if report.rng.random() < 0.8:
        report.json()
        claims["payload_hash"] = hashlib.sha256(report.body).hexdigest()
    kind = report.rng.choice(["HS256", "HS384", "HS512"])
    report.headers["MessageBird-Signature-JWT"] = jwt.encode(claims, BIRD_KEY, kind)


def sign_vonage_messages(report):
    report.json()
    claims = {"iat": report.now, "jti": report.word(), "payload_hash": hashlib.sha256(report.body).hexdigest()}
    report.headers["Authorization"] = f"Bearer {jwt.encode(claims, VONAGE_KEY, 'HS256')}"


def sign_vonage_sms(report):
    report.method = "GET"
    pairs = report.parameters() | {"messageId": report.word(), "status": "a&b=c é", "timestamp": str(report.now)}
    text = "".join(f"&{name}={pairs[name].replace('&', '_').replace('=', '_')}" for name in sorted(pairs))
    pairs["sig"] = mac("signature_secret", text).hex()
    report.query = urllib.parse.urlencode(pairs)


def sign_sinch(report):
    report.json()
    name, nonce = "x-sinch-webhook-signature", report.word()
    text = f"{report.body.decode()}.{nonce}.{report.now}"
    report.headers |= {name: encoded("SMSWebhooksSecret", text), f"{name}-nonce": nonce}
    report.headers |= {f"{name}-timestamp": str(report.now), f"{name}-algorithm": "HmacSHA256"}


def sign_seven(report):
    if report.rng.random() < 0.8:
        report.json()
    nonce, digest = report.word(), hashlib.md5(report.body).hexdigest()
    text = "\n".join([str(report.now), nonce, report.method, report.url, digest])
    report.headers |= {"X-Timestamp": str(report.now), "X-Nonce": nonce}
    report.headers["X-Signature"] = mac("seven-secret", text).hex()


# What the validators of the vendors say. An exception is a rejection.


def is_twilio(report):
    is_form = report.headers.get("Content-Type") == FORM
    body = report.fields() if is_form else report.body.decode()
    algorithm = get_signature_algorithm(report.headers.get(TWILIO_SETTINGS))
    return Twilio("12345").validate(report.url, body, report.headers["X-Twilio-Signature"], algorithm)


def is_plivo(report):
    nonce, signature = report.headers[f"{PLIVO}-Nonce"], report.headers[PLIVO]
    return plivo_v3(report.method, report.url, nonce, "my_auth_token", signature, report.fields())


def is_plivo_v2(report):
    name = "X-Plivo-Signature-V2"
    return plivo_v2(report.url, report.headers[f"{name}-Nonce"], report.headers[name], "my_auth_token")


def is_vonage_messages(report):
    token = report.headers["Authorization"]
    if not token.startswith("Bearer "):
        return False
    token = token.removeprefix("Bearer ")
    # The library verifies the token alone, and leaves the body to the application.
    claims = jwt.decode(token, options={"verify_signature": False})
    return vonage_jwt(token, VONAGE_KEY) and claims["payload_hash"] == hashlib.sha256(report.body).hexdigest()


VONAGE = VonageAuth(api_key="key", signature_secret="signature_secret", signature_method="sha256")

Scheme = collections.namedtuple("Scheme", "fixture sign verify parts signs_url")
SCHEMES = {
    "twilio": Scheme("twilio", sign_twilio, is_twilio, ["query", "body", "X-Twilio-Signature", TWILIO_SETTINGS], True),
    "twilio JSON": Scheme("twilio", sign_twilio_json, is_twilio, ["query", "body", "X-Twilio-Signature"], True),
    "plivo": Scheme("plivo", sign_plivo, is_plivo, ["query", "body", PLIVO, f"{PLIVO}-Nonce"], True),
    "plivo V2": Scheme("plivo_v2", sign_plivo_v2, is_plivo_v2,
                       ["X-Plivo-Signature-V2", "X-Plivo-Signature-V2-Nonce"], True),
    "telnyx": Scheme("telnyx", sign_telnyx, lambda it: telnyx(it.body, it.headers, TELNYX_PUBLIC) is None,
                     ["body", "telnyx-signature-ed25519", "telnyx-timestamp"], False),
    "Standard Webhooks": Scheme(
        "standard_webhooks", sign_webhook,
        lambda it: Webhook(WEBHOOK_KEY).verify(it.body, it.headers, json_parse=False) is None,
        ["body", "webhook-id", "webhook-timestamp", "webhook-signature"], False),
    "Stripe": Scheme(
        "stripe", sign_stripe,
        lambda it: Stripe.verify_header(it.body.decode(), it.headers["Stripe-Signature"], STRIPE_KEY, 300),
        ["body", "Stripe-Signature"], False),
    "MessageBird (PyPI)": Scheme(
        "messagebird", sign_messagebird,
        lambda it: MessageBird(BIRD_KEY).validate_signature(it.headers["MessageBird-Signature-JWT"], it.url, it.body),
        ["query", "body", "MessageBird-Signature-JWT"], True),
    "Vonage Messages": Scheme("vonage_messages", sign_vonage_messages, is_vonage_messages, ["body", "Authorization"], False),
    "Vonage SMS": Scheme("vonage_sms", sign_vonage_sms, lambda it: VONAGE.check_signature(it.parameters()), ["query"], False),
    "Sinch": Scheme("sinch", sign_sinch, lambda it: sinch("SMSWebhooksSecret", it.headers, it.body.decode()),
                    ["body"] + [f"x-sinch-webhook-signature{end}" for end in ["", "-nonce", "-timestamp", "-algorithm"]],
                    False),
    # Verified by Node.
    "MessageBird (npm)": Scheme("messagebird", sign_messagebird, None, ["query", "body", "MessageBird-Signature-JWT"], True),
    "seven": Scheme("seven", sign_seven, None, ["query", "body", "X-Signature", "X-Timestamp", "X-Nonce"], True),
}


def change(report, parts):
    """Flips one bit of a part, so that HTTP can still carry the request. Returns the part and its old value."""
    rng = report.rng
    while True:
        part = rng.choice(parts)
        old = {"query": (report.query or "").encode(), "body": report.body}.get(part)
        if old is None:
            old = report.headers.get(part, "").encode()
        if not old:
            continue
        new = bytearray(old)
        new[rng.randrange(len(new))] ^= 1 << rng.randrange(8)
        new = bytes(new)
        if part == "body":
            report.body = new
        elif part == "query":
            # Other characters are never in the target of a request.
            if not all(33 <= byte < 127 and byte not in b'#"<>\\^`{|}' for byte in new):
                continue
            report.query = new.decode()
        else:
            if not all(32 <= byte < 127 for byte in new) or new.strip() != new:
                continue
            report.headers[part] = new.decode()
        return part, old


def decoded(text):
    """The signatures in a header, as a lenient decoder reads them."""
    pieces = text.replace(" ", ",").replace(".", ",").split(",")
    result = []
    for piece in pieces:
        try:
            result.append(base64.urlsafe_b64decode(piece + "=" * (-len(piece) % 4)))
        except ValueError:
            result.append(piece)
    return result


def stricter(report, part, old):
    """Returns why otpost may reject a report that the validator accepts, or `None` if it may not."""
    if part == TWILIO_SETTINGS:
        return "Twilio's validator accepts names of algorithms in lower case"
    if part == "x-sinch-webhook-signature-algorithm":
        return "Sinch's validator ignores the name of the algorithm"
    new = report.headers.get(part, "").replace("+", "-").replace("/", "_")
    if part in report.headers and decoded(new) == decoded(old.decode().replace("+", "-").replace("/", "_")):
        return "the validator ignores bits of base64 that are not used"
    return None


def spoiled(report, part, old):
    """Returns why otpost may accept a report that the validator rejects, or `None` if it may not."""
    if part == "Stripe-Signature" and report.headers[part].lower() == old.decode().lower():
        return "the validator reads hexadecimal in lower case only"
    if part == "webhook-signature" and report.valid in report.headers[part].split(" "):
        return "the library cannot read another signature beside the valid one"
    return None


def verdicts(command, lines):
    done = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    answers = done.stdout.split("\n")[:-1]
    assert len(answers) == len(lines), done.stderr
    return answers


def is_accepted(scheme, report):
    try:
        return bool(scheme.verify(report))
    except Exception:
        return False


def compare(name, scheme, count, rng, otpost, node):
    """Compares `count` reports of a scheme. One of 20 is not changed."""
    accepted, explained, done = 0, collections.Counter(), 0
    while done < count:
        reports, changes = [], []
        for _ in range(min(CHUNK, count - done)):
            report = Report(scheme.fixture, rng.choice(list(PROXIES)), rng)
            scheme.sign(report)
            changes.append(change(report, scheme.parts) if rng.random() < 0.95 else None)
            reports.append(report)
        ours = verdicts([otpost], [report.line() for report in reports])
        if scheme.verify:
            theirs = [is_accepted(scheme, report) for report in reports]
        else:
            theirs = [answer == "1" for answer in verdicts(node, [report.node_line() for report in reports])]
        for report, changed, our, their in zip(reports, changes, ours, theirs):
            assert their or changed, f"{name}: the vendor rejects a signed report: {report.line()}"
            accepted += our == "1"
            if (our == "1") == their:
                continue
            reason = None
            if changed:
                reason = stricter(report, *changed) if their else spoiled(report, *changed)
            assert reason, f"{name}: otpost says {our}, the vendor {their}: {changed} {report.line()}"
            explained[reason] += 1
        done += len(reports)
    print(f"{name}: {count} reports, {accepted} accepted, the verdicts are the same", flush=True)
    for reason, times in explained.items():
        print(f"    but for {times}: {reason}")


def check_published(modules, otpost):
    """The requests that MessageBird publishes in its package, with their verdicts."""
    name = "node_modules/messagebird/lib/testdata/webhook-signature-jwt-reference.json"
    with open(os.path.join(modules, name)) as file:
        cases = json.load(file)
    lines = []
    for case in cases:
        url, _, query = case["url"].partition("?")
        headers = [["MessageBird-Signature-JWT", case["token"]]]
        body = base64.b64encode((case.get("payload") or "").encode()).decode()
        now = int(datetime.datetime.fromisoformat(case["timestamp"]).timestamp())
        lines.append(json.dumps({
            "scheme": "messagebird", "url": url, "method": case["method"], "query": query or None, "headers": headers,
            "body": body, "now": now, "vars": {"signing_key": case.get("secret") or "no secret"},
        }))
    wrong = []
    for case, our in zip(cases, verdicts([otpost], lines)):
        if (our == "1") != case["valid"]:
            wrong.append(f"{case['name']}: {our}, {case.get('reason')}")
    print(f"MessageBird's reference: {len(cases)} requests, {len(wrong)} with another verdict")
    assert len(cases) > 40 and not wrong, wrong


def check_trap(name, scheme, rng):
    """The validators reject what a verifier sees that takes the URL from the request, so the comparison means something."""
    if not scheme.verify or not scheme.signs_url:
        return
    for proxy in ["scheme", "prefix", "host"]:
        report = Report(scheme.fixture, proxy, rng)
        scheme.sign(report)
        assert is_accepted(scheme, report), name
        report.base = report.seen
        assert not is_accepted(scheme, report), f"{name} accepts the URL behind the proxy"


def main(otpost, modules):
    seed = int(os.environ.get("OTPOST_SEED") or int.from_bytes(os.urandom(4), "big"))
    rng = random.Random(seed)
    count = int(os.environ.get("OTPOST_MUTATIONS") or 100_000)
    print(f"seed {seed}")
    node = ["node", os.path.join(os.path.dirname(__file__), "validators.mjs"), modules] if modules else None
    if not node:
        print("npm's validators cannot be installed: seven and the second one of MessageBird were not compared")
    if modules:
        check_published(modules, otpost)
    for name, scheme in SCHEMES.items():
        if scheme.verify or node:
            check_trap(name, scheme, rng)
            compare(name, scheme, count, rng, otpost, node)


main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
