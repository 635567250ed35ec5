from direct7 import Client
from given import it

message = {"recipients": [it.to], "content": it.text, "msg_type": "text", "data_coding": "text"}
Client(api_token=it.token).sms.send_messages(message, originator=it.sender)
