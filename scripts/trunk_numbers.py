#!/usr/bin/env python3
"""Makes tests/fixtures/trunk_numbers.txt: numbers with digits after their calling code, and how libphonenumber reads them.

A line has the number as it is written, and the number in E.164 that libphonenumber makes of it, if that is valid. Digits are those
that are dialled before a number within some country. The metadata are those of the PyPI package `phonenumbers` (Apache-2.0):

    pip install phonenumbers && python3 scripts/trunk_numbers.py > tests/fixtures/trunk_numbers.txt
"""

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE as CODES
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType

KINDS = [PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE]
DIGITS = ["", "0", "1", "8", "06", "80", "90", "015", "03"]
ARGENTINA = 54


def examples(region):
    for kind in KINDS:
        number = phonenumbers.example_number_for_type(region, kind)
        if number and phonenumbers.is_valid_number(number):
            yield phonenumbers.format_number(number, PhoneNumberFormat.E164)


def spellings(code, number):
    head, national = f"+{code}", number[len(f"+{code}") :]
    own = PhoneMetadata.metadata_for_region(CODES[code][0], None).national_prefix
    for digits in dict.fromkeys(DIGITS + ([own] if own else [])):
        yield head + digits + national
    if code == ARGENTINA and national.startswith("9"):
        for area in (2, 3, 4):
            for zero in ("", "0"):
                yield head + zero + national[1 : 1 + area] + "15" + national[1 + area :]


def read(text):
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if phonenumbers.is_valid_number(number) else None


found = {}
for code, regions in CODES.items():
    for region in regions:
        if region != "001":
            for number in examples(region):
                for text in spellings(code, number):
                    found[text] = read(text)
for text, number in sorted(found.items()):
    if number:
        print(text, number)
