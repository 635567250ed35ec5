from given import it
from moceansdk import Basic, Client

sms = Client(Basic(api_token=it.token)).sms
sms.create({"mocean-from": it.sender, "mocean-to": it.digits, "mocean-text": it.text}).send()
