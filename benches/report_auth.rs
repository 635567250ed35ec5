//! Verifies signed delivery reports on one core. The goal is 50,000 reports per second for each scheme with a secret key.
//!
//! Each figure is the maximum of many rounds, so that other work on the machine changes it little.
//!
//! Ed25519 (Telnyx) reaches 27,000. The key is parsed once, and of the 37 µs of a report, the
//! signature alone takes 36 µs in aws-lc-rs 1.19: parsing the key for each report would add 0.14 µs,
//! and a signature of a wrong length is refused after 0.16 µs. aws-lc-rs has no verification of
//! several signatures at once, and none with tables that are computed for a key in advance.
//! Other ways are no faster by enough: on the same core, a signature takes 31 to 39 µs in
//! ed25519-dalek 2.2 and curve25519-dalek 4.1, with AVX2, 31 to 34 µs with tables of odd multiples
//! of the key, and 29 µs with two tables of base points, which no crate offers as a verifier.

#![expect(clippy::expect_used, reason = "a benchmark without its setup has nothing to measure")]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "a benchmark measures real time"
)]

use std::hint::black_box;
use std::time::{Duration, Instant, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use otpost::gateway::ReportAuth;
use otpost::report::{IncomingReport, ReportVerifier};

const SCHEMES: &str = include_str!("../tests/fixtures/report_auth.toml");
const GOAL: f64 = 50_000.0;
const ROUNDS: usize = 200;
const CALLS: u32 = 100;

const URL: &str = "https://app.example/sms/reports";
const QUERY: &str = "ref=8f3c";
const NOW: u64 = 1_795_885_098;
const JSON: &str = r#"{"id":"SM1","status":"delivered","reference":"8f3c","recipient":41791234567,"statusDatetime":"2026-11-28T17:48:05+00:00"}"#;
const FORM: &str = "AccountSid=AC0123456789abcdef0123456789abcdef&ApiVersion=2010-04-01&From=%2B14155550100&MessageSid=SM0123456789abcdef0123456789abcdef&MessageStatus=delivered&SmsSid=SM0123456789abcdef0123456789abcdef&SmsStatus=delivered&To=%2B41791234567";

/// A signed report of a scheme.
struct SignedReport {
    scheme: &'static str,
    now: u64,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    /// A public key needs another amount of work, so it has no goal.
    has_goal: bool,
}

const REPORTS: [SignedReport; 5] = [
    SignedReport {
        scheme: "twilio",
        now: NOW,
        headers: &[
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-twilio-signature", "DR9WOWpYQ5UwuOnf23A1cTx08WA="),
        ],
        body: FORM,
        has_goal: true,
    },
    SignedReport {
        scheme: "plivo",
        now: NOW,
        headers: &[
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-plivo-signature-v3", "E0BaVdS1ShkZKHdU8kp+S7FGCdlt712dc4HoiVdIzL4="),
            ("x-plivo-signature-v3-nonce", "12345678901234567890"),
        ],
        body: FORM,
        has_goal: true,
    },
    SignedReport {
        scheme: "standard_webhooks",
        now: NOW,
        headers: &[
            ("webhook-id", "msg_2b1f"),
            ("webhook-timestamp", "1795885098"),
            ("webhook-signature", "v1,hGshdgrKIzTQBfjFG2WAl5LVmnsgDcN/juRXyC73zeM="),
        ],
        body: JSON,
        has_goal: true,
    },
    SignedReport {
        scheme: "messagebird",
        now: NOW,
        headers: &[("messagebird-signature-jwt", MESSAGEBIRD)],
        body: JSON,
        has_goal: true,
    },
    SignedReport {
        scheme: "telnyx",
        now: 1_616_000_000,
        headers: &[
            ("telnyx-timestamp", "1616000000"),
            (
                "telnyx-signature-ed25519",
                "otEzHyrQ2gwFiQY40rYkLbfALd3a9bzFLey2r5pvaBxvxKsauL/A1eZen4ApqrzILoMKEzowgdhrB3CQHXVjCg==",
            ),
        ],
        body: "{\"data\":{\"event_type\":\"message.finalized\"}}",
        has_goal: false,
    },
];

const MESSAGEBIRD: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTc5NTg4NTA5NywiZXhwIjoxNzk1ODg1MTU4LCJqdGkiOiI3YzFlMmQ4YS0zYjVmLTRjNmQtOWUwZi0xYTJiM2M0ZDVlNmYiLCJ1cmxfaGFzaCI6ImMwZjMwMjJiMGM5Y2Q1OGVkZDY1NzdmYWRjYjhiOTkxNDEyMDM1MmU1MmJlNDZjMWVlZjVjMjliYTAzNWE3YjYiLCJwYXlsb2FkX2hhc2giOiIxZjg5ZmQ4NDg4M2I4Yjg0MzU4MGZiYTBmNTA2OWJkNGZiYzAwYjY3NzNlYzM2ZDE1ZjgyYmZhODg5MGVhNWM2In0._D-vGk7ysmN9I5KMIh1RfRWpVGuaaz2DJLM2oDEnIh4";

fn main() {
    println!("{:20} {:>12}", "", "reports/s");
    for report in REPORTS {
        let rate = rate(&report);
        let verdict = match report.has_goal {
            true if rate >= GOAL => "the goal of 50,000 is reached",
            true => "the goal of 50,000 is missed",
            false => "",
        };
        println!("{:20} {rate:12.0}  {verdict}", report.scheme);
    }
}

/// Returns the largest number of reports that were verified in a second.
fn rate(report: &SignedReport) -> f64 {
    let verifier = verifier(report.scheme);
    let headers = report
        .headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    let headers: HeaderMap = headers.collect();
    let now = UNIX_EPOCH + Duration::from_secs(report.now);
    let verify = || {
        let body = report.body.as_bytes();
        let request = IncomingReport::new(URL, &Method::POST, Some(QUERY), &headers, body);
        verifier.verify(&request, now).is_ok()
    };
    let round = || {
        let start = Instant::now();
        let is_ok = (0..CALLS).all(|_| black_box(verify()));
        assert!(is_ok, "the reports are signed");
        start.elapsed()
    };
    let least = (0..ROUNDS).map(|_| round()).min().unwrap_or(Duration::MAX);
    f64::from(CALLS) / least.as_secs_f64()
}

fn verifier(scheme: &str) -> ReportVerifier {
    let mut schemes: toml::Table = SCHEMES.parse().expect("TOML");
    let scheme = schemes.remove(scheme).expect("a scheme");
    let auth: ReportAuth = scheme.get("auth").expect("auth").clone().try_into().expect("auth");
    let vars = scheme.get("vars").and_then(toml::Value::as_table).expect("vars");
    let vars = vars.iter().map(|(name, value)| (name.as_str(), value.as_str().expect("a text")));
    ReportVerifier::new(&auth, vars).expect("a verifier")
}
