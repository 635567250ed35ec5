//! Everything that is not exactly what the spec describes is rejected.

use otpost::report::{ReportRejection, ReportVerifier};

use super::signed::{names, signed};
use super::{NOW, Request, parse, schemes, verifier};

/// The headers of a scheme that are signed or compared.
fn required(request: &Request) -> Vec<String> {
    let names = request.headers.iter().map(|(name, _)| name.clone());
    names.filter(|name| name != "Content-Type" && !name.ends_with("algorithm")).collect()
}

#[test]
fn each_header_must_be_there_once() {
    for name in names() {
        let (verifier, request) = (verifier(&name), signed(&name).unwrap());
        for header in required(&request) {
            let missing = request.clone().without(&header);
            assert!(missing.verify(&verifier).is_err(), "{name}: {header}");
            let (_, value) = request.headers.iter().find(|(known, _)| *known == header).unwrap();
            for second in [value.clone(), b"other".to_vec(), Vec::new()] {
                let twice = request.clone().with(&header.to_lowercase(), second);
                twice.rejected(&verifier, ReportRejection::Duplicate);
            }
            let empty = request.clone().without(&header).with(&header, "");
            assert!(empty.verify(&verifier).is_err(), "{name}: {header}");
        }
    }
}

#[test]
fn a_request_without_anything_is_rejected() {
    for name in names() {
        let request = Request::new("GET", "https://app.example/sms/reports", b"");
        request.rejected(&verifier(&name), ReportRejection::Missing);
    }
}

#[test]
fn parameters_and_fields_must_be_there_once() {
    let mut request = signed("vonage_sms").unwrap();
    let query = request.query.clone().unwrap();
    for (added, expected) in [
        ("&sig=00", ReportRejection::Duplicate),
        ("&s%69g=00", ReportRejection::Duplicate),
        ("&timestamp=1", ReportRejection::Signature),
        ("&status=delivered", ReportRejection::Signature),
    ] {
        request.query = Some(format!("{query}{added}"));
        request.rejected(&verifier("vonage_sms"), expected);
    }
    request.query = Some(query.replace("sig=", "sgi="));
    request.rejected(&verifier("vonage_sms"), ReportRejection::Missing);
}

#[test]
fn signatures_have_one_encoding() {
    let request = signed("standard_webhooks").unwrap();
    let (_, value) = request.headers.last().unwrap();
    let value = String::from_utf8(value.clone()).unwrap();
    let signature = value.rsplit_once("v1,").unwrap().1.to_owned();
    let with = |value: &str| {
        let request = request.clone().without("webhook-signature");
        request.with("webhook-signature", value).verify(&verifier("standard_webhooks"))
    };
    assert!(with(&format!("v1,{signature}")).is_ok());
    assert!(with(&format!("v2,x v1,{signature}")).is_ok());
    let hex = data_encoding::BASE64.decode(signature.as_bytes()).unwrap();
    for other in [
        signature.clone(),
        format!("v1,{}", signature.trim_end_matches('=')),
        format!("v1, {signature}"),
        format!("v1,{signature},"),
        format!("v2,{signature}"),
        format!("V1,{signature}"),
        format!("v1,{}", data_encoding::HEXLOWER.encode(&hex)),
        format!("v1,{}", data_encoding::BASE64.encode(&hex[..31])),
        "v1,".to_owned(),
        String::new(),
    ] {
        assert!(with(&other).is_err(), "{other}");
    }
    // 16 signatures are read, and not more.
    assert!(with(&format!("{}v1,{signature}", "v1,AA== ".repeat(15))).is_ok());
    assert!(with(&format!("{}v1,{signature}", "v1,AA== ".repeat(16))).is_err());
}

#[test]
fn times_are_at_most_300_seconds_from_now() {
    let with_time = [
        "messagebird_old",
        "notifyre",
        "seven",
        "sinch",
        "smsgate",
        "standard_webhooks",
        "stripe",
        "telegram",
    ];
    for name in with_time.into_iter().chain(["vonage_sms", "vonage_sms_form", "vonage_sms_md5"]) {
        let (verifier, request) = (verifier(name), signed(name).unwrap());
        for now in [NOW - 300, NOW, NOW + 300] {
            request.clone().at(now).accepted(&verifier);
        }
        for now in [0, NOW - 301, NOW + 301, NOW + 86_400] {
            request.clone().at(now).rejected(&verifier, ReportRejection::Time);
        }
    }
    // Without a time in the scheme, the age is not known.
    signed("twilio").unwrap().at(NOW + 86_400).accepted(&verifier("twilio"));
}

#[test]
fn a_signed_time_is_a_whole_number() {
    use hmac::{Hmac, KeyInit, Mac};

    let check = |unit: &str, time: &str| {
        let auth = format!(
            "auth = {{ hmac = {{ key = \"{{{{key}}}}\", sign = \"{{{{header:x-time}}}}\", header = \"x-sig\", timestamp = {{ header = \"X-Time\", unit = \"{unit}\" }} }} }}"
        );
        let verifier = ReportVerifier::new(&parse(&auth), [("key", "k")]).unwrap();
        let mac = Hmac::<sha2::Sha256>::new_from_slice(b"k").unwrap().chain_update(time);
        let signature = data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes());
        let request = Request::new("GET", "https://app.example", b"").with("x-time", time);
        request.with("x-sig", signature).verify(&verifier).map(|_| ()).err()
    };
    assert_eq!(check("s", &NOW.to_string()), None);
    assert_eq!(check("ms", &format!("{NOW}000")), None);
    assert_eq!(check("ms", &format!("{}999", NOW + 299)), None);
    assert_eq!(check("ms", &format!("{}001", NOW + 300)), Some(ReportRejection::Time));
    assert_eq!(check("ms", &NOW.to_string()), Some(ReportRejection::Time));
    assert_eq!(check("s", &u64::MAX.to_string()), Some(ReportRejection::Time));
    let not_a_number = [format!("+{NOW}"), format!("{NOW}.0"), format!("-{NOW}"), "1e9".to_owned()];
    for text in not_a_number.iter().chain(&[format!("{}0", u64::MAX), "\u{661}".to_owned()]) {
        assert_eq!(check("s", text), Some(ReportRejection::Malformed), "{text}");
    }
}

#[test]
fn an_algorithm_that_the_spec_does_not_list_is_rejected() {
    let settings = "X-Twilio-Webhooks-Signature-Settings";
    for value in ["", "key=SK1", "ALGORITHM=HMAC_SHA256", "algorithm=HMAC_SHA1"] {
        signed("twilio").unwrap().with(settings, value).accepted(&verifier("twilio"));
    }
    for value in ["algorithm=", "algorithm=NONE", "algorithm=hmac_sha256", "key=1,algorithm=MD5"] {
        let request = signed("twilio").unwrap().with(settings, value);
        request.rejected(&verifier("twilio"), ReportRejection::Algorithm);
    }
    let twice = "algorithm=HMAC_SHA256,algorithm=HMAC_SHA1";
    let request = signed("twilio").unwrap().with(settings, twice);
    request.rejected(&verifier("twilio"), ReportRejection::Duplicate);
    let sinch = signed("sinch").unwrap().without("x-sinch-webhook-signature-algorithm");
    sinch.accepted(&verifier("sinch"));
    let sinch = sinch.with("x-sinch-webhook-signature-algorithm", "HmacSHA1");
    sinch.rejected(&verifier("sinch"), ReportRejection::Algorithm);
}

#[test]
fn an_empty_or_missing_secret_accepts_nothing() {
    for (name, scheme) in schemes() {
        if name == "telnyx" && !cfg!(feature = "signatures") {
            continue;
        }
        let empty = scheme.vars.keys().map(|name| (name.clone(), ""));
        let error = ReportVerifier::new(&scheme.auth, empty).unwrap_err();
        assert!(error.to_string().contains("has no value"), "{name}: {error}");
    }
    // One of two schemes is enough, and the other one accepts nothing.
    let infobip = schemes().remove("infobip").unwrap();
    let vars = [("report_token", ""), ("report_username", "user"), ("report_password", "p:ss")];
    let verifier = ReportVerifier::new(&infobip.auth, vars).unwrap();
    let request = |value: &str| {
        let request = Request::new("POST", "https://app.example", b"");
        request.with("Authorization", value).verify(&verifier)
    };
    assert!(request("Basic dXNlcjpwOnNz").is_ok() && request("basic  dXNlcjpwOnNz").is_ok());
    for other in [
        "Bearer ",
        "Bearer",
        "Basic dXNlcjpw",
        "Basic dXNlcjpwOnNzeA==",
        "Basic dXNlcg==",
        "Basic !",
        "Basic",
    ] {
        assert!(request(other).is_err(), "{other}");
    }
}

#[test]
fn without_authentication_everything_is_accepted() {
    let verifier = ReportVerifier::new(&parse("auth = \"none\""), [("", ""); 0]).unwrap();
    let verified = Request::new("GET", "https://app.example", b"x").accepted(&verifier);
    assert!(!verified.is_body_signed() && !verified.is_query_signed());
    assert!(verified.replay_key().is_none() && verified.claims().is_none());
}
