from given import it
from thaibulksms_api.sms import send_sms

send_sms(it.api_key, it.api_secret, it.to, it.text, it.sender)
