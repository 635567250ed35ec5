from given import it
from yunpian_python_sdk.ypclient import YunpianClient

YunpianClient(it.api_key).sms().single_send({"mobile": it.to, "text": f"【{it.sign_name}】{it.text}"})
