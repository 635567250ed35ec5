from bird import Bird
from given import it

metadata = {"reference": it.id}
Bird(api_key=it.api_key).sms.send(
    to=it.to, from_=it.sender, text=it.text, category="authentication", metadata=metadata
)
