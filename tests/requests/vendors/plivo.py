import plivo
from given import it

client = plivo.RestClient(it.auth_id, it.auth_token)
client.messages.create(src=it.sender, dst=it.digits, text=it.text, type_="sms")
