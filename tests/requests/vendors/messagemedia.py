from datetime import datetime, timedelta, timezone

from given import it
from message_media_messages.message_media_messages_client import MessageMediaMessagesClient
from message_media_messages.models.message import Message
from message_media_messages.models.send_messages_request import SendMessagesRequest

message = Message(
    content=it.text,
    destination_number=it.to,
    source_number=it.sender,
    source_number_type="ALPHANUMERIC",
    format="SMS",
    message_expiry_timestamp=datetime.now(timezone.utc) + timedelta(seconds=300),
    delivery_report=True,
    metadata={"reference": it.id},
)
client = MessageMediaMessagesClient(it.api_key, it.api_secret, use_hmac_authentication=False)
client.messages.send_messages(SendMessagesRequest([message]))
