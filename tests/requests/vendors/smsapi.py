from given import it
from smsapi.client import SmsApiPlClient

client = SmsApiPlClient(access_token=it.token)
options = {"encoding": "utf-8", "details": 1, "allow_duplicates": 1, "check_idx": 1, "idx": [it.id]}
client.sms.send(to=it.digits, message=it.text, from_=it.sender, **options)
