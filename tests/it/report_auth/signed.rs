//! A signed request of each scheme. The signatures are made here, apart from the code that verifies them.

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::{NOW, Request, schemes, verifier};

const URL: &str = "https://app.example/sms/reports?ref=8f3c&a=1%2B2";

macro_rules! mac {
    ($hash:ty, $key:expr, $text:expr) => {{
        let mac = Hmac::<$hash>::new_from_slice($key.as_ref()).unwrap();
        mac.chain_update($text).finalize().into_bytes().to_vec()
    }};
}

pub(super) fn sha256_hex(bytes: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// A token with these claims.
pub(super) fn token(algorithm: &str, key: &str, claims: &Value) -> String {
    let head = json!({ "typ": "JWT", "alg": algorithm }).to_string();
    token_with(&head, &claims.to_string(), key)
}

/// A token with this header, whose algorithm decides how it is signed.
pub(super) fn token_with(head: &str, claims: &str, key: &str) -> String {
    let encode = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
    let signed = format!("{}.{}", encode(head), encode(claims));
    let signature = match head {
        head if head.contains("384") => mac!(Sha384, key, &signed),
        head if head.contains("512") => mac!(Sha512, key, &signed),
        _ => mac!(Sha256, key, &signed),
    };
    format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
}

/// The claims of MessageBird for a request.
pub(super) fn messagebird(request: &Request) -> Value {
    let mut claims = json!({
        "iss": "MessageBird", "nbf": NOW - 1, "exp": NOW + 60, "jti": "7c1e",
        "url_hash": sha256_hex(request.whole_url()),
    });
    if !request.body.is_empty() {
        claims["payload_hash"] = json!(sha256_hex(&request.body));
    }
    claims
}

fn key(scheme: &str) -> String {
    schemes()[scheme].vars.values().next().unwrap().clone()
}

/// A signed request of a scheme, or `None` if its key is not known here.
pub(super) fn signed(scheme: &str) -> Option<Request> {
    let body = r#"{"id":"SM1","status":"delivered","to":"+41791234567"}"#;
    let json = Request::json(URL, body);
    let fields = [("MessageStatus", "delivered"), ("MessageSid", "SM1"), ("To", "+41 79&=")];
    let form = Request::form(URL, &fields);
    let joined = "MessageSidSM1MessageStatusdeliveredTo+41 79&=";
    let now = NOW.to_string();
    let key = key(scheme);
    Some(match scheme {
        "gatewayapi" => json.with("X-Gwapi-Signature", token("HS256", &key, &json!({ "id": 1 }))),
        "infobip" => json.with("Authorization", "Bearer report-token"),
        "messagebird" => {
            let token = token("HS256", &key, &messagebird(&json));
            json.with("MessageBird-Signature-JWT", token)
        }
        "messagebird_old" => {
            let start = format!("{now}\na=1%2B2&ref=8f3c\n");
            let text = [start.as_bytes(), &Sha256::digest(body)].concat();
            let signature = BASE64.encode(&mac!(Sha256, key, &text));
            json.with("MessageBird-Signature", signature).with("MessageBird-Request-Timestamp", now)
        }
        "notifyre" => {
            let signature = HEXLOWER.encode(&mac!(Sha256, key, format!("{now}.{body}")));
            json.with("Notifyre-Signature", format!("t={now},v={signature}"))
        }
        "plivo" => {
            let text = format!("https://app.example/sms/reports?a=1+2&ref=8f3c.{joined}.n0nce");
            let signature = BASE64.encode(&mac!(Sha256, key, &text));
            let other = BASE64.encode(&mac!(Sha256, "older key", &text));
            form.with("X-Plivo-Signature-V3", format!("{other},{signature}"))
                .with("X-Plivo-Signature-V3-Nonce", "n0nce")
        }
        "plivo_v2" => {
            let signature = mac!(Sha256, key, "https://app.example/sms/reportsn0nce");
            form.with("X-Plivo-Signature-V2", BASE64.encode(&signature))
                .with("X-Plivo-Signature-V2-Nonce", "n0nce")
        }
        "seven" => {
            let md5 = HEXLOWER.encode(&Md5::digest(body));
            let text = format!("{now}\nn0nce\nPOST\n{URL}\n{md5}");
            json.with("X-Signature", HEXLOWER.encode(&mac!(Sha256, key, &text)))
                .with("X-Timestamp", now)
                .with("X-Nonce", "n0nce")
        }
        "sinch" => {
            let signature = BASE64.encode(&mac!(Sha256, key, format!("{body}.n0nce.{now}")));
            json.with("x-sinch-webhook-signature", signature)
                .with("x-sinch-webhook-signature-nonce", "n0nce")
                .with("x-sinch-webhook-signature-timestamp", now)
                .with("x-sinch-webhook-signature-algorithm", "HmacSHA256")
        }
        "sinch_verification" => {
            let key = BASE64.decode(key.as_bytes()).unwrap();
            let text =
                "GET\n1B2M2Y8AsgTpgAmY7PhCfg==\n\nx-timestamp:2026-11-28T17:48:05Z\n/sms/reports";
            let signature = BASE64.encode(&mac!(Sha256, key, text));
            Request::new("GET", URL, b"")
                .with("x-timestamp", "2026-11-28T17:48:05Z")
                .with("Authorization", format!("Application app-key:{signature}"))
        }
        "smsgate" => {
            let signature = HEXLOWER.encode(&mac!(Sha256, key, format!("{body}{now}")));
            json.with("X-Signature", signature).with("X-Timestamp", now)
        }
        "standard_webhooks" => {
            let key = BASE64.decode(key.trim_start_matches("whsec_").as_bytes()).unwrap();
            let signature = BASE64.encode(&mac!(Sha256, key, format!("msg_1.{now}.{body}")));
            let other = BASE64.encode(&mac!(Sha256, b"older", body));
            json.with("webhook-id", "msg_1")
                .with("webhook-timestamp", now)
                .with("webhook-signature", format!("v1a,{other} v1,{other} v1,{signature}"))
        }
        "stripe" => {
            let signature = HEXLOWER.encode(&mac!(Sha256, key, format!("{now}.{body}")));
            let other = HEXLOWER.encode(&mac!(Sha256, "older key", format!("{now}.{body}")));
            let value = format!("t={now},v1={other},v1={signature},v0={other}");
            json.with("Stripe-Signature", value)
        }
        "telegram" => {
            let signature = mac!(Sha256, Sha256::digest(&key), format!("{now}\n{body}"));
            json.with("X-Request-Timestamp", now)
                .with("X-Request-Signature", HEXLOWER.encode(&signature))
        }
        "telnyx" => {
            // The vector of the facts, which is signed with the key of RFC 8032.
            let signature = "otEzHyrQ2gwFiQY40rYkLbfALd3a9bzFLey2r5pvaBxvxKsauL/A1eZen4ApqrzILoMKEzowgdhrB3CQHXVjCg==";
            Request::json(URL, "{\"data\":{\"event_type\":\"message.finalized\"}}")
                .with("telnyx-timestamp", "1616000000")
                .with("telnyx-signature-ed25519", signature)
                .at(1_616_000_000)
        }
        "twilio" => {
            let signature = BASE64.encode(&mac!(Sha1, key, format!("{URL}{joined}")));
            form.with("X-Twilio-Signature", signature)
        }
        "vonage_messages" => {
            let claims = json!({ "iat": NOW, "jti": "1", "payload_hash": sha256_hex(body) });
            let token = token("HS256", &key, &claims);
            json.with("Authorization", format!("Bearer {token}"))
        }
        "vonage_sms" => {
            let text = format!("&messageId=1&nonce=n0nce&status=a_b_c&timestamp={now}");
            let signature = HEXLOWER.encode(&mac!(Sha256, key, &text));
            let query =
                format!("timestamp={now}&status=a%26b%3Dc&sig={signature}&nonce=n0nce&messageId=1");
            Request::new("GET", &format!("https://app.example/sms/reports?{query}"), b"")
        }
        "vonage_sms_form" => {
            let text = format!("&messageId=1&nonce=n0nce&status=a_b_c&timestamp={now}");
            let signature = HEXLOWER.encode(&mac!(Sha512, key, &text));
            let fields = [
                ("timestamp", now.as_str()),
                ("status", "a&b=c"),
                ("sig", &signature),
                ("nonce", "n0nce"),
                ("messageId", "1"),
            ];
            Request::form("https://app.example/sms/reports", &fields)
        }
        "vonage_sms_md5" => {
            let md5 = Md5::digest(format!("&a=1&timestamp={now}{key}"));
            let query = format!("a=1&timestamp={now}&sig={}", HEXLOWER.encode(&md5));
            Request::new("GET", &format!("https://app.example/sms/reports?{query}"), b"")
        }
        "whatsapp" => {
            let signature = HEXLOWER.encode(&mac!(Sha256, key, body));
            json.with("X-Hub-Signature-256", format!("sha256={signature}"))
        }
        _ => return None,
    })
}

/// The names of all schemes that this build supports.
pub(super) fn names() -> Vec<String> {
    let names = schemes().into_keys();
    names.filter(|name| cfg!(feature = "signatures") || name != "telnyx").collect()
}

#[test]
fn a_signed_request_of_each_scheme_is_accepted() {
    for name in names() {
        let request = signed(&name).unwrap_or_else(|| panic!("{name} has no request"));
        let verified =
            request.verify(&verifier(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let again = request.accepted(&verifier(&name));
        assert_eq!(verified.replay_key(), again.replay_key(), "{name}");
        let is_constant = name == "infobip";
        assert_eq!(verified.replay_key().is_none(), is_constant, "{name}");
        let is_length = |key: &str| (32..=128).contains(&key.len());
        assert!(verified.replay_key().is_none_or(is_length), "{name}");
        // Plivo's second version signs neither the fields nor the query.
        assert_eq!(verified.is_body_signed(), !is_constant && name != "plivo_v2", "{name}");
        let with_query = ["messagebird", "messagebird_old", "plivo", "seven", "twilio"];
        let with_query = with_query.contains(&name.as_str()) || name.starts_with("vonage_sms");
        assert_eq!(verified.is_query_signed(), with_query, "{name}");
        assert_eq!(verified.claims().is_some(), name == "gatewayapi", "{name}");
    }
}

#[test]
fn the_claims_of_a_token_can_be_the_report() {
    let verified = signed("gatewayapi").unwrap().accepted(&verifier("gatewayapi"));
    assert_eq!(verified.claims(), Some(br#"{"id":1}"#.as_slice()));
}
