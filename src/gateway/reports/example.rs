use http::{HeaderMap, HeaderName, HeaderValue};

use super::plan::ReportsPlan;
use crate::gateway::error::SpecError;
use crate::gateway::spec::{ExpectedReport, ReportExample};
use crate::provider::DeliveryReport;

/// Checks that the places, words and rules agree with the examples.
pub(in crate::gateway) fn check_report_examples(
    plan: &ReportsPlan,
    provider: &str,
    examples: &[ReportExample],
) -> Result<(), SpecError> {
    examples.iter().enumerate().try_for_each(|(at, example)| {
        check_example(plan, provider, example, &format!("reports.example.{at}"))
    })
}

fn check_example(
    plan: &ReportsPlan,
    provider: &str,
    example: &ReportExample,
    path: &str,
) -> Result<(), SpecError> {
    let refuse = |key: &str, problem: String| {
        Err(SpecError::new(format!("{path}.{key}"), problem, "fix the spec or the example"))
    };
    let request = &example.request;
    if !plan.allows(&request.method.http()) {
        return refuse("request.method", "reports do not come with this method".to_owned());
    }
    let mut headers = HeaderMap::new();
    for (name, value) in request.headers() {
        let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value))
        else {
            return refuse("request.headers", "a header is not valid in a request".to_owned());
        };
        headers.append(name, value);
    }
    // The fragment of a URL is never sent.
    let url = request.url.split_once('#').map_or(request.url.as_str(), |(url, _)| url);
    let query = url.split_once('?').map(|(_, query)| query);
    let Ok(found) = plan.read(provider, query, &headers, request.body.as_bytes()) else {
        return refuse("request.body", "the body is not of the kind of `body`".to_owned());
    };
    let (reports, expected) = (found.reports.len(), example.expect.len());
    if reports != expected {
        return refuse("expect", format!("there are {reports} reports, not {expected}"));
    }
    for (at, (report, expect)) in found.reports.iter().zip(&example.expect).enumerate() {
        if let Some((key, problem)) = difference(report, expect) {
            return refuse(&format!("expect.{at}.{key}"), problem);
        }
    }
    Ok(())
}

/// Returns the first difference between a report and an expectation, with its key.
fn difference(report: &DeliveryReport, expect: &ExpectedReport) -> Option<(&'static str, String)> {
    let (found, wanted) = (report.status(), expect.status);
    if found != wanted {
        return Some(("status", format!("the report is {found}, not {wanted}")));
    }
    let values = [
        ("message_id", report.message_id(), expect.message_id()),
        ("reference", report.reference(), expect.reference()),
        ("code", report.gateway_code(), expect.code()),
    ];
    let mut differing =
        values.into_iter().filter(|(_, found, expect)| expect.is_some() && found != expect);
    differing.next().map(|(key, _, _)| (key, "the report has another value, or none".to_owned()))
}
