from given import it
from notifications_python_client.notifications import NotificationsAPIClient

NotificationsAPIClient(f"acme-{it.service_id}-{it.secret}").send_sms_notification(
    phone_number=it.to, template_id=it.template_id, personalisation={"code": it.code}, reference=it.id
)
