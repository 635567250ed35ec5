import certifi
from given import it
from textmagic.rest import TextmagicRestClient
from textmagic.rest.models import base

# The SDK brings a list of authorities of 2015, which is used for all hosts.
base.get_cert_file = certifi.where

TextmagicRestClient(it.username, it.api_key).messages.create(it.sender, phones=it.to, text=it.text)
