from given import it
from kavenegar import KavenegarAPI

message = {"receptor": it.zeros, "sender": it.sender, "message": it.text, "localid": "1"}
KavenegarAPI(it.api_key).sms_send(message)
