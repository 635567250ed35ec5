from given import it
from ronglian_sms_sdk import SmsSDK

SmsSDK(it.account_sid, it.auth_token, it.app_id).sendMessage(it.template_id, it.national, (it.code,))
