from given import it
from vonage_http_client import Auth, HttpClient
from vonage_messages import Messages, Sms
from vonage_messages.models import SmsOptions

client = HttpClient(Auth(api_key=it.api_key, api_secret=it.api_secret))
options = SmsOptions(encoding_type="text")
message = Sms(to=it.digits, from_=it.sender, text=it.text, ttl=300, client_ref=it.id, sms=options)
Messages(client).send(message)
