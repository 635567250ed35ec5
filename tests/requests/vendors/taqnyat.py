from given import it
from TaqnyatSms import client

client(it.token).sendMsg(it.text, [it.digits], it.sender, "")
