//! Values that are moved between the parts of a request, so that the signed text stays the same.

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use otpost::report::ReportRejection;
use sha2::Sha256;

use super::signed::signed;
use super::{Request, verifier};

/// Plivo joins the sorted query and the fields with a dot.
const FORGED: &str = "https://app.example/sms/reports?a=1%2B2&ref=8f3c.MessageSidSM1MessageStatusdeliveredTo%2B41%2079%26=";

/// A verifier that tries each of Plivo's texts for each request, as a list of alternatives suggests.
fn is_accepted_naively(request: &Request) -> bool {
    let header = |name: &str| {
        let found = request.headers.iter().find(|(known, _)| known == name).unwrap();
        String::from_utf8(found.1.clone()).unwrap()
    };
    let query = request.query.clone().unwrap_or_default();
    let joined = |text: &[u8], between: &str, after: &str| {
        let mut pairs: Vec<_> = form_urlencoded::parse(text).into_owned().collect();
        pairs.sort();
        let pairs = pairs.iter().map(|(name, value)| format!("{name}{between}{value}"));
        pairs.collect::<Vec<_>>().join(after)
    };
    let (query, fields) = (joined(query.as_bytes(), "=", "&"), joined(&request.body, "", ""));
    let (url, nonce) = (&request.url, header("X-Plivo-Signature-V3-Nonce"));
    let texts = [
        format!("{url}?{query}.{fields}.{nonce}"),
        format!("{url}?{fields}.{nonce}"),
        format!("{url}?{query}.{nonce}"),
        format!("{url}.{nonce}"),
    ];
    texts.iter().any(|text| {
        let mac = Hmac::<Sha256>::new_from_slice(b"my_auth_token").unwrap();
        let mac = BASE64.encode(&mac.chain_update(text).finalize().into_bytes());
        header("X-Plivo-Signature-V3").split(',').any(|signature| signature == mac)
    })
}

#[test]
fn signed_fields_cannot_become_a_query_beside_other_fields() {
    let genuine = signed("plivo").unwrap();
    assert!(is_accepted_naively(&genuine));
    genuine.accepted(&verifier("plivo"));
    let mut forged =
        Request::form(FORGED, &[("MessageSid", "SM2"), ("MessageStatus", "delivered")]);
    forged.headers.extend(genuine.headers.clone().into_iter().skip(1));
    assert!(is_accepted_naively(&forged), "the attack works against a naive verifier");
    forged.rejected(&verifier("plivo"), ReportRejection::Signature);
}

#[test]
fn a_body_beside_the_form_is_rejected() {
    // The text of Twilio would be the URL alone, for which a captured signature may exist.
    let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
    let mac = Hmac::<sha1::Sha1>::new_from_slice(b"12345").unwrap();
    let mac = BASE64.encode(&mac.chain_update(url).finalize().into_bytes());
    let verifier = verifier("twilio");
    Request::new("GET", url, b"").with("X-Twilio-Signature", &mac).accepted(&verifier);
    let fields = "MessageSid=SM2&MessageStatus=delivered";
    for kind in ["application/json", "multipart/form-data; boundary=x", "text/plain", ""] {
        let request = Request::new("POST", url, fields.as_bytes());
        let request = request.with("X-Twilio-Signature", &mac).with("Content-Type", kind);
        assert!(request.verify(&verifier).is_err(), "{kind}");
    }
    let request = Request::new("POST", url, fields.as_bytes()).with("X-Twilio-Signature", &mac);
    assert!(request.verify(&verifier).is_err());
}

#[test]
fn a_repeated_field_is_signed_once() {
    let mut request = signed("twilio").unwrap();
    request.body.extend_from_slice(b"&MessageSid=SM1");
    request.accepted(&verifier("twilio"));
    request.body.extend_from_slice(b"&MessageSid=SM2");
    request.rejected(&verifier("twilio"), ReportRejection::Signature);
}

#[test]
fn a_body_beside_a_signed_query_is_rejected() {
    let verifier = verifier("vonage_sms");
    let genuine = signed("vonage_sms").unwrap();
    genuine.accepted(&verifier);
    let mut forged = Request::form("https://app.example", &[("status", "delivered")]);
    (forged.url, forged.query) = (genuine.url, genuine.query);
    forged.rejected(&verifier, ReportRejection::Malformed);
}
