"""Measures the programs in a folder: the bytes that the catalogue adds, and whose texts they contain."""

import collections
import pathlib
import sys

LIMIT = 300_000
LINES = 8  # The lines of each file that are searched for.


def distinctive_lines():
    """Returns long lines of each file that are in no other file: those of specs, and those of examples."""
    texts = {path.stem: path.read_text() for path in sorted(pathlib.Path("src/gateways").glob("*.toml"))}
    counts = collections.Counter(line for text in texts.values() for line in set(text.splitlines()))
    specs, examples = {}, {}
    for name, text in texts.items():
        lines = [line for line in text.splitlines() if len(line) > 20 and counts[line] == 1 and line[0] != "#"]
        ends = [text.find(start) for start in ("\n[[example]]", "\n[[reports.example]]")]
        spec = text[: min(end for end in ends if end >= 0)].splitlines()
        longest = sorted(lines, key=len, reverse=True)
        specs[name] = [line.encode() for line in longest if line in spec][:LINES]
        own_examples = [line.encode() for line in longest if line not in spec][:LINES]
        if own_examples:  # Two gateways of one vendor can have the same examples.
            examples[name] = own_examples
        assert len(specs[name]) > 2, f"{name} has no lines of its own"
    return specs, examples


def contained(binary, lines):
    """Returns the names of the gateways of which a program contains a line, and those of which it contains all."""
    found = {name: [line in binary for line in its] for name, its in lines.items()}
    return {name for name in found if any(found[name])}, {name for name in found if all(found[name])}


def main():
    folder = pathlib.Path(sys.argv[1])
    programs = {name: (folder / name).read_bytes() for name in ("own_spec", "constructor", "by_name", "whole")}
    specs, examples = distinctive_lines()
    problems = []
    assert len(examples) > len(specs) - 5
    base = len(programs["own_spec"])
    # What each program contains: specs, examples. The last one has everything, so the search finds what is there.
    expected = {
        "own_spec": (set(), set()),
        "constructor": ({"kannel"}, set()),
        "by_name": (set(specs), set()),
        "whole": (set(specs), set(examples)),
    }
    print(f"{'':12} {'bytes':>10} {'more than own_spec':>20} {'specs':>6} {'examples':>9}")
    for name, binary in programs.items():
        some_specs, whole_specs = contained(binary, specs)
        some_examples, whole_examples = contained(binary, examples)
        print(f"{name:12} {len(binary):10,} {len(binary) - base:20,} {len(some_specs):6} {len(some_examples):9}")
        if not (some_specs == whole_specs == expected[name][0] and some_examples == whole_examples == expected[name][1]):
            problems.append(f"{name} contains {sorted(some_specs)}, and examples of {sorted(some_examples)}")
        if name in ("constructor", "by_name") and len(binary) - base > LIMIT:
            problems.append(f"{name} needs more than {LIMIT:,} bytes for the catalogue")
    # The measure of the size can fail as well.
    if len(programs["whole"]) - base <= LIMIT:
        problems.append("all gateways with their examples are not larger than the limit")
    sys.exit("\n".join(problems) or 0)


main()
