from datetime import datetime, timedelta, timezone

from given import it
from sinch import SinchClient

client = SinchClient(service_plan_id=it.service_plan_id, sms_api_token=it.token, sms_region="us")
client.sms.batches.send_sms(
    to=[it.digits],
    from_=it.sender,
    body=it.text,
    expire_at=datetime.now(timezone.utc) + timedelta(seconds=300),
    client_reference=it.id,
)
