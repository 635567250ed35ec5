"""Changes requests of otpost, and requires that the comparison notices each change."""

import parts
import signatures


def unnoticed(vendor, ours, theirs):
    """Returns complaints about changes of single parts that lead to no complaint."""
    complaints = []
    for name in ours:
        for change, changed in variants(name, ours, theirs):
            found = parts.differences(changed, theirs, vendor.varies)
            if not parts.complaints(found, vendor.differences):
                complaints.append(f"not noticed: {name}: {change}")
    return complaints


def variants(name, ours, theirs):
    """Returns the request with a part that has another name, another value, and another type."""
    kind, value = ours[name]
    rest = {other: part for other, part in ours.items() if other != name}
    yield "another name", {**rest, f"{name}2": (kind, value)}
    # Without a counterpart, the value is compared with nothing.
    if name in theirs:
        yield "another value", {**rest, name: (kind, f"{value}~")}
        yield "another type", {**rest, name: ("null" if kind != "null" else "text", value)}


def forged(vendor, requests):
    """Returns complaints about signatures that are wrong, and about wrong ones that count as right."""
    if not vendor.signature:
        return []
    complaints = []
    for whose, request in requests.items():
        if not signatures.is_valid(vendor.signature, request, vendor.vars):
            complaints.append(f"the signature is wrong: {whose}")
        for name, value in vendor.vars.items():
            if name not in SIGNING:
                continue
            if signatures.is_valid(vendor.signature, request, {**vendor.vars, name: other(value)}):
                complaints.append(f"not noticed: another {name} signs: {whose}")
    return complaints


# The variables whose value only the signature shows.
SIGNING = {
    "access_key", "access_key_secret", "application_secret", "auth_token", "secret", "secret_access_key", "secret_key",
}  # fmt: skip


def other(secret):
    """Returns another secret of the same alphabet and length."""
    return ("b" if secret[0] != "b" else "c") + secret[1:]


# Changes of a spec, so that a request is also changed on its way through otpost and the server.
SPEC = {
    "body /dst: only the SDK's": ('dst = "{{to|plain}}"', 'destination = "{{to|plain}}"'),
    "body /dst: number * is ours, text * the SDK's": ("{{to|plain}}", "{{to|plain|number}}"),
    "method: 'PUT' is ours, 'POST' the SDK's": ('[request]\nmethod = "POST"', '[request]\nmethod = "PUT"'),
    "path: *": ("/Message/", "/Messages/"),
    "header authorization: 'Bearer *": (
        'basic = { username = "{{auth_id}}", password = "{{auth_token}}" }',
        'bearer = { token = "{{auth_token}}" }',
    ),
}
