import ovh
from given import it

client = ovh.Client(
    endpoint="ovh-eu",
    application_key=it.application_key,
    application_secret=it.application_secret,
    consumer_key=it.consumer_key,
)
client.post(
    f"/sms/{it.account}/jobs",
    message=it.text,
    receivers=[it.to],
    sender=it.sender,
    noStopClause=True,
    priority="high",
    charset="UTF-8",
    coding="7bit",
    **{"class": "phoneDisplay"},
)
