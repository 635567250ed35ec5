"""Lost responses, and requests that differ from the spec, with two of the SDKs."""

import json

import messagebird
import ozekilibsrest
import requests
from messagebird.client import ErrorException
from messagebird.http_client import HttpClient

from phone import SECRET


def messagebird_loses(sandbox):
    client = messagebird.Client(SECRET, HttpClient(sandbox.url("messagebird") + "/", SECRET, "acme/1"))

    def send(numbers):
        more = {"datacoding": "auto", "reference": "otp-1", "validity": 300}
        return client.message_create("Acme", numbers, "012345 is your code", more)

    for fault, expected in [
        ("error_500", requests.HTTPError),
        ("refused", requests.ConnectionError),
        ("reset", requests.ConnectionError),
        ("garbage", requests.ConnectionError),
        ("truncated", requests.exceptions.ChunkedEncodingError),
    ]:
        sandbox.answer_next("messagebird", {"fault": fault})
        try:
            send(("31612345678",))
            raise AssertionError(fault)
        except expected:
            pass
    # A request that differs from the spec is refused with the vendor's own error.
    try:
        send("+31612345678")
        raise AssertionError("a text is not a list")
    except ErrorException as error:
        assert [it.code for it in error.errors] == [10], error
    mismatches = sandbox.last()["mismatches"]
    assert mismatches[0].startswith("/recipients: expected "), mismatches


def ozeki_fails(sandbox):
    api = ozekilibsrest.MessageApi(ozekilibsrest.Configuration("acme", SECRET, sandbox.url("ozeki") + "/api"))
    sandbox.answer_next("ozeki", {"example": 1})
    failed = api.send(ozekilibsrest.Message(to_address="+36201234567", from_address="Acme", text="543210 is your code"))
    assert failed.status == "Failed" and failed.response_message == "FAILED"
    found = sandbox.last()
    assert not found["is_delivered"]
    # It sends more than the spec has, which is shown.
    assert "/messages/0/valid_until" in found["additional"], found["additional"]
    assert SECRET not in json.dumps(found)
