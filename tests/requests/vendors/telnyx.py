from given import it
from telnyx import Telnyx

client = Telnyx(api_key=it.api_key, max_retries=0)
client.messages.send(to=it.to, from_=it.sender, text=it.text, type="SMS", idempotency_key=it.id)
