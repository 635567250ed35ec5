//! The stable words of enums: what `as_str` returns, `FromStr` reads and a spec holds are the same.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use otpost::challenge::{ChallengeErrorKind, EventKind, RefusedReason, Step};
use otpost::gateway::{
    Charset, Evidence, GatewayKind, GatewaySpec, JwtAlgorithm, Lint, MacAlgorithm, MacEncoding,
    Method, Outcome, ReportBody, SignatureEncoding, TimestampUnit,
};
use otpost::message::{EmbeddedStyle, Encoding, SenderKind};
use otpost::phone::{ReportMeaning, SenderRule};
use otpost::provider::{CircuitBreakerState, Duplicates, Fate, ReportStatus, SendErrorKind, Stage};
use otpost::report::{ReportErrorKind, ReportRejection};
use otpost::store::{GoneReason, StoreErrorKind};
use otpost::words::UnknownWordError;

const SENTINEL: &str = "k7Jq2-sentinel";

/// An enum with words.
trait Words: Copy + Debug + Display + PartialEq + FromStr<Err = UnknownWordError> {
    fn word(self) -> &'static str;
}

macro_rules! have_words {
    ($($type:ty),*) => {$(
        impl Words for $type {
            fn word(self) -> &'static str {
                self.as_str()
            }
        }
    )*};
}

have_words!(
    ChallengeErrorKind,
    Charset,
    CircuitBreakerState,
    Duplicates,
    EmbeddedStyle,
    Encoding,
    Evidence,
    Fate,
    GatewayKind,
    GoneReason,
    JwtAlgorithm,
    Lint,
    MacAlgorithm,
    MacEncoding,
    Method,
    Outcome,
    RefusedReason,
    ReportBody,
    ReportErrorKind,
    ReportMeaning,
    ReportRejection,
    ReportStatus,
    SendErrorKind,
    SenderKind,
    SenderRule,
    SignatureEncoding,
    Stage,
    Step,
    StoreErrorKind,
    TimestampUnit
);
#[cfg(feature = "phone")]
have_words!(otpost::phone::NumberKind);

/// The words are all there are, read back, and no other text is one of them.
#[track_caller]
fn check<T: Words>(expected: &[(T, &str)]) {
    let words: Vec<_> = expected.iter().map(|(_, word)| *word).collect();
    for (value, word) in expected {
        assert_eq!(value.word(), *word);
        assert_eq!(word.parse::<T>().as_ref(), Ok(value));
        for other in [word.to_uppercase(), format!("{word} "), format!("{value:?}")] {
            assert!(words.contains(&other.as_str()) || other.parse::<T>().is_err(), "{other}");
        }
    }
    let error = SENTINEL.parse::<T>().unwrap_err();
    assert_eq!(error.accepted(), words);
    let shown = format!("{error} {error:?}");
    assert!(words.iter().all(|word| shown.contains(word)), "{shown}");
    assert!(!shown.contains(SENTINEL), "{shown}");
}

/// And `Display` prints them.
#[track_caller]
fn check_displayed<T: Words>(expected: &[(T, &str)]) {
    check(expected);
    for (value, word) in expected {
        assert_eq!(value.to_string(), *word);
    }
}

#[test]
fn words_of_errors_are_stable_and_their_display_is_a_sentence() {
    use SendErrorKind as S;
    check(&[
        (S::Blocked, "blocked"),
        (S::Content, "content"),
        (S::InvalidRecipient, "invalid_recipient"),
        (S::Misconfigured, "misconfigured"),
        (S::NoCredit, "no_credit"),
        (S::Regulatory, "regulatory"),
        (S::Throttled, "throttled"),
        (S::Transport, "transport"),
        (S::Unauthorized, "unauthorized"),
        (S::Unavailable, "unavailable"),
        (S::Unknown, "unknown"),
    ]);
    check(&[
        (ReportRejection::Algorithm, "algorithm"),
        (ReportRejection::Claim, "claim"),
        (ReportRejection::Duplicate, "duplicate"),
        (ReportRejection::Malformed, "malformed"),
        (ReportRejection::Missing, "missing"),
        (ReportRejection::Signature, "signature"),
        (ReportRejection::Time, "time"),
    ]);
    check(&[(Fate::NotSent, "not_sent"), (Fate::Refused, "refused"), (Fate::Unknown, "unknown")]);
    check(&[
        (ReportErrorKind::Body, "body"),
        (ReportErrorKind::Method, "method"),
        (ReportErrorKind::NotAuthentic, "not_authentic"),
        (ReportErrorKind::TooLarge, "too_large"),
    ]);
    check_displayed(&[
        (ReportStatus::Delivered, "delivered"),
        (ReportStatus::Expired, "expired"),
        (ReportStatus::Pending, "pending"),
        (ReportStatus::Rejected, "rejected"),
        (ReportStatus::Undeliverable, "undeliverable"),
        (ReportStatus::Unknown, "unknown"),
    ]);
    check_displayed(&[
        (ReportBody::Form, "form"),
        (ReportBody::Json, "json"),
        (ReportBody::None, "none"),
        (ReportBody::Xml, "xml"),
    ]);
    check(&[
        (StoreErrorKind::Corrupt, "corrupt"),
        (StoreErrorKind::Full, "full"),
        (StoreErrorKind::Unavailable, "unavailable"),
    ]);
    use ChallengeErrorKind as C;
    check(&[
        (C::Binding, "binding"),
        (C::Contested, "contested"),
        (C::Cooldown, "cooldown"),
        (C::Gone, "gone"),
        (C::Limited, "limited"),
        (C::Locked, "locked"),
        (C::Message, "message"),
        (C::Quota, "quota"),
        (C::Random, "random"),
        (C::Region, "region"),
        (C::Send, "send"),
        (C::Unavailable, "unavailable"),
        (C::Unconfirmed, "unconfirmed"),
    ]);
    for sentence in [
        S::NoCredit.to_string(),
        Fate::NotSent.to_string(),
        StoreErrorKind::Full.to_string(),
        C::Cooldown.to_string(),
    ] {
        assert!(sentence.contains(' '), "{sentence}");
    }
}

#[test]
fn words_of_reasons_and_states_are_stable() {
    check_displayed(&[
        (GoneReason::Absent, "absent"),
        (GoneReason::Exhausted, "exhausted"),
        (GoneReason::Revoked, "revoked"),
        (GoneReason::Used, "used"),
    ]);
    check_displayed(&[
        (RefusedReason::Application, "application"),
        (RefusedReason::Binding, "binding"),
        (RefusedReason::Client, "client"),
        (RefusedReason::ClientAndRecipient, "client_and_recipient"),
        (RefusedReason::Cooldown, "cooldown"),
        (RefusedReason::Daily, "daily"),
        (RefusedReason::Locked, "locked"),
        (RefusedReason::Quota, "quota"),
        (RefusedReason::Range, "range"),
        (RefusedReason::Region, "region"),
        (RefusedReason::RegionLimit, "region_limit"),
        (RefusedReason::Total, "total"),
        (RefusedReason::Unconfirmed, "unconfirmed"),
    ]);
    check_displayed(&[
        (Step::Decoy, "decoy"),
        (Step::Dropped, "dropped"),
        (Step::Expired, "expired"),
        (Step::Idle, "idle"),
        (Step::Postponed, "postponed"),
        (Step::Sent, "sent"),
    ]);
    check_displayed(&[
        (CircuitBreakerState::Closed, "closed"),
        (CircuitBreakerState::HalfOpen, "half_open"),
        (CircuitBreakerState::Open, "open"),
    ]);
    check_displayed(&[(Duplicates::Avoid, "avoid"), (Duplicates::Tolerate, "tolerate")]);
    check_displayed(&[
        (Stage::Config, "config"),
        (Stage::Dns, "dns"),
        (Stage::Bind, "bind"),
        (Stage::Proxy, "proxy"),
        (Stage::Tcp, "tcp"),
        (Stage::Tls, "tls"),
        (Stage::Connect, "connect"),
        (Stage::Request, "request"),
        (Stage::Headers, "headers"),
        (Stage::Body, "body"),
    ]);
    for (event, name) in [
        (EventKind::Accepted, "accepted"),
        (EventKind::Gone(GoneReason::Used), "gone"),
        (EventKind::Refused(RefusedReason::Quota), "refused"),
        (EventKind::StoreFailed(StoreErrorKind::Full), "store_failed"),
    ] {
        assert_eq!((event.name(), event.to_string().as_str()), (name, name));
    }
}

#[test]
fn words_of_messages_are_stable() {
    check_displayed(&[(Encoding::Gsm7, "gsm7"), (Encoding::Ucs2, "ucs2")]);
    check_displayed(&[
        (SenderKind::Alphanumeric, "alphanumeric"),
        (SenderKind::Number, "number"),
        (SenderKind::Pool, "pool"),
        (SenderKind::ShortCode, "short_code"),
    ]);
    check_displayed(&[
        (SenderRule::Accepted, "accepted"),
        (SenderRule::Local, "local"),
        (SenderRule::Refused, "refused"),
        (SenderRule::Registered, "registered"),
        (SenderRule::Replaced, "replaced"),
        (SenderRule::Unknown, "unknown"),
    ]);
    check_displayed(&[
        (ReportMeaning::Carrier, "carrier"),
        (ReportMeaning::Handset, "handset"),
        (ReportMeaning::None, "none"),
        (ReportMeaning::Unknown, "unknown"),
    ]);
    check_displayed(&[(EmbeddedStyle::At, "at"), (EmbeddedStyle::Percent, "percent")]);
}

#[cfg(feature = "phone")]
#[test]
fn words_of_numbers_are_stable() {
    use otpost::phone::NumberKind as K;
    check(&[
        (K::FixedLine, "fixed_line"),
        (K::FixedLineOrMobile, "fixed_line_or_mobile"),
        (K::Mobile, "mobile"),
        (K::Pager, "pager"),
        (K::Personal, "personal"),
        (K::PremiumRate, "premium_rate"),
        (K::SharedCost, "shared_cost"),
        (K::TollFree, "toll_free"),
        (K::Uan, "uan"),
        (K::Voicemail, "voicemail"),
        (K::Voip, "voip"),
    ]);
}

/// A spec with these words.
fn spec(method: &str, charset: &str, algorithm: &str, encoding: &str, lint: &str) -> String {
    format!(
        r#"
        spec = 1
        id = "acme"
        name = "Acme"
        allow = ["{lint}"]
        [request]
        method = "{method}"
        url = "https://acme.example/"
        charset = "{charset}"
        query = {{ to = "{{{{to}}}}", text = "{{{{text}}}}" }}
        [auth]
        hmac = {{ key = "{{{{key}}}}", sign = "{{{{body}}}}", algorithm = "{algorithm}", signature = "{encoding}", headers = {{ S = "{{{{signature}}}}" }} }}
        [vars]
        key = {{ secret = true }}
        [[response]]
        when = {{ status = 200 }}
        then = {{ outcome = "accepted" }}
        "#
    )
}

#[test]
fn words_of_tokens_are_those_of_rfc_7518() {
    check_displayed(&[
        (JwtAlgorithm::EdDsa, "EdDSA"),
        (JwtAlgorithm::Es256, "ES256"),
        (JwtAlgorithm::Es384, "ES384"),
        (JwtAlgorithm::Hs256, "HS256"),
        (JwtAlgorithm::Hs384, "HS384"),
        (JwtAlgorithm::Hs512, "HS512"),
        (JwtAlgorithm::Rs256, "RS256"),
        (JwtAlgorithm::Rs384, "RS384"),
        (JwtAlgorithm::Rs512, "RS512"),
    ]);
}

#[test]
fn words_of_specs_are_those_of_toml() {
    let methods = [
        (Method::Delete, "DELETE"),
        (Method::Get, "GET"),
        (Method::Post, "POST"),
        (Method::Put, "PUT"),
    ];
    let charsets = [
        (Charset::Gsm7, "gsm7"),
        (Charset::Utf8, "utf-8"),
        (Charset::Latin1, "latin1"),
        (Charset::Utf16BeHex, "utf16be-hex"),
    ];
    let algorithms = [
        (MacAlgorithm::Sha1, "sha1"),
        (MacAlgorithm::Sha256, "sha256"),
        (MacAlgorithm::Sha512, "sha512"),
    ];
    let encodings =
        [(MacEncoding::Base64, "base64"), (MacEncoding::Hex, "hex"), (MacEncoding::Text, "text")];
    let lints = [
        (Lint::BodyContains, "body-contains"),
        (Lint::Cleartext, "cleartext"),
        (Lint::LiteralSecret, "literal-secret"),
        (Lint::SecretInUrl, "secret-in-url"),
        (Lint::UnreachableRule, "unreachable-rule"),
    ];
    let signatures = [
        (SignatureEncoding::Base64, "base64"),
        (SignatureEncoding::Base64Url, "base64url"),
        (SignatureEncoding::Hex, "hex"),
    ];
    check_displayed(&signatures);
    check_displayed(&[(TimestampUnit::Milliseconds, "ms"), (TimestampUnit::Seconds, "s")]);
    check_displayed(&methods);
    check_displayed(&charsets);
    check_displayed(&algorithms);
    check_displayed(&encodings);
    check_displayed(&lints);
    check_displayed(&[
        (Evidence::Documents, "documents"),
        (Evidence::Openapi, "openapi"),
        (Evidence::Sdk, "sdk"),
        (Evidence::Server, "server"),
        (Evidence::ThirdParty, "third_party"),
    ]);
    check_displayed(&[
        (GatewayKind::Device, "device"),
        (GatewayKind::Server, "server"),
        (GatewayKind::Service, "service"),
    ]);
    check_displayed(&[
        (Outcome::Accepted, "accepted"),
        (Outcome::Blocked, "blocked"),
        (Outcome::Content, "content"),
        (Outcome::Duplicate, "duplicate"),
        (Outcome::InvalidRecipient, "invalid_recipient"),
        (Outcome::Misconfigured, "misconfigured"),
        (Outcome::NoCredit, "no_credit"),
        (Outcome::Regulatory, "regulatory"),
        (Outcome::Throttled, "throttled"),
        (Outcome::Unauthorized, "unauthorized"),
        (Outcome::Unavailable, "unavailable"),
        (Outcome::Unknown, "unknown"),
    ]);
    // A spec reads the same words, and none that are spelled otherwise.
    for place in 0..5 {
        let (m, c, a) = (methods[place % 3].1, charsets[place % 4].1, algorithms[place % 3].1);
        let (e, l) = (encodings[place % 3].1, lints[place % 5].1);
        let read = GatewaySpec::from_toml(&spec(m, c, a, e, l));
        assert!(read.is_ok(), "{:?}", read.unwrap_err());
        let mut words = [m, c, a, e, l].map(str::to_owned);
        words[place].push('x');
        let [m, c, a, e, l] = words;
        assert!(GatewaySpec::from_toml(&spec(&m, &c, &a, &e, &l)).is_err(), "{place}");
    }
}
