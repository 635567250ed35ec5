//! No file accepts a message by its body alone: an error page can contain anything.

use http::StatusCode;
use otpost::gateway::{Example, GatewaySpec, Outcome};
use otpost::testing::ScriptedTransport;
use otpost::transport::Response;

use super::constructors::{files, read};

const ERRORS: [u16; 10] = [302, 400, 401, 403, 404, 408, 429, 500, 502, 503];

#[test]
fn no_file_accepts_a_response_with_the_status_of_an_error() {
    let found: Vec<_> = files().iter().flat_map(|name| accepted_errors(&read(name).1)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The test finds rules that accept an error.
#[test]
fn a_rule_that_accepts_errors_is_found() {
    let spec = |rule: &str| {
        let spec = format!(
            "spec = 1\nid = \"acme\"\nname = \"Acme\"\n\
             [request]\nmethod = \"POST\"\nurl = \"https://acme.example/send\"\n\
             form = {{ to = \"{{{{to}}}}\", text = \"{{{{text}}}}\" }}\n{rule}\n\
             [[example]]\nresponse = {{ status = 200, body = '{{\"code\":0}}' }}\n\
             expect = {{ outcome = \"accepted\" }}\n"
        );
        accepted_errors(&GatewaySpec::from_toml(&spec).unwrap())
    };
    let careless = "[[response]]\nwhen = { status = \"200-599\", json = { \"/code\" = 0 } }\n\
                    then = { outcome = \"accepted\" }";
    assert_eq!(spec(careless).len(), ERRORS.len());
    // Without a status, a rule or a code applies to 200 to 299 only.
    let rule =
        "[[response]]\nwhen = { json = { \"/code\" = 0 } }\nthen = { outcome = \"accepted\" }";
    assert_eq!(spec(rule), Vec::<String>::new());
    let code = "[answer]\ncode = \"/code\"\n[answer.codes]\naccepted = [0]";
    assert_eq!(spec(code), Vec::<String>::new());
}

/// Plays the body and the headers of each accepted message with the statuses of errors.
fn accepted_errors(spec: &GatewaySpec) -> Vec<String> {
    let gateway = spec.sample_gateway(ScriptedTransport::new()).unwrap();
    let accepted = spec.examples().iter().filter(|it| it.expected() == Outcome::Accepted);
    let cases = accepted.flat_map(|example| ERRORS.map(|status| (example, status)));
    let wrong = cases.filter(|(example, status)| {
        gateway.explain(&response(example, *status)).outcome() == Outcome::Accepted
    });
    wrong
        .map(|(example, status)| {
            format!("{}: status {status} with {}", spec.id(), example.response().body())
        })
        .collect()
}

fn response(example: &Example, status: u16) -> Response {
    let example = example.response();
    let mut response = Response::new(example.body().to_owned().into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in example.headers() {
        let name: http::HeaderName = name.parse().unwrap();
        response.headers_mut().append(name, value.parse().unwrap());
    }
    response
}
