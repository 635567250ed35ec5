from given import it
from tencentcloud.common.credential import Credential
from tencentcloud.sms.v20210111 import models
from tencentcloud.sms.v20210111.sms_client import SmsClient

request = models.SendSmsRequest()
request.PhoneNumberSet = [it.to]
request.SmsSdkAppId = it.sdk_app_id
request.TemplateId = it.template_id
request.SignName = it.sign_name
request.TemplateParamSet = [it.code]
request.SessionContext = it.id
SmsClient(Credential(it.secret_id, it.secret_key), it.region).SendSms(request)
