from given import it
from vonage_http_client import Auth, HttpClient
from vonage_sms import Sms, SmsMessage

client = HttpClient(Auth(api_key=it.api_key, api_secret=it.api_secret))
message = SmsMessage(to=it.digits, from_=it.sender, text=it.text, type="text", ttl=300_000, client_ref=it.id)
Sms(client).send(message)
