from given import it
from serwersms import SerwerSMS

options = {"utf": False, "details": True, "unique_id": it.id}
SerwerSMS(it.token).message.send_sms(it.to, it.text, it.sender, options)
