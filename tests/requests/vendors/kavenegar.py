from given import it
from kavenegar import KavenegarAPI

lookup = {"receptor": it.local, "template": it.template, "token": it.code, "type": "sms"}
KavenegarAPI(it.api_key).verify_lookup(lookup)
