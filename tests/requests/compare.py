"""Compares the requests of otpost with those of official SDKs: `compare.py OTPOST MODULES [GATEWAY…]`.

Both send the same message with the same credentials to a server on loopback, which keeps the requests as they arrive.
Each difference must be in a file of vendors/ with its reason. A difference that is not there fails the run, and so does
one that is there and has gone. Each part of our request is then changed, which must be noticed too.

`compare.py --table` prints the table of README.md, and `compare.py --npm` the packages to install.
"""

import concurrent.futures
import fnmatch
import os
import sys
import tempfile

import changes
import clients
import parts
import vendors
from capture import Authority, Capture

# The gateway whose spec is changed to see that a comparison fails.
CONTROL = "plivo"

# The number of vendors below which something is wrong with the installation.
VENDORS = 25


def captured(vendor, run, send):
    with Capture(run.authority, vendor.answers) as server:
        output = send(vendor, run, server.server_port)
        if not server.requests:
            raise AssertionError(f"no request arrived:\n{output}")
        return server.requests[0]


def compare(vendor, run):
    """Returns the complaints about a vendor, and the number of parts that were compared."""
    clients.check_version(vendor, run)
    sent = {"ours": captured(vendor, run, clients.otpost), "the SDK's": captured(vendor, run, clients.sdk)}
    # otpost was told another origin, so the true one is that of the request that it would send.
    ours = parts.split(sent["ours"], clients.origin(vendor, run))
    theirs = parts.split(sent["the SDK's"], None)
    complaints = parts.complaints(parts.differences(ours, theirs, vendor.varies), vendor.differences)
    complaints += changes.forged(vendor, sent)
    if not complaints:
        complaints = changes.unnoticed(vendor, ours, theirs)
    if vendor.gateway == CONTROL:
        complaints += control(vendor, run, theirs)
    return complaints, len(ours)


def control(vendor, run, theirs):
    """Sends with changed specs, and returns the expected complaints that do not come."""
    missing = []
    spec = clients.command([run.otpost, "catalogue", vendor.spec], clients.without_proxies())
    for expected, (before, after) in changes.SPEC.items():
        assert before in spec, before
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(spec.replace(before, after))
            file.flush()
            changed = vendors.with_spec(vendor, file.name)
            ours = parts.split(captured(changed, run, clients.otpost), clients.origin(changed, run))
        found = parts.complaints(parts.differences(ours, theirs, vendor.varies), vendor.differences)
        if not fnmatch.filter(found, f"not listed: {expected}"):
            missing.append(f"not noticed: {before} became {after}: {found}")
    return missing


def verdict(vendor, run):
    try:
        return vendor, *compare(vendor, run)
    except Exception as error:
        return vendor, [f"{type(error).__name__}: {error}"], 0


def report(every, run):
    """Prints a line for each vendor, and returns the number of those with complaints."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        run.authority = Authority(folder)
        for vendor, complaints, count in pool.map(lambda vendor: verdict(vendor, run), every):
            result = "FAILED" if complaints else f"{count} parts, {len(vendor.differences)} listed as different"
            print(f"{vendor.gateway}: {vendor.package} {vendor.version}: {result}", flush=True)
            for complaint in complaints:
                print(f"    {complaint}")
            failed += bool(complaints)
    return failed


def check_table(every):
    with open(os.path.join(vendors.HERE, "README.md")) as file:
        if vendors.table(every) not in file.read():
            sys.exit("the table in tests/requests/README.md is not that of compare.py --table")


def main(otpost, modules, *gateways):
    every = vendors.load()
    check_table(every)
    if not modules:
        every = [vendor for vendor in every if vendor.registry == "PyPI"]
        print("npm is not there: the SDKs for Node.js are not compared")
    chosen = [vendor for vendor in every if vendor.gateway in gateways or not gateways]
    assert chosen, f"no SDK is known for {gateways}"
    run = clients.Run(otpost=os.path.abspath(otpost), modules=os.path.abspath(modules))
    failed = report(chosen, run)
    publishers = len({vendor.publisher for vendor in chosen})
    print(f"requests of {len(chosen)} gateways, official SDKs of {publishers} vendors")
    print(f"{len(chosen) - failed} passed, {failed} failed")
    if not gateways and publishers < VENDORS:
        sys.exit(f"at least {VENDORS} vendors must be compared")
    sys.exit(failed > 0)


if __name__ == "__main__":
    if sys.argv[1:] == ["--table"]:
        print(vendors.table(vendors.load()))
    elif sys.argv[1:] == ["--npm"]:
        print("\n".join(vendors.npm(vendors.load())))
    else:
        main(*sys.argv[1:])
