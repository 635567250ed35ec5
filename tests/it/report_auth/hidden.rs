//! Nothing of a request, and no secret, is printed.

use http::{HeaderMap, HeaderValue, Method};
use otpost::gateway::{
    JwtAlgorithm, ReportAuth, ReportJwt, ReportPlace, ReportScheme, ReportSignature,
};
use otpost::report::{IncomingReport, ReportVerifier, VerifiedReport};

use super::signed::{names, signed};
use super::{schemes, time};

const NEEDLE: &str = "k7Jq2-needle";

#[test]
fn a_careless_spec_is_not_printed() {
    let signature: ReportSignature =
        ReportSignature::new(ReportPlace::header("x"), NEEDLE).with_key(NEEDLE).with_prefix(NEEDLE);
    let token: ReportJwt =
        ReportJwt::new("x", JwtAlgorithm::Hs256, NEEDLE).with_issuer(NEEDLE).with_prefix(NEEDLE);
    let basic: ReportScheme =
        ReportScheme::Basic { username: NEEDLE.to_owned(), password: NEEDLE.to_owned() };
    let auth: ReportAuth = ReportAuth::hmac(signature.clone())
        .or(ReportScheme::Jwt(token.clone()))
        .or(ReportScheme::Hash(signature.clone()))
        .or(basic.clone());
    let header = ReportAuth::header("x", NEEDLE);
    let shown = format!("{signature:?} {token:?} {basic:?} {auth:?} {header:#?}");
    assert!(!shown.contains(NEEDLE), "{shown}");
}

#[test]
fn requests_and_keys_are_not_printed() {
    let headers =
        HeaderMap::from_iter([(http::header::AUTHORIZATION, HeaderValue::from_static(NEEDLE))]);
    let url = format!("https://app.example/{NEEDLE}");
    let request: IncomingReport<'_> =
        IncomingReport::new(&url, &Method::GET, Some(NEEDLE), &headers, NEEDLE.as_bytes());
    let auth = ReportAuth::header("Authorization", "{{token}}");
    let verifier: ReportVerifier = ReportVerifier::new(&auth, [("token", NEEDLE)]).unwrap();
    let verified: VerifiedReport = verifier.verify(&request, time(0)).unwrap();
    let shown = format!("{request:?} {verifier:?} {verified:#?}");
    assert!(!shown.contains(NEEDLE), "{shown}");
}

#[test]
fn the_secrets_of_schemes_are_not_printed() {
    for name in names() {
        let scheme = schemes().remove(&name).unwrap();
        let values: Vec<_> = scheme.vars.values().cloned().collect();
        let verifier = ReportVerifier::new(&scheme.auth, scheme.vars).unwrap();
        let verified = signed(&name).unwrap().accepted(&verifier);
        let shown = format!("{:?} {verifier:?} {verified:?}", scheme.auth);
        for value in values {
            assert!(!shown.contains(&value), "{name}: {shown}");
        }
        assert!(!shown.contains("{{"), "{name}: {shown}");
    }
}
