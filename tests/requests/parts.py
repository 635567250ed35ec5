"""Splits requests into named parts with a type and a value, and compares them."""

import fnmatch
import json
import re
import urllib.parse
import xml.etree.ElementTree

# A form of values that many vendors have, as the files of vendors/ name it.
UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"

# What a client says about itself and its connection. Authentication and contents are in none of these.
CONNECTION = {
    "accept", "accept-charset", "accept-encoding", "accept-language", "connection", "content-length", "content-type",
    "host", "keep-alive", "sec-fetch-mode", "transfer-encoding", "user-agent",
}  # fmt: skip


def split(request, origin):
    """Returns the parts of a request: a name for each, with the type and the value."""
    scheme, host = origin or (request["scheme"], request["host"])
    url = urllib.parse.urlsplit(request["target"])
    headers = request["headers"]
    media = dict(headers).get("content-type", "").split(";")[0].strip().lower()
    parts = {
        "method": ("text", request["method"]),
        "scheme": ("text", scheme),
        "host": ("text", without_default_port(scheme, host)),
        "path": ("text", urllib.parse.unquote(url.path)),
        "content-type": ("text", media),
    }
    for name, value in urllib.parse.parse_qsl(url.query, keep_blank_values=True):
        add(parts, f"query {name}", ("text", value))
    for name, value in headers:
        if name not in CONNECTION:
            add(parts, f"header {name}", ("text", value))
    for name, part in contents(media, request["body"]):
        add(parts, f"body {name}", part)
    return parts


def without_default_port(scheme, host):
    return host.removesuffix({"http": ":80", "https": ":443"}[scheme])


def add(parts, name, part):
    """Adds a part. A name that is repeated in a query or a form is counted, so that the order is compared too."""
    count, unique = 1, name
    while unique in parts:
        count += 1
        unique = f"{name} {count}"
    parts[unique] = part


def contents(media, body):
    if not body:
        return
    text = body.decode()
    if media == "application/x-www-form-urlencoded":
        for name, value in urllib.parse.parse_qsl(text, keep_blank_values=True, strict_parsing=True):
            yield f"/{name}", ("text", value)
    elif "json" in media:
        yield from leaves("", json.loads(text))
    elif media.endswith("xml"):
        for element in xml.etree.ElementTree.fromstring(text):
            yield from elements("", element)
    else:
        yield "", ("text", text)


def leaves(at, value):
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from leaves(f"{at}/{name}", inner)
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from leaves(f"{at}/{index}", inner)
    else:
        yield at, (kind(value), value)


def kind(value):
    names = {bool: "boolean", dict: "object", float: "number", int: "number", list: "list", str: "text"}
    return names.get(type(value), "null")


def elements(at, element):
    at = f"{at}/{element.tag.split('}')[-1]}"
    if len(element) == 0:
        yield at, ("text", element.text or "")
    for inner in element:
        yield from elements(at, inner)


def differences(ours, theirs, varies):
    """Returns what differs, as texts. A part that varies must match a pattern on both sides instead of being equal."""
    found = [f"{name}: only ours" for name in ours if name not in theirs]
    found += [f"{name}: only the SDK's" for name in theirs if name not in ours]
    for name in ours.keys() & theirs.keys():
        (our_kind, our_value), (their_kind, their_value) = ours[name], theirs[name]
        pattern = UUID if varies.get(name) == "UUID" else varies.get(name)
        if our_kind != their_kind:
            found.append(f"{name}: {our_kind} {our_value!r} is ours, {their_kind} {their_value!r} the SDK's")
        elif pattern:
            for value, whose in [(our_value, "ours"), (their_value, "the SDK's")]:
                if not re.fullmatch(pattern, str(value)):
                    found.append(f"{name}: {whose} is not of the form {pattern}: {value}")
        elif our_value != their_value:
            found.append(f"{name}: {our_value!r} is ours, {their_value!r} the SDK's")
    return sorted(found)


def complaints(found, listed):
    """Returns what is found and not listed, and what is listed and not found. Listed texts can contain `*`."""
    matches = lambda text, pattern: fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))
    new = [text for text in found if not any(matches(text, pattern) for pattern in listed)]
    gone = [pattern for pattern in listed if not any(matches(text, pattern) for text in found)]
    return [f"not listed: {text}" for text in new] + [f"listed, but gone: {text}" for text in gone]
