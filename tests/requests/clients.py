"""Runs otpost and the scripts of the SDKs."""

import importlib.metadata
import json
import os
import subprocess
import sys
import urllib.parse
from types import SimpleNamespace

HERE = os.path.dirname(os.path.abspath(__file__))
TIMEOUT = 120

# Characters of the GSM alphabet that URLs, forms and JSON escape in different ways.
TEXT = 'Café & Co. "100%" +1: 012345 is your code'
CODE = "012345"


class Run(SimpleNamespace):
    """The paths of what runs, and the authority of the certificates."""


def check_version(vendor, run):
    """Raises an error if the installed SDK is not the one of the table."""
    if vendor.registry == "npm":
        with open(os.path.join(run.modules, "node_modules", vendor.package, "package.json")) as file:
            installed = json.load(file)["version"]
    else:
        installed = importlib.metadata.version(vendor.package)
    assert installed == vendor.version, f"{vendor.package} {installed} is installed"


def command(arguments, environment, folder=None):
    result = subprocess.run(
        arguments,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    return result.stdout


def without_proxies():
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


def sdk(vendor, run, port):
    """Runs the script. It may fail after its request: the server does not know how vendors answer."""
    authority = run.authority.path
    inputs = {**vendor.vars, **vendor.inputs, "text": TEXT, "code": CODE}
    environment = without_proxies() | {
        "AWS_CA_BUNDLE": authority,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CAPTURE_PORT": str(port),
        "HTTPLIB2_CA_CERTS": authority,
        "NODE_EXTRA_CA_CERTS": authority,
        "OTPOST_INPUTS": json.dumps(inputs),
        "OTPOST_MODULES": run.modules,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": HERE,
        "REQUESTS_CA_BUNDLE": authority,
        "SSL_CERT_FILE": authority,
    }
    if vendor.script.endswith(".py"):
        line = [sys.executable, f"{HERE}/sdk.py", vendor.script, str(port), authority]
    else:
        line = ["node", "--require", f"{HERE}/sdk.cjs", vendor.script]
    # Some SDKs write a log to the current folder.
    return command(line, environment, run.authority.folder)


def arguments(vendor):
    """Returns the arguments and the environment for otpost. Values are in the environment, as secrets must be."""
    given = ["--to", vendor.to, "--text", TEXT, "--code", CODE]
    environment = without_proxies()
    for name, value in vendor.vars.items():
        given += ["--var", f"{name}=env:VAR_{name}"]
        environment[f"VAR_{name}"] = value
    return given, environment


def otpost(vendor, run, port):
    given, environment = arguments(vendor)
    origin = f"http://127.0.0.1:{port}"
    return command([run.otpost, "send", vendor.spec, "--origin", origin, *given], environment)


def origin(vendor, run):
    given, environment = arguments(vendor)
    output = command([run.otpost, "render", vendor.spec, "--json", *given], environment)
    url = urllib.parse.urlsplit(json.loads(output)["url"])
    return url.scheme, url.netloc
