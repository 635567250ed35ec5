import boto3
from given import it

keys = {"aws_access_key_id": it.access_key_id, "aws_secret_access_key": it.secret_access_key}
client = boto3.client("pinpoint-sms-voice-v2", region_name=it.region, **keys)
client.send_text_message(
    DestinationPhoneNumber=it.to,
    OriginationIdentity=it.sender,
    MessageBody=it.text,
    MessageType="TRANSACTIONAL",
    TimeToLive=300,
    Context={"reference": it.id},
)
