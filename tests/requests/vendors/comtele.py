from comtele_sdk.textmessage_service import TextMessageService
from given import it

TextMessageService(it.api_key).send(it.sender, it.text, [it.national])
