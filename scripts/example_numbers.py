#!/usr/bin/env python3
"""Makes tests/fixtures/example_numbers.txt: libphonenumber's own example numbers that are valid, a line each.

A line has the number in E.164, its kind, its region (001 for none), and how it is written within that region. They are those of
the PyPI package `phonenumbers` (Apache-2.0, Google's libphonenumber):

    pip install phonenumbers && python3 scripts/example_numbers.py > tests/fixtures/example_numbers.txt
"""

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType

KINDS = {value: name for name, value in vars(PhoneNumberType).items() if isinstance(value, int)}
WORLD = "001"


def line(number, region):
    kind = KINDS[phonenumbers.number_type(number)]
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return f"{e164}|{kind}|{region}|{national}"


def examples():
    for region in phonenumbers.SUPPORTED_REGIONS:
        for kind in KINDS:
            number = phonenumbers.example_number_for_type(region, kind)
            if number and phonenumbers.is_valid_number(number):
                yield line(number, phonenumbers.region_code_for_number(number))
    for code in phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS:
        world = PhoneMetadata.metadata_for_nongeo_region(code, None)
        for kind in ["mobile", "toll_free", "shared_cost", "voip", "voicemail", "uan", "premium_rate"]:
            example = getattr(getattr(world, kind), "example_number", None)
            number = example and phonenumbers.parse(f"+{code}{example}", None)
            if number and phonenumbers.is_valid_number(number):
                yield line(number, WORLD)


print("\n".join(sorted(set(examples()))))
