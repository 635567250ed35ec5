import clicksend
from clicksend.models.send_sms_request import SendSmsRequest
from given import it

configuration = clicksend.Configuration(username=it.username, password=it.api_key)
message = {"from": it.sender, "to": it.to, "body": it.text, "custom_string": it.id}
request = SendSmsRequest.from_dict({"messages": [message]})
clicksend.SmsApi(clicksend.ApiClient(configuration)).send_sms(send_sms_request=request)
