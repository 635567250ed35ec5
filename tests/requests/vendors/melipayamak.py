from given import it
from melipayamak import Api

Api(it.username, it.api_key).sms().send_by_base_number(it.code, it.local, it.template_id)
