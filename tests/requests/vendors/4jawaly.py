from given import it
from sms4jawaly_py import SMS4JawalyClient

SMS4JawalyClient(it.api_key, it.api_secret, it.sender).send_single_sms(it.digits, it.text)
