from given import it
from infobip_api_client import ApiClient, Configuration, SmsApi
from infobip_api_client import models as m

configuration = Configuration(
    host="https://api.infobip.com",
    api_key={"APIKeyHeader": it.api_key},
    api_key_prefix={"APIKeyHeader": "App"},
)
message = m.SmsMessage(
    sender=it.sender,
    destinations=[m.SmsDestination(to=it.digits, message_id=it.id)],
    content=m.SmsMessageContent(m.SmsTextContent(text=it.text)),
    options=m.SmsMessageOptions(validity_period=m.ValidityPeriod(amount=300, time_unit="SECONDS")),
)
SmsApi(ApiClient(configuration)).send_sms_messages(m.SmsRequest(messages=[message]))
