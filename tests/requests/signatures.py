"""Recomputes the signatures of captured requests, with the SDK's own code where it has a function for it."""

import base64
import hashlib
from types import SimpleNamespace
from unittest import mock


def is_valid(scheme, request, secrets):
    """Returns `True` if the signature in a request is that of its contents."""
    headers = dict(request["headers"])
    return SCHEMES[scheme](request, headers, SimpleNamespace(**secrets))


def aws(request, headers, secrets):
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    _, credential, signed, signature = headers["authorization"].replace(",", "").split(" ")
    region, service = credential.split("/")[2:4]
    names = signed.removeprefix("SignedHeaders=").split(";")
    url = f"{request['scheme']}://{request['host']}{request['target']}"
    copy = AWSRequest(request["method"], url, {name: headers[name] for name in names}, request["body"])
    copy.context["timestamp"] = headers["x-amz-date"]
    signer = SigV4Auth(Credentials(secrets.access_key_id, secrets.secret_access_key), service, region)
    text = signer.string_to_sign(copy, signer.canonical_request(copy))
    return signature == f"Signature={signer.signature(text, copy)}"


def tencent(request, headers, secrets):
    from tencentcloud.common.abstract_client import AbstractClient

    names = {"Content-Type": "content-type", "Host": "host", "X-TC-Timestamp": "x-tc-timestamp"}
    copy = SimpleNamespace(
        uri=request["target"],
        data=request["body"].decode(),
        method=request["method"],
        header={name: headers[lower] for name, lower in names.items()},
    )
    date = headers["authorization"].split("/")[1]
    sign = AbstractClient._get_tc3_signature
    return headers["authorization"].endswith(
        f"Signature={sign(None, None, copy, date, 'sms', secrets.secret_key)}"
    )


def aliyun(request, headers, secrets):
    from urllib.parse import parse_qsl

    from alibabacloud_tea_openapi.utils import Utils
    from darabonba.request import DaraRequest

    path, _, query = request["target"].partition("?")
    copy = DaraRequest()
    copy.method, copy.pathname, copy.query = request["method"], path, dict(parse_qsl(query))
    names = headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    copy.headers = {name: headers[name] for name in names}
    payload = hashlib.sha256(request["body"]).hexdigest()
    expected = Utils.get_authorization(
        copy, "ACS3-HMAC-SHA256", payload, secrets.access_key_id, secrets.access_key_secret
    )
    return headers["authorization"] == expected


def azure(request, headers, secrets):
    from azure.communication.sms._shared import policy

    url = f"https://{request['host']}{request['target']}"
    copy = SimpleNamespace(
        http_request=SimpleNamespace(method="POST", url=url, body=request["body"].decode(), headers={}),
        context=SimpleNamespace(transport=None),
    )
    with mock.patch.object(policy, "get_current_utc_time", lambda: headers["x-ms-date"]):
        policy.HMACCredentialsPolicy(f"https://{request['host']}", secrets.access_key)._sign_request(copy)
    made = {name.lower(): value for name, value in copy.http_request.headers.items()}
    return all(made[name] == headers[name] for name in ("authorization", "x-ms-content-sha256"))


def notify(_, headers, secrets):
    import jwt

    token = headers["authorization"].removeprefix("Bearer ")
    try:
        claims = jwt.decode(token, secrets.secret, ["HS256"], options={"require": ["iat", "iss"]})
    except jwt.InvalidTokenError:
        return False
    return claims["iss"] == secrets.service_id


def ovh(request, headers, secrets):
    url = f"{request['scheme']}://{request['host']}{request['target']}"
    parts = [secrets.application_secret, secrets.consumer_key, request["method"], url]
    parts += [request["body"].decode(), headers["x-ovh-timestamp"]]
    return headers["x-ovh-signature"] == "$1$" + hashlib.sha1("+".join(parts).encode()).hexdigest()


def yuntongxun(request, headers, secrets):
    account, time = base64.b64decode(headers["authorization"]).decode().split(":")
    digest = hashlib.md5(f"{account}{secrets.auth_token}{time}".encode()).hexdigest().upper()
    return account == secrets.account_sid and request["target"].endswith(f"sig={digest}")


SCHEMES = {scheme.__name__: scheme for scheme in (aliyun, aws, azure, notify, ovh, tencent, yuntongxun)}
