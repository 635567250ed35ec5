# Asks pyotp: of each line, a JSON object that says a key, it prints the code, its own URI, and what it reads from ours.
import hashlib, json, sys
import pyotp

for line in sys.stdin:
    key = json.loads(line)
    named = dict(digits=key["digits"], digest=getattr(hashlib, key["hash"]), name=key["account"], issuer=key["issuer"])
    if key["step"] is None:
        # Its counters are counted from the first one.
        at = 0
        otp = pyotp.HOTP(key["secret"], initial_count=key["number"], **named)
    else:
        at = key["number"]
        otp = pyotp.TOTP(key["secret"], interval=key["step"], **named)
    read = pyotp.parse_uri(key["uri"])
    print(json.dumps({
        "code": otp.at(at),
        "uri": otp.provisioning_uri(),
        "read": {
            "secret": read.secret, "digits": read.digits, "hash": read.digest().name, "account": read.name,
            "issuer": read.issuer, "step": getattr(read, "interval", None), "code": read.at(at),
        },
    }))
