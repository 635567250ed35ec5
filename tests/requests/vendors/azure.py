from azure.communication.sms import SmsClient
from azure.core.credentials import AzureKeyCredential
from given import it

client = SmsClient("https://acme.communication.azure.com", AzureKeyCredential(it.access_key))
client.send(it.sender, it.to, it.text, enable_delivery_report=True, tag=it.id)
