//! Whatever is signed cannot be changed by a single bit.

use otpost::report::ReportVerifier;

use super::signed::{names, signed};
use super::{Request, verifier};

/// The parts of a request that a scheme does not sign.
fn unsigned(scheme: &str, part: &str) -> bool {
    match part.to_ascii_lowercase().as_str() {
        "body" => ["es384", "gatewayapi", "infobip", "plivo_v2", "rs384"].contains(&scheme),
        "query" => {
            let signed = ["messagebird", "messagebird_old", "plivo", "seven", "twilio"];
            !signed.contains(&scheme) && !scheme.starts_with("vonage_sms")
        }
        // The type of a form is compared without regard to case.
        "content-type" => scheme != "sinch_verification",
        // They contain a second signature, of another key.
        "stripe-signature" | "webhook-signature" | "x-plivo-signature-v3" => true,
        _ => false,
    }
}

/// Each request that differs by one bit and that HTTP can carry.
fn mutations(scheme: &str, request: &Request) -> Vec<(String, Request)> {
    let mut all = Vec::new();
    let mut flip = |part: &str, bytes: &[u8], set: &dyn Fn(&mut Request, Vec<u8>) -> bool| {
        if unsigned(scheme, part) {
            return;
        }
        for at in 0..bytes.len() * 8 {
            let mut bytes = bytes.to_vec();
            bytes[at / 8] ^= 1 << (at % 8);
            let mut other = request.clone();
            if set(&mut other, bytes) {
                all.push((format!("{scheme}: bit {at} of {part}"), other));
            }
        }
    };
    flip("body", &request.body, &|other, bytes| {
        other.body = bytes;
        true
    });
    let query = request.query.clone().unwrap_or_default();
    flip("query", query.as_bytes(), &|other, bytes| {
        let text = String::from_utf8(bytes).ok();
        other.query = text.filter(|text| text.bytes().all(|b| b.is_ascii_graphic() && b != b'#'));
        other.query.is_some()
    });
    for (place, (name, value)) in request.headers.iter().enumerate() {
        flip(name, value, &|other, bytes| {
            let is_legal = http::HeaderValue::from_bytes(&bytes).is_ok();
            other.headers[place].1 = bytes;
            is_legal
        });
    }
    all
}

/// Changes that keep the meaning: hexadecimal digits in upper case, another encoding of the same
/// field, and `Basic` in another case.
fn is_same(request: &Request, other: &Request) -> bool {
    let lower = |request: &Request| {
        let mut request = request.clone();
        request.body.make_ascii_lowercase();
        let headers = request.headers.iter_mut();
        headers.for_each(|(_, value)| value.make_ascii_lowercase());
        request.query = request.query.map(|query| query.to_ascii_lowercase());
        (request.body, request.headers, request.query)
    };
    lower(request) == lower(other)
}

/// Returns the number of requests that differ by one bit, and those that are accepted, which mean
/// the same.
pub(super) fn accepted(
    verifier: &ReportVerifier,
    request: &Request,
    scheme: &str,
) -> (usize, Vec<String>) {
    let mutations = mutations(scheme, request);
    let count = mutations.len();
    let accepted = mutations.into_iter().filter(|(_, other)| other.verify(verifier).is_ok());
    let accepted: Vec<_> = accepted.collect();
    let replay = |request: &Request| {
        let verified = request.accepted(verifier);
        verified.replay_key().map(str::to_owned)
    };
    for (what, other) in &accepted {
        // The value by which a replay is known does not change with the case of a digit.
        assert!(is_same(request, other), "{what}");
        assert_eq!(replay(other), replay(request), "{what}");
    }
    (count, accepted.into_iter().map(|(what, _)| what).collect())
}

#[test]
fn no_bit_can_be_changed() {
    let mut all = 0;
    for name in names() {
        let request = signed(&name).unwrap();
        let (count, accepted) = accepted(&verifier(&name), &request, &name);
        assert!(count > 100, "{name}: {count}");
        // Letters of hexadecimal digits, and no more.
        assert!(accepted.len() < 200, "{accepted:?}");
        all += count;
    }
    assert!(all > 15_000, "{all}");
}
