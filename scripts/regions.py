#!/usr/bin/env python3
"""Makes src/phone/region/table.rs: prefixes of phone numbers and their regions, from libphonenumber's metadata.

The metadata are those of the PyPI package `phonenumbers` (Apache-2.0, Google's libphonenumber). Run it with the packages
`phonenumbers` and `regex`:

    pip install phonenumbers regex && python3 scripts/regions.py > src/phone/region/table.rs

With `--check N` it prints N random valid mobile numbers and their regions in place of the table, a line each.
"""

import random
import sys

import phonenumbers
import regex
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE as CODES
from phonenumbers import PhoneMetadata

# How much of a number decides, behind its calling code.
DEPTH = 7
WORLD = "001"


def metadata(region):
    return PhoneMetadata.metadata_for_region(region, None)


def patterns(region):
    """What a number of somebody in the region can look like: services belong to all that share the code."""
    data = metadata(region)
    kinds = [data.fixed_line, data.mobile]
    found = {k.national_number_pattern for k in kinds if k and k.national_number_pattern}
    return [regex.compile(pattern) for pattern in sorted(found)]


def begins(compiled, prefix):
    return any(p.fullmatch(prefix, partial=True) for p in compiled)


def decide(code, regions):
    """A tree of digits: each node is a region, or digits again."""
    main, others = regions[0], regions[1:]
    # The leading digits of the Isle of Man are fewer than those of its numbers.
    leading = {r: metadata(r).leading_digits if code != 44 else None for r in others}
    compiled = {r: patterns(r) for r in regions}

    def candidates(prefix):
        found = []
        for r in others:
            if leading[r]:
                lead = regex.compile(leading[r])
                if lead.match(prefix) or lead.fullmatch(prefix, partial=True):
                    found.append((r, bool(lead.match(prefix))))
            elif begins(compiled[r], prefix):
                found.append((r, False))
        sure = [r for r, is_sure in found if is_sure]
        if sure:
            return sure[:1]
        found = [r for r, _ in found]
        # The main region is where the others are not, with leading digits; else where its own patterns are.
        if all(leading[r] for r in found) or begins(compiled[main], prefix):
            found.insert(0, main)
        return found

    def node(prefix):
        found = candidates(prefix)
        if len(found) <= 1 or len(prefix) >= DEPTH:
            # Manx numbers also fit the British pattern, and are Manx.
            if code == 44 and len(found) > 1:
                found = [r for r in found if r != main]
            return found[0] if found else None
        children = [node(prefix + str(digit)) for digit in range(10)]
        first = children[0]
        is_one = not isinstance(first, list) and all(child == first for child in children)
        return first if is_one else children

    return node("")


def flatten(prefix, tree, inherited, main, rows):
    if not isinstance(tree, list):
        region = tree or inherited
        if region != inherited:
            rows.append((prefix, region))
        return

    def count(node, totals):
        if isinstance(node, list):
            for child in node:
                count(child, totals)
        elif node:
            totals[node] = totals.get(node, 0) + 1

    # The region of most branches is said once, and the others below it.
    best = {}
    for child in tree:
        totals = {}
        count(child, totals)
        if totals:
            first = max(sorted(totals), key=lambda r: (totals[r], r == main))
            best[first] = best.get(first, 0) + 1
    own = max(sorted(best), key=lambda r: (best[r], r == inherited, r == main)) if best else inherited
    if own != inherited:
        rows.append((prefix, own))
    for digit, child in enumerate(tree):
        flatten(prefix + str(digit), child, own, main, rows)


def table():
    rows = []
    for code, regions in sorted(CODES.items()):
        if regions[0] == WORLD:
            rows.append((str(code), WORLD))
        elif len(regions) == 1:
            rows.append((str(code), regions[0]))
        else:
            rows.append((str(code), regions[0]))
            below = []
            flatten("", decide(code, list(regions)), regions[0], regions[0], below)
            rows.extend((f"{code}{prefix}", region) for prefix, region in below if prefix)
    return sorted(rows)


def sample(pattern, rng):
    """A text that a pattern of the metadata matches: they use groups, classes, digits, counts and alternatives alone."""
    import re._parser as parser

    def make(tree):
        out = ""
        for op, arg in tree:
            name = str(op)
            if name == "LITERAL":
                out += chr(arg)
            elif name == "IN":
                chars = []
                for kind, value in arg:
                    if str(kind) == "LITERAL":
                        chars.append(chr(value))
                    elif str(kind) == "RANGE":
                        chars += [chr(c) for c in range(value[0], value[1] + 1)]
                    else:
                        chars += list("0123456789")
                out += rng.choice(chars)
            elif name == "CATEGORY":
                out += rng.choice("0123456789")
            elif name == "SUBPATTERN":
                out += make(arg[3])
            elif name == "BRANCH":
                out += make(rng.choice(arg[1]))
            elif name == "MAX_REPEAT":
                low, high, inner = arg
                for _ in range(rng.randint(low, min(high, low + 8))):
                    out += make(inner)
            else:
                raise ValueError(name)
        return out

    return make(parser.parse(pattern))


def mobiles(count):
    rng = random.Random(4226)
    regions = sorted(r for list_ in CODES.values() for r in list_ if r != WORLD)
    made = 0
    while made < count:
        region = regions[made % len(regions)]
        data = metadata(region)
        pattern = data.mobile.national_number_pattern if data.mobile else None
        for _ in range(200):
            if not pattern:
                break
            number = phonenumbers.PhoneNumber(data.country_code, None)
            digits = sample(pattern, rng)
            number = phonenumbers.parse(f"+{data.country_code}{digits}", None)
            if phonenumbers.is_valid_number(number) and len(str(data.country_code)) + len(digits) <= 15:
                e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
                if len(e164) >= 8:
                    # First libphonenumber's answer, then the others in which the number is valid as well.
                    shared = CODES[data.country_code]
                    first = phonenumbers.region_code_for_number(number)
                    valid = [r for r in shared if r != first and phonenumbers.is_valid_number_for_region(number, r)]
                    print(e164, ",".join([first, *valid]))
                    break
        made += 1


def examples():
    """libphonenumber's own example mobiles in the regions that share a calling code."""
    for code, regions in sorted(CODES.items()):
        if len(regions) > 1:
            for region in regions:
                number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
                if number:
                    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
                    print(e164, region)


def main():
    if sys.argv[1:2] == ["--check"]:
        return mobiles(int(sys.argv[2]))
    if sys.argv[1:2] == ["--examples"]:
        return examples()
    rows = table()
    names, nodes = tree_of(rows)
    print("// Made by scripts/regions.py from libphonenumber's metadata (Apache-2.0), as of the PyPI package")
    print(f"// phonenumbers {phonenumbers.__version__}. Do not edit.")
    print()
    print("/// The regions. `001` stands for no region.")
    print(f"pub(super) const REGIONS: [&str; {len(names)}] = [")
    for at in range(0, len(names), 12):
        print("    " + " ".join(f'"{name}",' for name in names[at : at + 12]))
    print("];")
    print()
    print("/// A trie over the digits of a number: 0 is no region, 1 the first region, 1001 the second node.")
    print(f"pub(super) const NODES: [[u16; 10]; {len(nodes)}] = [")
    for node in nodes:
        print(f"    {node},")
    print("];")


def tree_of(rows):
    """Digits as a tree of tables, with what is said once for many written into each."""
    names = sorted({region for _, region in rows})
    known = dict(rows)
    inner = {prefix[:at] for prefix, _ in rows for at in range(len(prefix))}
    order = sorted(inner, key=lambda prefix: (len(prefix), prefix))
    place = {prefix: at for at, prefix in enumerate(order)}

    def region(prefix):
        while prefix:
            if prefix in known:
                return names.index(known[prefix]) + 1
            prefix = prefix[:-1]
        return 0

    def cell(prefix):
        return 1000 + place[prefix] if prefix in inner else region(prefix)

    return names, [[cell(prefix + str(digit)) for digit in range(10)] for prefix in order]


main()
