//! Signatures that are items of the list in one header: `t=1614265330,v1=5257a869`.

use otpost::report::ReportRejection;

use super::signed::signed;
use super::{NOW, Request, verifier};

const BODY: &str = r#"{"id":"SM1","status":"delivered","to":"+41791234567"}"#;
/// Made with notifyre-nodejs-sdk 1.10.0, for the time `NOW`.
const PUBLISHED: &str = "d87cd70ef8eebc9c0f4c75501c70ee5b29b5963907fee8b89e5a78bf6e27aebe";

fn notifyre(value: &str) -> Request {
    let request = Request::json("https://app.example/sms/reports", BODY);
    request.with("Notifyre-Signature", value)
}

#[test]
fn a_signature_of_the_vendor_is_accepted() {
    let verifier = verifier("notifyre");
    let value = format!("t={NOW},v={PUBLISHED}");
    let verified = notifyre(&value).accepted(&verifier);
    assert!(verified.is_body_signed());
    // The order and the separator do not matter, and other items are ignored.
    for other in [
        format!("v={PUBLISHED},t={NOW}"),
        format!("t={NOW}, v={PUBLISHED}"),
        format!("t={NOW};v={PUBLISHED}"),
        format!("x,t={NOW},tt=1,v0=ab,v={PUBLISHED},=,"),
    ] {
        let replay = notifyre(&other).accepted(&verifier).replay_key().map(str::to_owned);
        assert_eq!(replay.as_deref(), verified.replay_key(), "{other}");
    }
}

#[test]
fn the_time_of_a_list_has_a_window() {
    let verifier = verifier("notifyre");
    let request = notifyre(&format!("t={NOW},v={PUBLISHED}"));
    for now in [NOW - 300, NOW + 300] {
        request.clone().at(now).accepted(&verifier);
    }
    for now in [NOW - 301, NOW + 301] {
        request.clone().at(now).rejected(&verifier, ReportRejection::Time);
    }
    // The time is signed.
    let later = notifyre(&format!("t={},v={PUBLISHED}", NOW + 1));
    later.rejected(&verifier, ReportRejection::Signature);
}

#[test]
fn incomplete_lists_are_rejected() {
    let verifier = verifier("notifyre");
    for (value, expected) in [
        (format!("v={PUBLISHED}"), ReportRejection::Missing),
        (format!("t={NOW}"), ReportRejection::Missing),
        (format!("T={NOW},V={PUBLISHED}"), ReportRejection::Missing),
        (String::new(), ReportRejection::Missing),
        // Another reader could take the other time.
        (format!("t={NOW},v={PUBLISHED},t={NOW}"), ReportRejection::Duplicate),
        (format!("t={NOW},v="), ReportRejection::Malformed),
        (format!("t={NOW},v={}", "zz"), ReportRejection::Malformed),
        (format!("t={NOW},v={}", &PUBLISHED[2..]), ReportRejection::Signature),
        (format!("t= {NOW},v={PUBLISHED}"), ReportRejection::Signature),
    ] {
        notifyre(&value).rejected(&verifier, expected);
    }
    let twice = notifyre(&format!("t={NOW},v={PUBLISHED}"));
    let twice = twice.with("Notifyre-Signature", format!("t={NOW},v={PUBLISHED}"));
    twice.rejected(&verifier, ReportRejection::Duplicate);
}

#[test]
fn one_of_several_signatures_is_enough() {
    let verifier = verifier("stripe");
    let request = signed("stripe").unwrap();
    request.accepted(&verifier);
    let value = String::from_utf8(request.headers[1].1.clone()).unwrap();
    let with =
        |value: String| request.clone().without("Stripe-Signature").with("Stripe-Signature", value);
    // The valid one is the second of `v1`. Without it, or under another name, nothing is valid.
    let items: Vec<_> = value.split(',').collect();
    let other = [items[0], items[1], items[3]].join(",");
    with(other).rejected(&verifier, ReportRejection::Signature);
    let renamed = [items[0], items[1], &items[2].replace("v1=", "v0=")].join(",");
    with(renamed).rejected(&verifier, ReportRejection::Signature);
    let only = [items[0], items[2]].join(",");
    with(only).accepted(&verifier);
    // So many signatures are an attempt to make the receiver compute.
    let many = format!("{},{}", items[0], [items[2]; 17].join(","));
    with(many).rejected(&verifier, ReportRejection::Malformed);
}
