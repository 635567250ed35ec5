"""Signs fixed requests with the official SDKs, and prints the headers and fields that carry the signatures as JSON.

The requests are those of tests/it/signatures/sdks.rs. tests/fixtures/signatures.json is the output.
"""

import datetime
import json
import time
from types import SimpleNamespace
from unittest import mock

NOW = 1440938160  # 2015-08-30T12:36:00Z
UTC = datetime.datetime.fromtimestamp(NOW, datetime.timezone.utc)
BODY = '{"to":["+8613800000000"],"text":"012345 is your code"}'


def aws():
    """boto3: Signature Version 4 of a form for SNS."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    body = (
        "Action=Publish&Version=2010-03-31&PhoneNumber=%2B8613800000000&Message=012345+is+your+code"
    )
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    request = AWSRequest("POST", "https://sns.us-east-1.amazonaws.com/", headers, body)
    with mock.patch("botocore.auth.get_current_datetime", lambda: UTC.replace(tzinfo=None)):
        SigV4Auth(Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI"), "sns", "us-east-1").add_auth(request)
    return {name: request.headers[name] for name in ("X-Amz-Date", "Authorization")}


def tencent():
    """tencentcloud-sdk-python-common: TC3-HMAC-SHA256."""
    from tencentcloud.common.abstract_client import AbstractClient

    headers = {
        "Content-Type": "application/json",
        "Host": "sms.tencentcloudapi.com",
        "X-TC-Timestamp": str(NOW),
    }
    request = SimpleNamespace(uri="/", data=BODY, method="POST", header=headers)
    sign = AbstractClient._get_tc3_signature
    return {"signature": sign(None, None, request, "2015-08-30", "sms", "secret")}


def alibaba():
    """alibabacloud_openapi_util: ACS3-HMAC-SHA256."""
    import hashlib

    from Tea.request import TeaRequest
    from alibabacloud_openapi_util.client import Client

    request = TeaRequest()
    request.method, request.pathname = "POST", "/"
    request.query = {"PhoneNumbers": "8613800000000", "TemplateParam": '{"code":"012345"}', "Extra": "*~/"}
    payload = hashlib.sha256(b"").hexdigest()
    request.headers = {
        "host": "dysmsapi.aliyuncs.com",
        "x-acs-action": "SendSms",
        "x-acs-content-sha256": payload,
        "x-acs-date": "2015-08-30T12:36:00Z",
        "x-acs-signature-nonce": "07070707",
        "x-acs-version": "2017-05-25",
    }
    sign = Client.get_authorization
    return {"Authorization": sign(request, "ACS3-HMAC-SHA256", payload, "AKID", "secret")}


def azure():
    """azure-communication-sms: HMAC-SHA256 with a shared key."""
    from azure.communication.sms._shared import policy

    date = "Sun, 30 Aug 2015 12:36:00 GMT"
    url = "https://acme.communication.azure.com/sms?api-version=2021-03-07"
    request = SimpleNamespace(
        http_request=SimpleNamespace(method="POST", url=url, body=BODY, headers={}),
        context=SimpleNamespace(transport=None),
    )
    with mock.patch.object(policy, "get_current_utc_time", lambda: date):
        signer = policy.HMACCredentialsPolicy("https://acme.communication.azure.com", "c2VjcmV0")
        signer._sign_request(request)
    headers = request.http_request.headers
    return {name: headers[name] for name in ("x-ms-date", "x-ms-content-sha256", "Authorization")}


def ovh():
    """python-ovh: SHA-1 of the request and both secrets."""
    import ovh as sdk

    client = sdk.Client(
        endpoint="ovh-eu",
        application_key="key",
        application_secret="application secret",
        consumer_key="consumer key",
    )
    client._time_delta = 0
    sent = {}
    client._session = mock.Mock()
    client._session.request = lambda *args, **kwargs: sent.update(kwargs) or mock.Mock()
    body = {"message": "012345 is your code", "receivers": ["+8613800000000"]}
    with mock.patch.object(time, "time", lambda: NOW):
        client.raw_call("POST", "/sms/acme/jobs", body)
    data = sent["data"]
    return {
        "body": data if isinstance(data, str) else data.decode(),
        "X-Ovh-Signature": sent["headers"]["X-Ovh-Signature"],
    }


def vonage():
    """vonage-http-client: HMAC of the sorted fields."""
    from vonage_http_client.auth import Auth

    fields = {"from": "A&B=C", "text": "012345 is your code", "to": "8613800000000", "timestamp": NOW}
    signed = {}
    for method in ("sha1", "sha256", "sha512"):
        auth = Auth(
            api_key="key", api_secret="secret", signature_secret="secret", signature_method=method
        )
        signed[method] = auth.sign_params(dict(fields))
    return signed


vectors = {sdk.__name__: sdk() for sdk in (aws, tencent, alibaba, azure, ovh, vonage)}
print(json.dumps(vectors, indent=2, sort_keys=True))
