import json

from given import it
from huaweicloudsdksmsapi.v1 import BatchSendSmsRequest, BatchSendSmsRequestBody, SMSApiClient
from huaweicloudsdksmsapi.v1.smsapi_credentials import SMSApiCredentials

credentials = SMSApiCredentials(it.api_key, it.api_secret)
endpoint = "https://smsapi.cn-north-4.myhuaweicloud.com:443"
client = SMSApiClient.new_builder().with_credentials(credentials).with_endpoint(endpoint).build()
body = BatchSendSmsRequestBody(
    _from=it.sender,
    to=it.to,
    template_id=it.template_id,
    template_paras=json.dumps([it.code]),
    extend=it.id,
    signature=it.sign_name,
)
client.batch_send_sms(BatchSendSmsRequest(body))
