//! Signatures of the official SDKs. `tests/signatures/sdks.py` prints the fixture, and `.ci/sdks`
//! compares it with what the SDKs sign.

use serde_json::Value;

use super::{Sent, gateway, sent};

/// 2015-08-30T12:36:00Z.
const NOW: u64 = 1_440_938_160;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../fixtures/signatures.json")).unwrap()
}

/// Checks that a request has the headers of a vector.
#[track_caller]
fn check(sent: &Sent, name: &str, headers: &[&str]) {
    let vectors = vectors();
    for header in headers {
        let expected = vectors[name][header].as_str().unwrap();
        assert_eq!(sent.header(&header.to_ascii_lowercase()), expected, "{name}: {header}");
    }
}

const JSON: &str = r#"json = { to = ["{{to}}"], text = "{{text}}" }"#;

#[test]
fn sdk_of_aws() {
    let gateway = gateway(
        &[("secret", "wJalrXUtnFEMI")],
        NOW,
        r#"
        [request]
        method = "POST"
        url = "https://sns.us-east-1.amazonaws.com/"
        headers = { Content-Type = "application/x-www-form-urlencoded; charset=utf-8" }
        form = { Action = "Publish", Version = "2010-03-31", PhoneNumber = "{{to}}", Message = "{{text}}" }
        [auth.hmac]
        key = ["AWS4{{secret}}", "{{now|date:%Y%m%d}}", "us-east-1", "sns", "aws4_request"]
        sign = "AWS4-HMAC-SHA256\n{{now|date:%Y%m%dT%H%M%SZ}}\n{{scope}}\n{{canonical|sha256hex}}"
        parts.scope = "{{now|date:%Y%m%d}}/us-east-1/sns/aws4_request"
        parts.canonical = "{{method}}\n{{path}}\n{{sorted_query}}\ncontent-type:{{content_type}}\nhost:{{host}}\nx-amz-date:{{now|date:%Y%m%dT%H%M%SZ}}\n\ncontent-type;host;x-amz-date\n{{body_sha256_hex}}"
        headers = { X-Amz-Date = "{{now|date:%Y%m%dT%H%M%SZ}}", Authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{{scope}}, SignedHeaders=content-type;host;x-amz-date, Signature={{signature}}" }
        "#,
    );
    check(&sent(&gateway), "aws", &["X-Amz-Date", "Authorization"]);
}

#[test]
fn sdk_of_tencent() {
    let gateway = gateway(
        &[("secret", "secret")],
        NOW,
        &format!(
            r#"
            [request]
            method = "POST"
            url = "https://sms.tencentcloudapi.com/"
            {JSON}
            [auth.hmac]
            key = ["TC3{{{{secret}}}}", "{{{{now|date:%Y-%m-%d}}}}", "sms", "tc3_request"]
            sign = "TC3-HMAC-SHA256\n{{{{timestamp}}}}\n{{{{now|date:%Y-%m-%d}}}}/sms/tc3_request\n{{{{canonical|sha256hex}}}}"
            parts.canonical = "{{{{method}}}}\n{{{{path}}}}\n{{{{query}}}}\ncontent-type:{{{{content_type}}}}\nhost:{{{{host}}}}\n\ncontent-type;host\n{{{{body_sha256_hex}}}}"
            headers = {{ X-TC-Timestamp = "{{{{timestamp}}}}", signature = "{{{{signature}}}}" }}
            "#
        ),
    );
    check(&sent(&gateway), "tencent", &["signature"]);
}

#[test]
fn sdk_of_alibaba() {
    let gateway = gateway(
        &[("secret", "secret")],
        NOW,
        r#"
        [request]
        method = "POST"
        url = "https://dysmsapi.aliyuncs.com/"
        headers = { X-Text = "{{text|base64}}", x-acs-action = "SendSms", x-acs-version = "2017-05-25" }
        query = { PhoneNumbers = "{{to|plain}}", TemplateParam = { json = { code = "{{code}}" } }, Extra = "*~/" }
        [auth.hmac]
        key = "{{secret}}"
        sign = "ACS3-HMAC-SHA256\n{{canonical|sha256hex}}"
        parts.nonce_of = "{{message_uuid|truncate:8}}"
        parts.time = "{{now}}"
        parts.canonical = """{{method}}
{{path}}
{{sorted_query}}
host:{{host}}
x-acs-action:SendSms
x-acs-content-sha256:{{body_sha256_hex}}
x-acs-date:{{time}}
x-acs-signature-nonce:{{nonce_of}}
x-acs-version:2017-05-25

host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version
{{body_sha256_hex}}"""
        headers = { x-acs-date = "{{time}}", x-acs-signature-nonce = "{{nonce_of}}", x-acs-content-sha256 = "{{body_sha256_hex}}", Authorization = "ACS3-HMAC-SHA256 Credential=AKID,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature={{signature}}" }
        "#,
    );
    check(&sent(&gateway), "alibaba", &["Authorization"]);
}

#[test]
fn sdk_of_azure() {
    let gateway = gateway(
        &[("secret", "c2VjcmV0")],
        NOW,
        &format!(
            r#"
            [request]
            method = "POST"
            url = "https://acme.communication.azure.com/sms?api-version=2021-03-07"
            {JSON}
            [auth.hmac]
            key = "{{{{secret}}}}"
            key_encoding = "base64"
            signature = "base64"
            sign = "{{{{method}}}}\n{{{{path_and_query}}}}\n{{{{date}}}};{{{{host}}}};{{{{body_sha256_base64}}}}"
            headers = {{ x-ms-date = "{{{{date}}}}", x-ms-content-sha256 = "{{{{body_sha256_base64}}}}", Authorization = "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={{{{signature}}}}" }}
            "#
        ),
    );
    check(&sent(&gateway), "azure", &["x-ms-date", "x-ms-content-sha256", "Authorization"]);
}

#[test]
fn sdk_of_ovh() {
    let gateway = gateway(
        &[("secret", "application secret"), ("consumer", "consumer key")],
        NOW,
        r#"
        [request]
        method = "POST"
        url = "https://eu.api.ovh.com/1.0/sms/acme/jobs"
        json = { message = "{{text}}", receivers = ["{{to}}"] }
        [auth.hash]
        algorithm = "sha1"
        sign = "{{secret}}+{{consumer}}+{{method}}+{{url}}+{{body}}+{{timestamp}}"
        headers = { X-Ovh-Timestamp = "{{timestamp}}", X-Ovh-Signature = "$1${{signature}}" }
        "#,
    );
    let sent = sent(&gateway);
    assert_eq!(sent.body, vectors()["ovh"]["body"]);
    check(&sent, "ovh", &["X-Ovh-Signature"]);
}

#[test]
fn sdk_of_vonage() {
    for method in ["sha1", "sha256", "sha512"] {
        let gateway = gateway(
            &[("secret", "secret")],
            NOW,
            &format!(
                r#"
                [request]
                method = "POST"
                url = "https://rest.nexmo.com/sms/json"
                form = {{ from = "A&B=C", to = "{{{{to|plain}}}}", text = "{{{{text}}}}", timestamp = "{{{{now|epoch}}}}" }}
                [auth.hmac]
                algorithm = "{method}"
                key = "{{{{secret}}}}"
                sign = "{{{{sorted_fields}}}}"
                form = {{ sig = "{{{{signature}}}}" }}
                "#
            ),
        );
        let expected = vectors()["vonage"][method].as_str().unwrap().to_owned();
        let body = sent(&gateway).body;
        assert!(body.ends_with(&format!("&sig={expected}")), "{method}: {body}");
    }
}
