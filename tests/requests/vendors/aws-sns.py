import boto3
from given import it

keys = {"aws_access_key_id": it.access_key_id, "aws_secret_access_key": it.secret_access_key}
string = lambda value: {"DataType": "String", "StringValue": value}
attributes = {
    "AWS.SNS.SMS.SMSType": string("Transactional"),
    "AWS.SNS.SMS.SenderID": string(it.sender),
}
client = boto3.client("sns", region_name=it.region, **keys)
client.publish(PhoneNumber=it.to, Message=it.text, MessageAttributes=attributes)
