"""Sends hooks to `otpost serve` that the official library of Standard Webhooks signs."""

import base64
import datetime
import json
import os
import random
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from bridge import Bridge, Gateway, post

ROUNDS = 1000


def headers(webhook, message_id, time, body):
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(time.timestamp())),
        "webhook-signature": webhook.sign(message_id, time, body),
    }


def is_valid(webhook, signed, body):
    try:
        webhook.verify(body, {k: v for k, v in signed.items() if k.startswith("webhook-")})
        return True
    except WebhookVerificationError:
        return False


def main(otpost):
    seed = int.from_bytes(os.urandom(4), "big")
    rng = random.Random(seed)
    print(f"seed {seed}")
    now = datetime.datetime.now(datetime.timezone.utc)
    secret = "whsec_" + base64.b64encode(os.urandom(32)).decode()
    webhook = Webhook(secret)
    gateway = Gateway()
    limits = ["--limit-range", "100000", "--limit-region", "100000", "--limit-caller", "100000",
              "--limit-total", "100000"]
    arguments = ["--supabase", "env:HOOK_SECRET"] + limits
    with Bridge(otpost, gateway, arguments, {"HOOK_SECRET": f"v1,{secret}"}) as bridge:
        url = f"{bridge.origin}/hooks/supabase"
        accepted = refused = 0
        for number in range(ROUNDS):
            phone = f"4179{number:07}"
            body = json.dumps({"user": {"phone": phone}, "sms": {"otp": f"{number:06}"}})
            signed = headers(webhook, f"msg_{number}", now, body)
            # Every second one is changed in one place, or signed with another key or time.
            change = rng.choice(["body", "id", "time", "signature", "key", "old"])
            if number % 2 == 0:
                change = None
            elif change == "body":
                place = rng.randrange(len(body))
                body = body[:place] + chr(ord(body[place]) ^ 1) + body[place + 1:]
            elif change == "id":
                signed["webhook-id"] += "x"
            elif change == "time":
                signed["webhook-timestamp"] = str(int(now.timestamp()) + rng.choice([-1, 1]))
            elif change == "signature":
                signed["webhook-signature"] = signed["webhook-signature"][:-5] + "AAAA="
            elif change == "key":
                other = Webhook(base64.b64encode(os.urandom(32)).decode())
                signed = headers(other, f"msg_{number}", now, body)
            elif change == "old":
                old = now - datetime.timedelta(seconds=400)
                signed = headers(webhook, f"msg_{number}", old, body)
            expected = is_valid(webhook, signed, body)
            assert expected == (change is None), change
            status, document = post(url, body.encode(), signed)
            assert status == (200 if expected else 401), (change, status, document)
            accepted += expected
            refused += not expected
        # A repetition is not sent again, and a second attempt has another id.
        body = json.dumps({"user": {"phone": "41790000000"}, "sms": {"otp": "000000"}})
        for message_id in ["msg_0", "msg_second_attempt"]:
            status, document = post(url, body.encode(), headers(webhook, message_id, now, body))
            assert (status, document["repeated"]) == (200, True), (status, document)
        expected = [(f"4179{n:07}", f"{n:06} is your code") for n in range(0, ROUNDS, 2)]
        assert gateway.messages == expected, gateway.messages[:5]
    print(f"{accepted} hooks of the official library are accepted, {refused} changed ones refused")


if __name__ == "__main__":
    main(sys.argv[1])
