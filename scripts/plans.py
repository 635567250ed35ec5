#!/usr/bin/env python3
"""Makes src/phone/numbering/table.rs: leading digits, lengths and trunk prefixes, from libphonenumber's metadata.

The metadata are those of the PyPI package `phonenumbers` (Apache-2.0, Google's libphonenumber). The facts are taken, and no code:

    pip install phonenumbers && python3 scripts/plans.py > src/phone/numbering/table.rs
"""

import functools
import re._parser as parser

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE as CODES
from phonenumbers import PhoneMetadata

# How many digits of a national number decide which lengths it can have. Fewer would let trunk prefixes pass, more would refuse
# ranges that open after this table was made. In Argentina, a 9 and up to four digits of an area come first, and the place of
# the trunk prefix 15 depends on the area.
DEPTH = 3
DEPTHS = {54: 5}
WORLD = "001"
KINDS = "fixed_line mobile toll_free premium_rate shared_cost personal_number voip pager uan voicemail".split()
# Nodes in one line of the table.
ROW = 8


def metadata(code, region):
    if region == WORLD:
        return PhoneMetadata.metadata_for_nongeo_region(code, None)
    return PhoneMetadata.metadata_for_region(region, None)


class Plan:
    """The numbers of one calling code, as a nondeterministic automaton over their digits."""

    def __init__(self, code, regions):
        self.silent, self.steps, self.ends = [], [], {}
        starts = set()
        for region in regions:
            data = metadata(code, region)
            for kind in (getattr(data, kind) for kind in KINDS):
                lengths = kind and (kind.possible_length or data.general_desc.possible_length)
                if not kind or not kind.national_number_pattern or tuple(lengths) == (-1,):
                    continue
                start = self.state()
                end = self.sequence(parser.parse(kind.national_number_pattern), start)
                self.ends[end] = frozenset(lengths)
                starts.add(start)
        self.start = self.closed(starts)
        self.after = functools.lru_cache(None)(self.step)
        self.lengths = functools.lru_cache(None)(self.reach)

    def state(self):
        self.silent.append([])
        self.steps.append(None)
        return len(self.silent) - 1

    def sequence(self, tree, at):
        for op, value in tree:
            at = self.part(str(op), value, at)
        return at

    def part(self, op, value, at):
        """Patterns of the metadata use groups, classes, digits, counts and alternatives alone."""
        if op == "LITERAL":
            return self.digit({chr(value)}, at)
        if op == "IN":
            digits = set()
            for kind, of in value:
                if str(kind) == "LITERAL":
                    digits.add(chr(of))
                elif str(kind) == "RANGE":
                    digits |= {chr(c) for c in range(of[0], of[1] + 1)}
                else:
                    digits |= set("0123456789")
            return self.digit(digits, at)
        if op == "SUBPATTERN":
            return self.sequence(value[3], at)
        end = self.state()
        if op == "BRANCH":
            for tree in value[1]:
                start = self.state()
                self.silent[at].append(start)
                self.silent[self.sequence(tree, start)].append(end)
            return end
        if op == "MAX_REPEAT":
            low, high, tree = value
            for count in range(high):
                if count >= low:
                    self.silent[at].append(end)
                at = self.sequence(tree, at)
            self.silent[at].append(end)
            return end
        raise ValueError(op)

    def digit(self, digits, at):
        step, end = self.state(), self.state()
        self.silent[at].append(step)
        self.steps[step] = (frozenset(digits), end)
        return end

    def closed(self, states):
        open_, seen = list(states), set(states)
        while open_:
            for state in self.silent[open_.pop()]:
                if state not in seen:
                    seen.add(state)
                    open_.append(state)
        return frozenset(state for state in seen if self.steps[state] or state in self.ends)

    def step(self, states, digit):
        found = (self.steps[state] for state in states if self.steps[state])
        return self.closed({end for digits, end in found if digit in digits})

    def reach(self, states, depth):
        """The lengths of all numbers that go on from here, where `depth` digits have been read."""
        found = {depth for state in states if depth in self.ends.get(state, ())}
        if depth < 15:
            for digit in "0123456789":
                after = self.after(states, digit)
                if after:
                    found |= self.lengths(after, depth + 1)
        return frozenset(found)


class Table:
    """A trie over the digits of all numbers, with equal parts written once."""

    def __init__(self):
        self.nodes, self.masks = {}, {}

    def leaf(self, lengths):
        mask = sum(1 << length for length in lengths)
        return self.masks.setdefault(mask, len(self.masks) + 1) if mask else 0

    def node(self, cells):
        # A node stands for one digit, so only what is decided can be taken out of it.
        if cells[0] < 1000 and all(cell == cells[0] for cell in cells):
            return cells[0]
        return 1000 + self.nodes.setdefault(tuple(cells), len(self.nodes))

    def plan(self, plan, code, states, depth):
        # With its calling code, a number has 7 to 15 digits.
        width = len(str(code))
        lengths = {n for n in plan.lengths(states, depth) if 7 <= n + width <= 15} if states else ()
        if not lengths or depth >= DEPTHS.get(code, DEPTH):
            return self.leaf(lengths)
        return self.node([self.plan(plan, code, plan.after(states, digit), depth + 1) for digit in "0123456789"])

    def all(self, prefix=""):
        if prefix and int(prefix) in CODES:
            code = int(prefix)
            plan = Plan(code, CODES[code])
            return self.plan(plan, code, plan.start, 0)
        if not any(str(code).startswith(prefix) for code in CODES):
            return 0
        return self.node([self.all(prefix + digit) if prefix + digit != "0" else 0 for digit in "0123456789"])


def words(tree):
    """All texts that a pattern matches, in the order in which it tries them, if they are few."""
    found = [""]
    for op, value in tree:
        op = str(op)
        if op == "LITERAL":
            parts = [chr(value)]
        elif op == "IN":
            parts = []
            for kind, of in value:
                if str(kind) == "LITERAL":
                    parts.append(chr(of))
                elif str(kind) == "RANGE":
                    parts += [chr(c) for c in range(of[0], of[1] + 1)]
                else:
                    parts += list("0123456789")
        elif op == "SUBPATTERN":
            parts = words(value[3])
        elif op == "BRANCH":
            parts = [word for tree in value[1] for word in words(tree)]
        elif op == "MAX_REPEAT" and value[1] <= 1:
            # It tries to match first, and nothing after that.
            parts = words(value[2]) + [""]
        else:
            raise ValueError(op)
        found = [word + part for word in found for part in parts]
        if len(found) > 64:
            raise ValueError("too many")
    return found


def trunks():
    """The trunk prefixes of each calling code. Those that also change the number are left out, except for Brazil's carriers."""
    for code, regions in sorted(CODES.items()):
        data = metadata(code, regions[0])
        pattern, rule = data.national_prefix_for_parsing, data.national_prefix_transform_rule
        found = [data.national_prefix] if data.national_prefix else []
        if pattern and pattern.startswith("0("):
            # Gabon: a zero that only some numbers have in front of them.
            found = found or ["0"]
        if pattern:
            # The group of Brazil's pattern that makes sure of the length of what follows.
            pattern = pattern.replace(r"(\d{10,11})", "")
            try:
                found = [word for word in words(parser.parse(pattern)) if word] if rule in (None, r"\2") else found
            except ValueError:
                pass
        if found:
            # A carrier comes after the prefix: try the longer one first.
            yield code, sorted(dict.fromkeys(found), key=lambda word: (-len(word), word))


def main():
    table = Table()
    root = table.all()
    print("// Made by scripts/plans.py from libphonenumber's metadata (Apache-2.0), as of the PyPI package")
    print(f"// phonenumbers {phonenumbers.__version__}. Do not edit.")
    print()
    print("/// The sets of lengths of national numbers: bit 9 stands for nine digits.")
    print(f"pub(super) const LENGTHS: [u16; {len(table.masks)}] = [")
    masks = list(table.masks)
    for at in range(0, len(masks), 12):
        print("    " + " ".join(f"{mask}," for mask in masks[at : at + 12]))
    print("];")
    print()
    print("/// The node of the first digit.")
    print(f"pub(super) const ROOT: u16 = {root};")
    print()
    print("/// A trie over the digits of a number: 0 is no plan, 1 the first lengths, 1000 the first node.")
    nodes = list(table.nodes)
    print(f"pub(super) static NODES: [[u16; 10]; {len(nodes)}] = [")
    for at in range(0, len(nodes), ROW):
        print("    " + " ".join(f"[{','.join(map(str, node))}]," for node in nodes[at : at + ROW]))
    print("];")
    print()
    print("/// Calling codes and their trunk prefixes, the longest first.")
    rows = {}
    for code, prefixes in trunks():
        rows.setdefault(tuple(prefixes), []).append(str(code))
    print(f"pub(super) const TRUNKS: [(&[&str], &[&str]); {len(rows)}] = [")
    for prefixes, codes in rows.items():
        quoted = (", ".join(f'"{text}"' for text in texts) for texts in (codes, prefixes))
        print("    (" + ", ".join(f"&[{texts}]" for texts in quoted) + "),")
    print("];")


main()
