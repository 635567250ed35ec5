from given import it
from twilio.rest import Client

client = Client(it.account_sid, it.auth_token)
client.messages.create(to=it.to, from_=it.sender, body=it.text, validity_period=300)
