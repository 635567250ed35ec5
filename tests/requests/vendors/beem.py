from BeemAfrica import SMS, Authorize
from given import it

Authorize(it.api_key, it.api_secret)
SMS.send_sms(it.text, it.digits, sender_id=it.sender)
