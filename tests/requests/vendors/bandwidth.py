from datetime import datetime, timedelta, timezone

import bandwidth
from given import it

configuration = bandwidth.Configuration(username=it.username, password=it.password)
request = bandwidth.models.MessageRequest(
    applicationId=it.application_id,
    to=[it.to],
    var_from=it.sender,
    text=it.text,
    tag=it.id,
    priority="high",
    expiration=datetime.now(timezone.utc) + timedelta(seconds=300),
)
bandwidth.MessagesApi(bandwidth.ApiClient(configuration)).create_message(it.account_id, request)
