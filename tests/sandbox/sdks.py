"""Official SDKs send to a sandbox instead of their vendors: `sdks.py PATH_TO_OTPOST`."""

import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import faults
from phone import SECRET, Sandbox
from vendors import Vendor, regional, text_of, worldwide

CODE = "012345"
WRONG = "d3Jvbmd3cm9uZ3dyb25n"
# Magic numbers of the sandbox, by their last four digits.
MAGIC = {"throttled": "0001", "no_credit": "0002", "invalid_recipient": "0003", "unauthorized": "0009"}
SPECS = Path(__file__).parents[2] / "src/gateways"


def vendors():
    named = [it for module in (worldwide, regional) for it in vars(module).values()]
    return [it for it in named if isinstance(it, type) and issubclass(it, Vendor) and it is not Vendor]


def accepts(sandbox, vendor):
    """The SDK gets the id of the message that the phone shows."""
    to = vendor.number + "4567"
    sandbox.clear()
    id = vendor.send(to, CODE, SECRET)
    found = sandbox.last()
    assert found["gateway"] == vendor.gateway and found["mismatches"] == [], found
    assert found["is_delivered"] and id and found["message_id"] == id, (id, found)
    text = None if vendor.is_template else text_of(CODE)
    assert (found["to"], found["code"], found["text"]) == (to, CODE, text), found
    assert SECRET not in str(found), "the phone shows a secret"


def refuses(sandbox, vendor, outcome, to, secret):
    """The SDK reports a refusal the way it is documented, and nothing is delivered."""
    sandbox.clear()
    try:
        id = vendor.send(to, CODE, secret)
    except Exception as error:
        # A mistake in this script has no code of the vendor, so it differs as well.
        found = (type(error).__name__, vendor.code_of(error))
    else:
        raise AssertionError(f"{outcome}: the SDK returned {id}")
    assert found == vendor.refusals[outcome], f"{outcome}: {found}"
    assert not sandbox.last()["is_delivered"]


def codes(sandbox, vendor, examples):
    """The SDK reads the vendor's code in each refusal that the spec shows."""
    for index, example in enumerate(examples):
        expected = example["expect"]
        if expected["outcome"] in ("accepted", "unknown") or "code" not in expected or index in vendor.unseen:
            continue
        sandbox.answer_next(vendor.gateway, {"example": index})
        try:
            id = vendor.send(vendor.number + "4567", CODE, SECRET)
        except Exception as error:
            if type(error).__name__ not in vendor.uncoded:
                assert str(vendor.code_of(error)) == expected["code"], (index, error)
        else:
            raise AssertionError(f"example {index}: the SDK returned {id}")


def fails(check, *arguments):
    """A check fails if the sandbox responds otherwise. This shows that the check can fail."""
    try:
        check(*arguments)
    except Exception:
        return
    raise AssertionError(f"{check.__name__} does not see a changed response")


def check(sandbox, kind):
    vendor = kind(sandbox.url(kind.gateway))
    accepts(sandbox, vendor)
    spec = tomllib.loads((SPECS / f"{vendor.gateway}.toml").read_text())
    missing = MAGIC.keys() - vendor.refusals.keys() - set(spec["about"].get("undocumented", []))
    assert not missing, f"the spec documents {missing}"
    for outcome in vendor.refusals:
        refuses(sandbox, vendor, outcome, vendor.number + MAGIC[outcome], SECRET)
    if vendor.is_compared:
        refuses(sandbox, vendor, "unauthorized", vendor.number + "4567", WRONG)
    if vendor.uncoded is not None:
        codes(sandbox, vendor, spec["example"])
    for changed in ({"fault": "garbage"}, {"fault": "error_500"}, {"outcome": "unauthorized"}):
        sandbox.answer_next(vendor.gateway, changed)
        fails(accepts, sandbox, vendor)
    to = vendor.number + MAGIC["unauthorized"]
    for changed in ({"outcome": "accepted"}, {"outcome": "unknown"}):
        sandbox.answer_next(vendor.gateway, changed, to)
        fails(refuses, sandbox, vendor, "unauthorized", to, SECRET)


def main():
    kinds = vendors()
    failed = []
    sandbox = Sandbox(sys.argv[1], [kind.gateway for kind in kinds])
    try:
        for kind in kinds:
            try:
                check(sandbox, kind)
            except Exception as error:
                failed.append(f"{kind.__doc__}: {type(error).__name__}: {error}")
        faults.messagebird_loses(sandbox)
        faults.ozeki_fails(sandbox)
    finally:
        sandbox.close()
    for line in failed:
        print(line, file=sys.stderr)
    if failed:
        sys.exit(1)
    names = ", ".join(f"{kind.__doc__} {version(kind.__doc__)}" for kind in kinds)
    print(f"{len(kinds)} SDKs: accepted and refused as documented: {names}")


main()
