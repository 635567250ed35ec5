"""Official SDKs send to a sandbox instead of their vendors: `sdks.py PATH_TO_OTPOST`."""

import json
import re
import subprocess
import sys
import urllib.request

import messagebird
import ozekilibsrest as ozeki
import requests
from messagebird.client import ErrorException
from messagebird.http_client import HttpClient


def call(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(BASE + path, data=data, method=method)
    with urllib.request.urlopen(request, timeout=30) as response:
        text = response.read()
    return json.loads(text) if text else None


def answer(gateway, value):
    call("PUT", f"/api/answers/{gateway}", {"answer": value, "times": 1})


def last():
    return call("GET", "/api/messages")["messages"][-1]


def is_delivered(gateway, code):
    found = last()
    assert found["gateway"] == gateway and found["is_delivered"], found
    assert found["code"] == code and found["mismatches"] == [], found
    return found


def messagebird_sends():
    # The URL of a path is joined to the endpoint, so it ends with a slash.
    http = HttpClient(f"{BASE}/g/messagebird/", "test_gshuPaZoeEG6ovbc8M79w0QyM", "acme/1")
    client = messagebird.Client("test_gshuPaZoeEG6ovbc8M79w0QyM", http)
    # A list would become one text. The spec is that of another SDK of the vendor, which sends a list.
    numbers = ("31612345678",)
    more = lambda: {"datacoding": "auto", "reference": "0b6f2d3c-1111-4222-8333-444455556666", "validity": 300}
    sent = client.message_create("Acme", numbers, "012345 is your code", more())
    assert sent.id == is_delivered("messagebird", "012345")["message_id"], sent.id
    for outcome, code in [("unauthorized", 2), ("invalid_recipient", 10)]:
        answer("messagebird", {"outcome": outcome})
        try:
            client.message_create("Acme", numbers, "012345 is your code", more())
            raise AssertionError(outcome)
        except ErrorException as error:
            assert [it.code for it in error.errors] == [code], error
        assert last()["rule"]["outcome"] == outcome and not last()["is_delivered"]
    for value, expected in [
        ({"outcome": "no_credit"}, requests.HTTPError),
        ({"outcome": "throttled"}, requests.HTTPError),
        ({"fault": "error_500"}, requests.HTTPError),
        ({"fault": "refused"}, requests.ConnectionError),
        ({"fault": "reset"}, requests.ConnectionError),
        ({"fault": "garbage"}, requests.ConnectionError),
        ({"fault": "truncated"}, requests.exceptions.ChunkedEncodingError),
    ]:
        answer("messagebird", value)
        try:
            client.message_create("Acme", numbers, "012345 is your code", more())
            raise AssertionError(value)
        except expected:
            pass
    # A request that differs from the spec is refused with the vendor's own error.
    try:
        client.message_create("Acme", "+31612345678", "012345 is your code", more())
        raise AssertionError("a text is not a list")
    except ErrorException as error:
        assert [it.code for it in error.errors] == [10], error
    assert last()["mismatches"][0].startswith("/recipients: expected "), last()["mismatches"]


def ozeki_sends():
    configuration = ozeki.Configuration("acme", "hunter2", f"{BASE}/g/ozeki/api")
    api = ozeki.MessageApi(configuration)
    message = lambda: ozeki.Message(to_address="+36201234567", from_address="Acme", text="543210 is your code")
    result = api.send(message())
    assert result.status == "Success", result
    found = is_delivered("ozeki", "543210")
    assert result.message.message_id == found["message_id"], found
    # It sends more than the spec has, which is shown.
    assert "/messages/0/valid_until" in found["additional"], found["additional"]
    assert "hunter2" not in json.dumps(found)
    answer("ozeki", {"example": 1})
    failed = api.send(message())
    assert failed.status == "Failed" and failed.response_message == "FAILED"
    assert not last()["is_delivered"]


server = subprocess.Popen(
    [sys.argv[1], "sandbox", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
)
try:
    BASE = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())[0]
    messagebird_sends()
    ozeki_sends()
finally:
    server.terminate()
    assert server.wait(timeout=30) == 0
print("messagebird and ozekilibsrest: accepted, refused and lost as documented")
