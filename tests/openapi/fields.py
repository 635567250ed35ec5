"""The fields of a request body, whether it is a form or JSON, and changes that a mock must refuse."""

import copy
import json
import urllib.parse


def is_form(request):
    return request["headers"].get("content-type", "").startswith("application/x-www-form-urlencoded")


def read(request):
    """Returns the body as an object. Forms have no repeated names here."""
    if is_form(request):
        return dict(urllib.parse.parse_qsl(request["body"].decode(), strict_parsing=True, keep_blank_values=True))
    return json.loads(request["body"])


def write(request, fields):
    encode = urllib.parse.urlencode if is_form(request) else json.dumps
    return {**request, "body": encode(fields).encode()}


def paths(node, path=()):
    """Yields the path of each named field, from the outside in."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        if isinstance(node, dict):
            yield (*path, key)
        yield from paths(value, (*path, key))


def changed(request, path, how):
    """Returns the request with one field that is missing, renamed, or has a value of another type."""
    fields = copy.deepcopy(read(request))
    *outer, name = path
    node = fields
    for key in outer:
        node = node[key]
    if how == "missing":
        del node[name]
    elif how == "renamed":
        node[f"{name}X"] = node.pop(name)
    else:
        node[name] = how
    return write(request, fields)
