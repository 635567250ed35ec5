"""SDKs of vendors with a region of their own, and of cloud platforms."""

import re

import africastalking
import kavenegar
from smsapi.client import SmsApiPlClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import models as tencent_models
from tencentcloud.sms.v20210111.sms_client import SmsClient as TencentClient

from . import Refused, Vendor, reroute, text_of


class AfricasTalking(Vendor):
    """africastalking"""

    gateway = "africastalking"
    number = "+2547110"
    refusals = {
        "invalid_recipient": ("Refused", "InvalidPhoneNumber"),
        "no_credit": ("Refused", "InsufficientBalance"),
        "unauthorized": ("AfricasTalkingException", None),
    }

    def send(self, to, code, secret):
        africastalking.initialize("acme", secret)
        with reroute(self.base):
            data = africastalking.SMS.send(text_of(code), [to], "Acme")
        first = data["SMSMessageData"]["Recipients"][0]
        if first["status"] != "Success":
            raise Refused(first["status"])
        return first["messageId"]

    def code_of(self, error):
        # The exception has the text of the response, and no code.
        return error.code if isinstance(error, Refused) else None


class Kavenegar(Vendor):
    """kavenegar"""

    gateway = "kavenegar"
    number = "+9891200"
    is_template = True
    refusals = {
        "invalid_recipient": ("APIException", "411"),
        "no_credit": ("APIException", "418"),
        "unauthorized": ("APIException", "403"),
    }

    def send(self, to, code, secret):
        with reroute(self.base):
            api = kavenegar.KavenegarAPI(secret)
            receptor = "0" + to.removeprefix("+98")
            entries = api.verify_lookup({"receptor": receptor, "template": "login", "token": code, "type": "sms"})
        return str(entries[0]["messageid"])

    def code_of(self, error):
        return re.search(r"APIException\[(\d+)\]", str(error))[1]


class Smsapi(Vendor):
    """smsapi-client"""

    gateway = "smsapi"
    # One number of several, whose error the SDK does not read.
    unseen = (8,)
    number = "+4850000"
    refusals = {
        "invalid_recipient": ("SendException", 13),
        "no_credit": ("SendException", 103),
        "throttled": ("SendException", 202),
        "unauthorized": ("SendException", 101),
    }

    def send(self, to, code, secret):
        client = SmsApiPlClient(access_token=secret)
        client.domain = self.base + "/"
        sent = client.sms.send(
            to=to.removeprefix("+"),
            message=text_of(code),
            from_="Acme",
            encoding="utf-8",
            details="1",
            allow_duplicates="1",
            check_idx="1",
            idx="otp-1",
        )
        return sent.results[0].id


class Tencent(Vendor):
    """tencentcloud-sdk-python-sms"""

    gateway = "tencent"
    number = "+8618511"
    is_compared = False
    is_template = True
    refusals = {
        "invalid_recipient": ("Refused", "InvalidParameterValue.IncorrectPhoneNumber"),
        "no_credit": ("Refused", "FailedOperation.InsufficientBalanceInSmsPackage"),
        "throttled": ("Refused", "LimitExceeded.PhoneNumberThirtySecondLimit"),
        "unauthorized": ("TencentCloudSDKException", "AuthFailure.SignatureFailure"),
    }

    def send(self, to, code, secret):
        origin = self.base.split("/g/")[0].removeprefix("http://")
        profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=origin))
        client = TencentClient(Credential("AKID", secret), "ap-guangzhou", profile)
        request = tencent_models.SendSmsRequest()
        request.PhoneNumberSet = [to]
        request.SmsSdkAppId = "1400006666"
        request.TemplateId = "449739"
        request.SignName = "Acme"
        request.TemplateParamSet = [code]
        request.SessionContext = "otp-1"
        status = client.SendSms(request).SendStatusSet[0]
        if status.Code != "Ok":
            raise Refused(status.Code)
        return status.SerialNo

    def code_of(self, error):
        return error.code
