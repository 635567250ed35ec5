//! The authentication of delivery reports, by the rules of the vendors.

mod closed;
mod hidden;
#[cfg(all(feature = "signatures", feature = "testing"))]
mod imitated;
mod items;
mod moved;
mod mutations;
mod proxies;
mod published;
mod signed;
mod specs;
mod tokens;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use otpost::gateway::ReportAuth;
use otpost::report::{IncomingReport, ReportRejection, ReportVerifier, VerifiedReport};
use serde::Deserialize;

/// The time of all requests.
const NOW: u64 = 1_795_885_098;

/// An authentication with the values of its variables.
#[derive(Deserialize)]
struct Scheme {
    auth: ReportAuth,
    vars: BTreeMap<String, String>,
}

fn schemes() -> BTreeMap<String, Scheme> {
    toml::from_str(include_str!("../../fixtures/report_auth.toml")).unwrap()
}

#[track_caller]
fn verifier(name: &str) -> ReportVerifier {
    let scheme = schemes().remove(name).unwrap();
    ReportVerifier::new(&scheme.auth, scheme.vars).unwrap()
}

fn parse(toml: &str) -> ReportAuth {
    #[derive(Deserialize)]
    struct Section {
        auth: ReportAuth,
    }
    toml::from_str::<Section>(toml).unwrap().auth
}

/// A request as the application receives it, and the URL that the gateway was told.
#[derive(Clone)]
struct Request {
    url: String,
    method: Method,
    query: Option<String>,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    now: u64,
}

impl Request {
    fn new(method: &str, url: &str, body: &[u8]) -> Self {
        let (url, query) = match url.split_once('?') {
            Some((url, query)) => (url, Some(query.to_owned())),
            None => (url, None),
        };
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let (url, body) = (url.to_owned(), body.to_vec());
        Self { url, method, query, headers: Vec::new(), body, now: NOW }
    }

    fn form(url: &str, fields: &[(&str, &str)]) -> Self {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        let form = "application/x-www-form-urlencoded";
        Self::new("POST", url, body.finish().as_bytes()).with("Content-Type", form)
    }

    fn json(url: &str, body: &str) -> Self {
        Self::new("POST", url, body.as_bytes()).with("Content-Type", "application/json")
    }

    fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    fn at(mut self, now: u64) -> Self {
        self.now = now;
        self
    }

    /// The URL with its query.
    fn whole_url(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.url),
            None => self.url.clone(),
        }
    }

    fn verify(&self, verifier: &ReportVerifier) -> Result<VerifiedReport, ReportRejection> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.append(name, HeaderValue::from_bytes(value).unwrap());
        }
        let query = self.query.as_deref();
        let request = IncomingReport::new(&self.url, &self.method, query, &headers, &self.body);
        verifier.verify(&request, time(self.now))
    }

    #[track_caller]
    fn accepted(&self, verifier: &ReportVerifier) -> VerifiedReport {
        self.verify(verifier).unwrap()
    }

    #[track_caller]
    fn rejected(&self, verifier: &ReportVerifier, expected: ReportRejection) {
        assert_eq!(self.verify(verifier).unwrap_err(), expected);
    }
}

fn time(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}
