import json

from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_dysmsapi20170525.models import SendSmsRequest
from alibabacloud_tea_openapi.models import Config
from given import it

config = Config(access_key_id=it.access_key_id, access_key_secret=it.access_key_secret)
config.endpoint = "dysmsapi.aliyuncs.com"
request = SendSmsRequest(
    phone_numbers=it.digits,
    sign_name=it.sign_name,
    template_code=it.template_id,
    template_param=json.dumps({"code": it.code}, separators=(",", ":")),
    out_id=it.id,
)
Client(config).send_sms(request)
