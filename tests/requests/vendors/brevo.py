from brevo import Brevo
from given import it

Brevo(api_key=it.api_key).transactional_sms.send_async_transactional_sms(
    recipient=it.digits,
    sender=it.sender,
    content=it.text,
    type="transactional",
    unicode_enabled=False,
)
