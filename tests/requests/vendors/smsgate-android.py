from android_sms_gateway import client, domain
from given import it

message = domain.Message(
    phone_numbers=[it.to],
    text_message=domain.TextMessage(text=it.text),
    id=it.id,
    ttl=300,
    with_delivery_report=True,
)
with client.APIClient(it.username, it.password) as gateway:
    gateway.send(message)
