"""SDKs of vendors that send everywhere."""

import json
import re

import bandwidth
import boto3
import botocore.config
import clicksend
import messagebird
import ozekilibsrest
import plivo
import requests
import sinch
import telnyx
from messagebird.http_client import HttpClient
from sinch.core.clients.retry_configuration import RetryConfiguration
from vonage_http_client import Auth, HttpClientOptions
from vonage_http_client.http_client import HttpClient as VonageHttp
from vonage_sms import Sms, SmsMessage

from . import Refused, Rerouting, Vendor, text_of


class AmazonSns(Vendor):
    """boto3"""

    gateway = "aws-sns"
    is_compared = False
    refusals = {
        "invalid_recipient": ("InvalidParameterException", "InvalidParameter"),
        "throttled": ("KMSThrottlingException", "KMSThrottling"),
        "unauthorized": ("ClientError", "InvalidClientTokenId"),
    }

    def send(self, to, code, secret):
        client = boto3.client(
            "sns",
            endpoint_url=self.base + "/",
            region_name="eu-central-1",
            aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
            aws_secret_access_key=secret,
            config=botocore.config.Config(retries={"max_attempts": 0}),
        )
        attributes = {"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}}
        return client.publish(PhoneNumber=to, Message=text_of(code), MessageAttributes=attributes)["MessageId"]

    def code_of(self, error):
        return error.response["Error"]["Code"]


class Bandwidth(Vendor):
    """bandwidth-sdk"""

    gateway = "bandwidth"
    number = "+1415555"
    refusals = {
        "invalid_recipient": ("BadRequestException", "request-validation"),
        "throttled": ("ApiException", 429),
        "unauthorized": ("UnauthorizedException", 401),
    }

    def send(self, to, code, secret):
        configuration = bandwidth.Configuration(username="user", password=secret)
        api = bandwidth.MessagesApi(bandwidth.ApiClient(configuration))
        request = bandwidth.models.MessageRequest.from_dict(
            {
                "applicationId": "93de2206-9669-4e07-948d-329f4b722ee2",
                "to": [to],
                "from": "+15551113333",
                "text": text_of(code),
                "tag": "otp-1",
                "priority": "high",
                "expiration": "2030-01-02T03:04:05Z",
            }
        )
        # The URL of an operation is fixed, and it wins over the host of the configuration.
        official = "https://messaging.bandwidth.com"
        usual = api.api_client.call_api
        api.api_client.call_api = lambda method, url, *rest, **more: usual(
            method, url.replace(official, self.base), *rest, **more
        )
        return api.create_message("9900000", request).id

    def code_of(self, error):
        return error.data.type if error.data else error.status


class ClickSend(Vendor):
    """clicksend-client"""

    gateway = "clicksend"
    refusals = {
        "invalid_recipient": ("Refused", "INVALID_RECIPIENT"),
        "no_credit": ("Refused", "INSUFFICIENT_CREDIT"),
        "throttled": ("Refused", "THROTTLED"),
        "unauthorized": ("UnauthorizedException", "INVALID_CREDENTIALS"),
    }

    def send(self, to, code, secret):
        configuration = clicksend.Configuration(host=self.base, username="acme", password=secret)
        api = clicksend.SmsApi(clicksend.ApiClient(configuration))
        one = {"from": "Acme", "to": to, "body": text_of(code), "custom_string": "otp-1"}
        sent = api.send_sms(send_sms_request=clicksend.SendSmsRequest.from_dict({"messages": [one]}))
        message = sent.data.messages[0]
        if message.status != "SUCCESS":
            raise Refused(message.status)
        return message.message_id

    def code_of(self, error):
        return error.code if isinstance(error, Refused) else json.loads(error.body)["response_code"]


class MessageBird(Vendor):
    """messagebird"""

    gateway = "messagebird"
    uncoded = ("HTTPError",)
    number = "+3161234"
    refusals = {
        "invalid_recipient": ("ErrorException", 10),
        # The SDK reads the errors of some statuses only. 402 and 429 are not among them.
        "no_credit": ("HTTPError", 402),
        "throttled": ("HTTPError", 429),
        "unauthorized": ("ErrorException", 2),
    }

    def send(self, to, code, secret):
        # The URL of a path is joined to the endpoint, so it ends with a slash.
        client = messagebird.Client(secret, HttpClient(self.base + "/", secret, "acme/1"))
        # The SDK would join a list to one text, and leaves a tuple alone.
        numbers = (to.removeprefix("+"),)
        more = {"datacoding": "auto", "reference": "otp-1", "validity": 300}
        return client.message_create("Acme", numbers, text_of(code), more).id

    def code_of(self, error):
        if isinstance(error, requests.HTTPError):
            return error.response.status_code
        return error.errors[0].code


class Ozeki(Vendor):
    """ozekilibsrest"""

    gateway = "ozeki"
    uncoded = None
    refusals = {
        "unauthorized": ("Refused", "Total: 0. Success: 0. Failed: 0."),
    }

    def send(self, to, code, secret):
        api = ozekilibsrest.MessageApi(ozekilibsrest.Configuration("acme", secret, self.base + "/api"))
        result = api.send(ozekilibsrest.Message(to_address=to, from_address="Acme", text=text_of(code)))
        if isinstance(result, ozekilibsrest.MessageSendResults):
            # The SDK returns the counts if the server took nothing.
            raise Refused(str(result))
        if result.status != "Success":
            raise Refused(result.response_message)
        return result.message.message_id


class Plivo(Vendor):
    """plivo"""

    gateway = "plivo"
    uncoded = None
    refusals = {
        "no_credit": ("PlivoRestError", 402),
        "throttled": ("PlivoRestError", 429),
        "unauthorized": ("AuthenticationError", 401),
    }

    def send(self, to, code, secret):
        client = plivo.RestClient("MAXXXXXXXXXXXXXXXXXX", secret)
        client.session.mount("https://", Rerouting(self.base))
        return client.messages.create(src="41790000000", dst=to.removeprefix("+"), text=text_of(code)).message_uuid[0]

    def code_of(self, error):
        # The status is in the text, or in the class alone.
        found = re.search(r"status code (\d+)", str(error))
        return int(found[1]) if found else {"AuthenticationError": 401}[type(error).__name__]


class Sinch(Vendor):
    """sinch"""

    gateway = "sinch"
    uncoded = None
    refusals = {
        "throttled": ("SmsException", 429),
        "unauthorized": ("SmsException", 401),
    }

    def send(self, to, code, secret):
        client = sinch.SinchClient(
            service_plan_id="plan-1",
            sms_api_token=secret,
            sms_region="us",
            retry_configuration=RetryConfiguration(max_retries=0),
        )
        client.configuration.transport.http_session.mount("https://", Rerouting(self.base))
        sent = client.sms.batches.send_sms(
            to=[to.removeprefix("+")],
            from_="Acme",
            body=text_of(code),
            expire_at="2030-01-02T03:04:05Z",
            client_reference="otp-1",
        )
        return sent.id

    def code_of(self, error):
        return error.response_status_code


class Telnyx(Vendor):
    """telnyx"""

    gateway = "telnyx"
    refusals = {
        "invalid_recipient": ("BadRequestError", "10002"),
        "no_credit": ("PermissionDeniedError", "40333"),
        "throttled": ("RateLimitError", "10011"),
        "unauthorized": ("AuthenticationError", "10009"),
    }

    def send(self, to, code, secret):
        client = telnyx.Telnyx(api_key=secret, base_url=self.base + "/v2", max_retries=0)
        sent = client.messages.send(
            to=to,
            from_="+15551113333",
            text=text_of(code),
            type="SMS",
            extra_headers={"Idempotency-Key": "otp-1"},
        )
        return sent.data.id

    def code_of(self, error):
        return error.body["errors"][0]["code"]


class Vonage(Vendor):
    """vonage-sms"""

    gateway = "vonage"
    refusals = {
        "invalid_recipient": ("SmsError", "7"),
        "no_credit": ("SmsError", "9"),
        "throttled": ("SmsError", "1"),
        "unauthorized": ("SmsError", "4"),
    }

    def send(self, to, code, secret):
        http = VonageHttp(Auth(api_key=secret, api_secret=secret), HttpClientOptions(max_retries=0))
        http._session.mount("https://", Rerouting(self.base))
        message = SmsMessage(
            to=to.removeprefix("+"),
            from_="Acme",
            text=text_of(code),
            type="text",
            ttl=300_000,
            client_ref="otp-1",
        )
        return Sms(http).send(message).messages[0].message_id

    def code_of(self, error):
        return re.search(r"error code (\w+)", str(error))[1]
