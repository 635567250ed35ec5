#!/usr/bin/env python3
"""Makes src/phone/rules/table.rs and parts of the guide from data/regions.tsv.

    python3 scripts/region_rules.py                          writes the files
    python3 scripts/region_rules.py --check                  fails if a file differs from what it would write
    python3 scripts/region_rules.py --age [--today 2027-06-01]   warns if the rules are older than 180 days

The columns of data/regions.tsv, separated by tabs:

- `region`: ISO 3166-1 alpha-2; XK is Kosovo.
- `names`: names as senders are `accepted`, `registered` (they must be), `replaced`, `refused` or `unknown`. Networks of a
  region differ, so this is the strictest rule that a sender meets.
- `generic_refused`: `yes` if names such as Verify are refused or a name must contain the brand; `no`; `unknown`.
- `numbers`: numbers as senders are `accepted`, `local` (only those of the region), `replaced`, `refused` or `unknown`.
- `short_codes`: `yes` if a vendor sells them, `no` if none of those named does, `unknown`.
- `reports`: a delivery report comes from the `handset` or the `carrier`, there is `none` that is true, or `unknown`.
- `hours`: `any` if codes may be sent at any hour, `quiet 21-08 sundays` for hours that a vendor lists without a difference
  between codes and advertising, or `unknown`.
- `text`: the rules on texts, separated by semicolons; see `TEXT_RULES`.
- `bank`, `bank_date`: the rule of a central bank about codes by SMS, and the date from which it applies.
- `note`: what else is known.
- `sources`: the keys of data/region_sources.tsv, for each column.
- `date`: the date of the sources, or an interval. A day, a month or a year.
"""

import argparse
import datetime
import difflib
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLE = "src/phone/rules/table.rs"
CHOOSING = "src/guide/choosing.md"
SECURITY = "src/guide/security.md"
OLD = 180

SENDERS = {"accepted": "a", "local": "l", "refused": "n", "registered": "r", "replaced": "c", "unknown": "?"}
ANSWERS = {"yes": "y", "no": "n", "unknown": "?"}
REPORTS = {"carrier": "c", "handset": "h", "none": "n", "unknown": "?"}

# The words of a text rule: its form in Rust, and in the guide.
TEXT_RULES = {
    "brand": ("TextRule::Brand", "names the brand"),
    "euc-kr": ("TextRule::EucKr({})", "characters of EUC-KR, at most {} bytes"),
    "gsm7": ("TextRule::Gsm7", "GSM alphabet only"),
    "no-character": ("TextRule::NoCharacter('{}')", "no `{}`"),
    "no-links": ("TextRule::NoLinks", "no links"),
    "no-phone-numbers": ("TextRule::NoPhoneNumbers", "no phone numbers"),
    "no-short-links": ("TextRule::NoShortLinks", "no links of link shorteners"),
    "prefix": ("TextRule::Prefix({})", "begins with `{}`"),
    "registered-links": ("TextRule::RegisteredLinks", "only registered links"),
    "registered-text": ("TextRule::RegisteredText", "equal to a registered text"),
    "reply-charge": ("TextRule::ReplyCharge", "states that a reply is charged"),
    "segments": ("TextRule::Segments({})", "at most {} segments"),
    "signature": ("TextRule::Signature", "has a registered signature in brackets"),
    "units": ("TextRule::Units {{ gsm7: {}, ucs2: {} }}", "at most {} units in the GSM alphabet, or {} in UCS-2"),
}

HEADINGS = {
    "accepted": "names arrive as given",
    "registered": "names must be registered with the regulator or a large network",
    "replaced": "names are replaced by a number or another name",
    "refused": "names are refused: a number is required",
    "unknown": "sources do not agree about names",
}


def read(path):
    """The rows of a table, as dictionaries, and its first line."""
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    first, lines = lines[0], [line for line in lines if not line.startswith("#")]
    columns = lines[0].split("\t")
    rows = []
    for line in lines[1:]:
        cells = line.split("\t")
        if len(cells) != len(columns):
            sys.exit(f"{path}: expected {len(columns)} cells: {line}")
        rows.append(dict(zip(columns, cells)))
    return rows, first


def made(first):
    return datetime.date.fromisoformat(re.search(r"Made on (\d{4}-\d\d-\d\d)\.", first).group(1))


def text_rules(cell):
    """The rules of a cell, as pairs of a word and its values."""
    if cell == "-":
        return []
    rules = []
    for part in cell.split("; "):
        word, _, value = part.partition("=")
        values = [value] if word in ("prefix", "no-character") else [v for v in value.split("/") if v]
        if word not in TEXT_RULES:
            sys.exit(f"unknown text rule {word}")
        rules.append((word, values))
    return rules


def in_rust(rules):
    return ", ".join(TEXT_RULES[word][0].format(*values) for word, values in rules)


def in_words(rules):
    said = (TEXT_RULES[word][1].format(*(value.strip('"') for value in values)) for word, values in rules)
    return "; ".join(said).replace("at most 1 segments", "1 segment")


def hours_in_rust(cell):
    if cell in ("any", "unknown"):
        return f"QuietHours::{'Never' if cell == 'any' else 'Unknown'}"
    from_, until, sundays = re.fullmatch(r"quiet (\d\d)-(\d\d)( sundays)?", cell).groups()
    is_sunday = "true" if sundays else "false"
    return f"QuietHours::Listed {{ from: {int(from_)}, until: {int(until)}, is_sunday: {is_sunday} }}"


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def distinct(values, none):
    """The values, each of them once, behind the one that stands for nothing."""
    return [none] + sorted({value for value in values if value != none})


def date_in_rust(date):
    return "None" if date in ("-", "undated") else f"Some({quoted(date)})"


def table(rows, sources, day):
    notes = distinct((row["note"] for row in rows), "-")
    texts = distinct((row["text"] for row in rows), "-")
    hours = distinct((row["hours"] for row in rows), "unknown")
    banks = distinct(((row["bank"], row["bank_date"]) for row in rows), ("-", "-"))
    dates = sorted({row["date"] for row in rows})
    keys = [source["key"] for source in sources]
    out = [
        "// Made by scripts/region_rules.py from data/regions.tsv. Do not edit.",
        "",
        "use super::bank::BankRule;",
        "use super::hours::QuietHours;",
        "use super::row::{RuleRow, row};",
        "use super::source::RuleSource;",
        "use super::text::TextRule;",
        "",
        "/// The day on which the rules were collected.",
        f"pub(super) const AS_OF: &str = {quoted(day.isoformat())};",
        "",
        "/// The sources. The bits of a row stand for them.",
        f"pub(super) static SOURCES: [RuleSource; {len(sources)}] = [",
    ]
    for source in sources:
        is_official = "true" if source["standing"] == "official" else "false"
        cells = f"key: {quoted(source['key'])}, title: {quoted(source['title'])}"
        out.append(f"    RuleSource {{ {cells}, date: {date_in_rust(source['date'])}, is_official: {is_official} }},")
    out += ["];", "", "/// The dates of the sources of a row.", f"pub(super) static DATES: [&str; {len(dates)}] = ["]
    out += [f"    {quoted(date)}," for date in dates]
    out += ["];", "", "/// The notes. The first one stands for none.", f"pub(super) static NOTES: [&str; {len(notes)}] = ["]
    out += [f"    {quoted('' if note == '-' else note)}," for note in notes]
    out += ["];", "", "/// The rules on texts. The first one stands for none.", f"pub(super) static TEXTS: [&[TextRule]; {len(texts)}] = ["]
    out += [f"    &[{in_rust(text_rules(text))}]," for text in texts]
    out += ["];", "", "/// The hours.", f"pub(super) static HOURS: [QuietHours; {len(hours)}] = ["]
    out += [f"    {hours_in_rust(cell)}," for cell in hours]
    out += ["];", "", "/// The rules of banks. A row has the place from 1 on, or 0.", f"pub(super) static BANKS: [BankRule; {len(banks) - 1}] = ["]
    out += [f"    BankRule {{ text: {quoted(text)}, from: {date_in_rust(date)}, is_verified: false }}," for text, date in banks[1:]]
    out += [
        "];",
        "",
        "/// The rows, in the order of their regions: names, generic names, numbers, short codes, reports;",
        "/// then the places of hours, text rules, bank rule, note and date; then the sources.",
        f"pub(super) static ROWS: [RuleRow; {len(rows)}] = [",
    ]
    cells = []
    for row in rows:
        letters = SENDERS[row["names"]] + ANSWERS[row["generic_refused"]] + SENDERS[row["numbers"]]
        letters += ANSWERS[row["short_codes"]] + REPORTS[row["reports"]]
        places = [hours.index(row["hours"]), texts.index(row["text"]), banks.index((row["bank"], row["bank_date"]))]
        places += [notes.index(row["note"]), dates.index(row["date"])]
        named = re.findall(r"[A-Z]\d*", re.sub(r"\w+=", "", row["sources"]))
        bits = sum(1 << keys.index(key) for key in set(named))
        cells.append(f'row(b"{row["region"]} {letters}", [{", ".join(map(str, places))}], {bits:#x}),')
    out += ["    " + " ".join(cells[at : at + 2]) for at in range(0, len(cells), 2)]
    return "\n".join(out + ["];", ""])


def regions(rows, column, value):
    return [row["region"] for row in rows if row[column] == value]


def senders(rows, day):
    """The part of the guide about senders and texts."""
    out = [
        f"Rules of {len(rows)} regions, as vendors document them (as of {day.isoformat()}). Networks of a region differ, so a",
        "region is listed under the strictest rule that a sender meets. A region that is not listed is not known.",
        "",
        "| rule | regions |",
        "|---|---|",
    ]
    lines = [(heading, regions(rows, "names", word)) for word, heading in HEADINGS.items()]
    lines.append(("generic names such as `Verify` are refused, or a name must contain the brand", regions(rows, "generic_refused", "yes")))
    lines.append(("only local numbers are accepted as senders", regions(rows, "numbers", "local")))
    lines.append(("numbers are replaced", regions(rows, "numbers", "replaced")))
    lines.append(("numbers are refused", regions(rows, "numbers", "refused")))
    lines.append(("a delivery report comes from the operator, not from the phone", regions(rows, "reports", "carrier")))
    lines.append(("delivery reports are missing or false", regions(rows, "reports", "none")))
    out += [f"| {heading} ({len(found)}) | {', '.join(found)} |" for heading, found in lines]
    for row in rows:
        found = re.fullmatch(r"quiet (\d\d)-(\d\d)( sundays)?", row["hours"])
        if found:
            sundays = " and on Sundays" if found[3] else ""
            out.append(f"| a vendor lists quiet hours from {found[1]} to {found[2]}{sundays}, for all messages | {row['region']} |")
    out += ["", "Rules on the text of a message:", "", "| region | the text |", "|---|---|"]
    out += [f"| {row['region']} | {in_words(text_rules(row['text']))} |" for row in rows if row["text"] != "-"]
    return "\n".join(out)


def banks(rows):
    """The part of the guide about bank rules."""
    out = ["| region | rule about codes by SMS | from |", "|---|---|---|"]
    for row in rows:
        if row["bank"] != "-":
            date = "" if row["bank_date"] == "-" else row["bank_date"]
            out.append(f"| {row['region']} | {row['bank']} (unverified) | {date} |")
    return "\n".join(out)


def between(path, name, text):
    """The file, with this text between its markers."""
    page = (ROOT / path).read_text(encoding="utf-8")
    begin, end = f"<!-- {name}: made by scripts/region_rules.py -->", f"<!-- end of {name} -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        sys.exit(f"{path}: expected the markers of `{name}` once")
    before, rest = page.split(begin)
    return f"{before}{begin}\n{text}\n{end}{rest.split(end)[1]}"


def files():
    rows, first = read("data/regions.tsv")
    sources, _ = read("data/region_sources.tsv")
    codes = [row["region"] for row in rows]
    if codes != sorted(set(codes)):
        sys.exit("data/regions.tsv: the regions are not in order, or one is there twice")
    day = made(first)
    return {
        TABLE: table(rows, sources, day),
        CHOOSING: between(CHOOSING, "senders", senders(rows, day)),
        SECURITY: between(SECURITY, "bank rules", banks(rows)),
    }


def check():
    differs = False
    for path, text in files().items():
        there = (ROOT / path).read_text(encoding="utf-8")
        if there != text:
            differs = True
            lines = difflib.unified_diff(there.splitlines(), text.splitlines(), path, "made", lineterm="")
            print("\n".join(lines), file=sys.stderr)
    if differs:
        sys.exit("run python3 scripts/region_rules.py")


def warn_of_age(today):
    _, first = read("data/regions.tsv")
    age = (today - made(first)).days
    if age > OLD:
        print(f"::warning file=data/regions.tsv::the rules of regions are {age} days old: read the sources again")
    else:
        print(f"the rules of regions are {age} days old")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--age", action="store_true")
    parser.add_argument("--today", type=datetime.date.fromisoformat, default=datetime.date.today())
    arguments = parser.parse_args()
    if arguments.check:
        check()
    elif not arguments.age:
        for path, text in files().items():
            (ROOT / path).write_text(text, encoding="utf-8")
    # With time alone nothing fails: an old table is better than a build that breaks.
    if arguments.age:
        warn_of_age(arguments.today)


if __name__ == "__main__":
    main()
