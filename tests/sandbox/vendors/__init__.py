"""Official SDKs. Each class sends with one of them, and says how the SDK reports each refusal."""

from urllib.parse import urlsplit, urlunsplit

import requests


class Refused(Exception):
    """A refusal that an SDK returns as a value instead of an exception."""

    def __init__(self, code):
        super().__init__(f"refused: {code}")
        self.code = code


class Vendor:
    """An SDK and its gateway. The docstring of a subclass is the name of the package."""

    # The gateway in the catalogue.
    gateway = ""
    # The beginning of a number of the vendor's country. Four digits follow.
    number = "+4179123"
    # What the SDK reports for each outcome: the name of the exception, and the vendor's code. An
    # outcome can be left out only if the spec lists it as undocumented.
    refusals = {}
    # The exceptions without a code of the vendor. `None` if the SDK shows no codes at all.
    uncoded = ()
    # Examples of refusals that the SDK takes for a success, by their index.
    unseen = ()
    # Whether the sandbox compares the secret. It does not if the secret signs a time.
    is_compared = True
    # Whether the text of the message is fixed by a template, so that only the code is sent.
    is_template = False

    def __init__(self, base):
        self.base = base

    def send(self, to, code, secret):
        """Sends a code with the SDK, and returns the message id that the SDK returns."""
        raise NotImplementedError

    def code_of(self, error):
        """Returns the vendor's code in an exception of the SDK."""
        return error.code


def text_of(code):
    return f"{code} is your code"


class Rerouting(requests.adapters.HTTPAdapter):
    """Sends requests for a vendor's host to the sandbox, for SDKs without an option for the URL."""

    def __init__(self, base):
        super().__init__()
        self.base = urlsplit(base)

    def send(self, request, **options):
        at = urlsplit(request.url)
        path = self.base.path + at.path
        request.url = urlunsplit((self.base.scheme, self.base.netloc, path, at.query, ""))
        return super().send(request, **options)


class reroute:
    """Reroutes all sessions of `requests` that an SDK opens by itself, as a context manager."""

    def __init__(self, base):
        self.adapter = Rerouting(base)

    def __enter__(self):
        self.usual = requests.Session.get_adapter
        requests.Session.get_adapter = lambda session, url: self.adapter

    def __exit__(self, *error):
        requests.Session.get_adapter = self.usual
