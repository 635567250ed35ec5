import africastalking
from given import it

africastalking.initialize(it.username, it.api_key)
africastalking.SMS.send(it.text, [it.to], it.sender)
