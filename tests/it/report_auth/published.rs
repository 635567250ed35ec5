//! Requests and signatures that the vendors publish.

use otpost::gateway::{
    HashAlgorithm, JwtAlgorithm, ReportAuth, ReportJwt, ReportPlace, ReportSignature,
};
use otpost::report::{ReportRejection, ReportVerifier};

use super::signed::sha256_hex;
use super::{Request, verifier};

/// twilio-python, `test_request_validator.py`.
#[test]
fn twilio_form() {
    let fields = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
        ("Caller", "+14158675309"),
    ];
    let request = Request::form("https://mycompany.com/myapp.php?foo=1&bar=2", &fields);
    let signed = |signature| request.clone().with("X-Twilio-Signature", signature);
    let verifier = verifier("twilio");
    signed("RSOYDt4T1cUTdK1PDd93/VVr8B8=").accepted(&verifier);
    // With the settings header, the same request has another signature, made with twilio-python 9.13.0.
    let settings = "key=SK1,algorithm=HMAC_SHA256";
    let sha256 = signed("033hgUJA9M/hXIZsYjwkerEP/DBm35nEri5FhCYjA5s=");
    sha256.rejected(&verifier, ReportRejection::Signature);
    let sha256 = sha256.with("X-Twilio-Webhooks-Signature-Settings", settings);
    sha256.accepted(&verifier);
    let sha1 = signed("RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    sha1.with("X-Twilio-Webhooks-Signature-Settings", settings)
        .rejected(&verifier, ReportRejection::Signature);
}

/// The same file: a JSON body whose hash is in the URL.
#[test]
fn twilio_json() {
    let body = "{\"property\": \"value\", \"boolean\": true}";
    let hash = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    assert_eq!(sha256_hex(body), hash);
    let url = format!("https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256={hash}");
    let signed =
        |body| Request::json(&url, body).with("X-Twilio-Signature", "a9nBmqA0ju/hNViExpshrM61xv4=");
    assert!(signed(body).accepted(&verifier("twilio")).is_body_signed());
    for other in ["{\"property\": \"value\", \"boolean\": false}", "{}", " "] {
        assert!(signed(other).verify(&verifier("twilio")).is_err(), "{other}");
    }
}

/// vonage-python-sdk, `http_client/tests/test_auth.py`.
#[test]
fn vonage_sms() {
    let sig = "280c4320703dbc98bfa22db676655ed2acfbfe8792b062ff7622e67f1183c287";
    let query = format!("timestamp=1234567890&param2=value2&sig={sig}&param1=value1");
    let request = Request::new("GET", &format!("https://app.example/reports?{query}"), b"");
    request.clone().at(1_234_567_890).accepted(&verifier("vonage_sms"));
    request.rejected(&verifier("vonage_sms"), ReportRejection::Time);
}

/// vonage-python-sdk, `jwt/tests/test_verify_jwt.py`: a token that belongs to no body.
#[test]
fn vonage_token() {
    let token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJPbmxpbmUgSldUIEJ1aWxkZXIiLCJpYXQiOjE2OTc2MzQ2ODAsImV4cCI6MzMyNTQ1NDA4MjgsImF1ZCI6IiIsInN1YiI6IiJ9.88vJc3I2HhuqEDixHXVhc9R30tA6U_HQHZTC29y6CGM";
    let request = Request::json("https://app.example/reports", "{}")
        .with("Authorization", format!("Bearer {token}"));
    let jwt = ReportJwt::new("Authorization", JwtAlgorithm::Hs256, "{{signature_secret}}");
    let auth = ReportAuth::jwt(jwt.with_prefix("Bearer "));
    let key = "qwertyuiopasdfghjklzxcvbnm123456";
    let unbound = ReportVerifier::new(&auth, [("signature_secret", key)]).unwrap();
    assert!(!request.accepted(&unbound).is_body_signed());
    request.rejected(&verifier("vonage_messages"), ReportRejection::Claim);
}

/// plivo-python, `tests/resources/test_signature.py`.
#[test]
fn plivo_v2() {
    Request::new("POST", "https://answer.url", b"")
        .with("X-Plivo-Signature-V2", "ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc=")
        .with("X-Plivo-Signature-V2-Nonce", "12345")
        .accepted(&verifier("plivo_v2"));
}

/// sinch-sdk-node, `callbacks-webhook.test.ts`.
#[test]
fn sinch() {
    let body = "{\"at\":\"2025-01-13T09:22:40.914Z\",\"batch_id\":\"01JHFFHQ0P99JPPNQPJDV7JTBP\",\"client_reference\":\"a client reference\",\"code\":0,\"operator_status_at\":\"2025-01-13T09:22:00Z\",\"recipient\":\"33662162466\",\"status\":\"Delivered\",\"type\":\"recipient_delivery_report_sms\"}";
    Request::json("https://app.example/reports", body)
        .with("x-sinch-webhook-signature", "ZoHei66PPN/kZjw7hFVfGhJOnml3iGNCMWoyQVcE5o0=")
        .with("x-sinch-webhook-signature-nonce", "01JHFFHWYY7HSS4FWTMDTQEK8V")
        .with("x-sinch-webhook-signature-timestamp", "1736760161")
        .with("x-sinch-webhook-signature-algorithm", "HmacSHA256")
        .at(1_736_760_161)
        .accepted(&verifier("sinch"));
}

/// Test cases 1 and 2 of RFC 2202 and RFC 4231, with the body as the text.
#[test]
fn hmac() {
    let check = |algorithm, body: &str, key: &str, expected: &str| {
        let signature = ReportSignature::new(ReportPlace::header("X-Signature"), "{{body}}")
            .with_key("{{key}}")
            .with_algorithm(algorithm);
        let verifier = ReportVerifier::new(&ReportAuth::hmac(signature), [("key", key)]).unwrap();
        let request = Request::new("POST", "https://app.example", body.as_bytes());
        request.clone().with("X-Signature", expected).accepted(&verifier);
        request.with("X-Signature", expected.to_uppercase()).accepted(&verifier);
    };
    let (body, key) = ("what do ya want for nothing?", "Jefe");
    check(HashAlgorithm::Md5, body, key, "750c783e6ab0b503eaa86e310a5db738");
    check(HashAlgorithm::Sha1, body, key, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    let sha256 = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    check(HashAlgorithm::Sha256, body, key, sha256);
    let sha512 = "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737";
    check(HashAlgorithm::Sha512, body, key, sha512);
}
