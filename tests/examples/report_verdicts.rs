//! Verifies delivery reports from lines of JSON, and prints a verdict for each: `1`, or the reason of the rejection.
//!
//! `.ci/reports` compares these verdicts with those of the vendors' own validators. A line is
//! `{"scheme", "url", "method", "query", "headers": [[name, value]], "body": base64, "now"}`, with `"vars": {name: value}`
//! in place of the keys of the fixture.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, BufWriter, Write};
use std::time::{Duration, UNIX_EPOCH};

use data_encoding::BASE64;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use otpost::gateway::ReportAuth;
use otpost::report::{IncomingReport, ReportVerifier};
use serde::Deserialize;

const SCHEMES: &str = include_str!("../fixtures/report_auth.toml");

#[derive(Deserialize)]
struct Scheme {
    auth: ReportAuth,
    vars: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Line {
    scheme: String,
    url: String,
    method: String,
    query: Option<String>,
    headers: Vec<(String, String)>,
    body: String,
    now: u64,
    vars: Option<BTreeMap<String, String>>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let schemes: BTreeMap<String, Scheme> = toml::from_str(SCHEMES)?;
    let mut verifiers = BTreeMap::new();
    for (name, Scheme { auth, vars }) in schemes {
        let verifier = ReportVerifier::new(&auth, vars)?;
        verifiers.insert(name, (auth, verifier));
    }
    let mut output = BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let line: Line = serde_json::from_str(&line?)?;
        let (auth, verifier) = verifiers.get(&line.scheme).ok_or("an unknown scheme")?;
        let own = line.vars.clone().map(|vars| ReportVerifier::new(auth, vars)).transpose()?;
        writeln!(output, "{}", verdict(own.as_ref().unwrap_or(verifier), &line)?)?;
    }
    Ok(output.flush()?)
}

fn verdict(verifier: &ReportVerifier, line: &Line) -> Result<&'static str, Box<dyn Error>> {
    let method = Method::from_bytes(line.method.as_bytes())?;
    let mut headers = HeaderMap::new();
    for (name, value) in &line.headers {
        headers.append(HeaderName::from_bytes(name.as_bytes())?, HeaderValue::from_str(value)?);
    }
    let (body, query) = (BASE64.decode(line.body.as_bytes())?, line.query.as_deref());
    let request = IncomingReport::new(&line.url, &method, query, &headers, &body);
    let now = UNIX_EPOCH.checked_add(Duration::from_secs(line.now)).ok_or("no such time")?;
    Ok(verifier.verify(&request, now).map_or_else(|rejection| rejection.as_str(), |_| "1"))
}
