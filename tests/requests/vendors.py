"""The vendors, their SDKs and the differences, from vendors/*.toml."""

import glob
import os
import tomllib
from types import SimpleNamespace

HERE = os.path.dirname(os.path.abspath(__file__))

# Any number will do, unless the vendor serves one country. The identifier is that of the SDK: ours is random.
TO = "+31612345678"
ID = "0b6f2d3c-1111-4222-8333-444455556666"


def load():
    files = set(glob.glob(os.path.join(HERE, "vendors", "*.*")))
    described = [path for path in files if path.endswith(".toml")]
    vendors = sorted(map(vendor, described), key=lambda vendor: vendor.gateway)
    alone = files - set(described) - {vendor.script for vendor in vendors}
    assert not alone, f"no TOML file belongs to {alone}"
    return vendors


def vendor(path):
    with open(path, "rb") as file:
        given = tomllib.load(file)
    gateway = os.path.basename(path).removesuffix(".toml")
    package, version = given.pop("sdk").rsplit(" ", 1)
    to, variables = given.pop("to", TO), given.pop("vars")
    digits = to.removeprefix("+")
    national = digits.removeprefix(given.pop("prefix", ""))
    found = SimpleNamespace(
        gateway=gateway,
        spec=given.pop("spec", gateway),
        registry=given.pop("registry"),
        package=package,
        version=version,
        publisher=given.pop("publisher"),
        to=to,
        vars=variables,
        inputs={
            "to": to,
            "digits": digits,
            "zeros": f"00{digits}",
            "national": national,
            "local": f"0{national}",
            "id": ID,
            **given.pop("more", {}),
        },
        answers=given.pop("answers", {}),
        varies=given.pop("varies", {}),
        signature=given.pop("signature", None),
        differences=given.pop("differences", {}),
    )
    ending = {"npm": ".mjs", "PyPI": ".py"}[found.registry]
    found.script = os.path.join(HERE, "vendors", gateway + ending)
    assert not given, f"{gateway}: unknown keys {list(given)}"
    return found


def with_spec(vendor, spec):
    return SimpleNamespace(**{**vars(vendor), "spec": spec})


def npm(vendors):
    return sorted({f"{vendor.package}@{vendor.version}" for vendor in vendors if vendor.registry == "npm"})


def table(vendors):
    lines = ["| gateway | SDK | version | registry | publisher | listed differences |", "|---|---|---|---|---|---|"]
    for vendor in vendors:
        cells = [vendor.gateway, f"`{vendor.package}`", vendor.version, vendor.registry, vendor.publisher]
        lines.append(f"| {' | '.join(cells)} | {len(vendor.differences)} |")
    return "\n".join(lines)
