//! What is sent by a real curl and by us.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use otpost::Provider;
use otpost::gateway::{HttpGateway, SpecError};
use otpost_testing::{MockAnswer, MockGateway, RecordedRequest};

use super::fixtures::{Expected, Fixture, all};

/// A request as far as a server understands it.
#[derive(Debug, PartialEq)]
struct Understood {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    headers: BTreeMap<String, Vec<String>>,
    body: Content,
}

#[derive(Debug, PartialEq)]
enum Content {
    Bytes(Vec<u8>),
    Json(serde_json::Value),
    Pairs(Vec<(String, String)>),
    Xml(Vec<String>),
}

/// What each client says of itself, and what only concerns the connection.
const OWN: [&str; 9] = [
    "accept-encoding",
    "authority",
    "connection",
    "content-length",
    "dnt",
    "expect",
    "host",
    "te",
    "upgrade-insecure-requests",
];

fn understand(request: &RecordedRequest) -> Understood {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let pairs = |bytes: &[u8]| form_urlencoded::parse(bytes).into_owned().collect::<Vec<_>>();
    let decoded = pairs(format!("p={}", path.replace('+', "%2B")).as_bytes()).swap_remove(0).1;
    let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut kind = String::new();
    for (name, value) in &request.headers {
        let name = name.to_lowercase();
        let is_own = OWN.contains(&name.as_str())
            || name.starts_with("sec-")
            || ["postman-token", "priority"].contains(&name.as_str())
            || (name == "accept" && value == "*/*")
            || (name == "user-agent" && value.starts_with("curl/"));
        if name == "content-type" {
            kind = value.to_lowercase();
            // Each form has a boundary of its own.
            if kind.starts_with("multipart/") {
                headers.insert(name, vec!["multipart".to_owned()]);
                continue;
            }
        }
        if !is_own {
            headers.entry(name).or_default().push(value.trim().to_owned());
        }
    }
    let text = || String::from_utf8_lossy(&request.body).into_owned();
    let is = |start: char| text().trim_start().starts_with(start);
    let body =
        if kind.contains("json") || (kind.contains("form-urlencoded") && (is('{') || is('['))) {
            Content::Json(serde_json::from_slice(&request.body).unwrap_or_default())
        } else if kind.contains("xml") || (kind.contains("form-urlencoded") && is('<')) {
            Content::Xml(flat(&text()))
        } else if kind.contains("form-urlencoded") {
            Content::Pairs(pairs(&request.body))
        } else if kind.starts_with("multipart/") {
            Content::Pairs(parts(&text()))
        } else {
            Content::Bytes(request.body.clone())
        };
    Understood {
        method: request.method.clone(),
        path: decoded,
        query: pairs(query.as_bytes()),
        headers,
        body,
    }
}

/// Elements, attributes and texts in order.
fn flat(xml: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(xml).unwrap();
    let mut flat = Vec::new();
    for node in document.descendants() {
        flat.extend(node.is_element().then(|| format!("<{:?}", node.tag_name())));
        flat.extend(node.attributes().map(|a| format!("{}={}", a.name(), a.value())));
        flat.extend(node.text().filter(|_| node.is_text()).map(|text| text.trim().to_owned()));
    }
    flat
}

/// Names and values of a multipart form.
fn parts(body: &str) -> Vec<(String, String)> {
    let (boundary, _) = body.split_once("\r\n").unwrap();
    body.split(boundary)
        .filter_map(|part| {
            let (head, value) = part.split_once("\r\n\r\n")?;
            let name = head.split_once("name=\"")?.1.split('"').next()?;
            Some((name.to_owned(), value.strip_suffix("\r\n")?.to_owned()))
        })
        .collect()
}

/// In clear, since the gateway of the test is.
fn cleartext(command: &str) -> String {
    command.replace("https://", "http://").replace("HTTPS://", "http://")
}

/// The gateway with the values of the command and of the environment.
fn gateway(fixture: &Fixture, origin: &str) -> Result<HttpGateway, SpecError> {
    let import = otpost_curl::import(&cleartext(&fixture.command), &fixture.sample())?;
    let mut builder = import.gateway();
    for (name, value) in fixture.values() {
        if import.spec().vars().any(|(var, _)| var == name) {
            builder = builder.var(name, value);
        }
    }
    builder.origin(origin).build()
}

/// Runs the command in a shell. Whatever host it names, it comes to us, and in clear.
fn run(fixture: &Fixture, port: &str) -> Result<(), String> {
    let command = cleartext(&fixture.filled());
    let script = format!(
        "curl() {{ command curl --connect-to '::127.0.0.1:{port}' --max-time 20 \"$@\"; }}\n{command}"
    );
    let mut bash = Command::new("bash");
    bash.args(["-c", &script]).env("LC_ALL", "C.UTF-8").env("NO_PROXY", "*").stdin(Stdio::null());
    for (name, value) in fixture.lines("env").filter_map(|line| line.split_once('=')) {
        bash.env(name, value);
    }
    let output = bash.env_remove("http_proxy").output().unwrap();
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

async fn complaint(fixture: Fixture, mock: &MockGateway) -> Option<String> {
    let title = fixture.title.clone();
    let origin = mock.origin();
    let gateway = match gateway(&fixture, &origin) {
        Ok(gateway) => gateway,
        Err(error) => return Some(format!("{title}: {error}")),
    };
    mock.answer_always(MockAnswer::new(200, "{}"));
    let before = mock.requests().len();
    if let Err(error) = gateway.send(&fixture.message()).await {
        return Some(format!("{title}: {error}"));
    }
    let port = origin.rsplit(':').next().unwrap().to_owned();
    let ran = tokio::task::spawn_blocking(move || run(&fixture, &port)).await.unwrap();
    let requests = mock.requests();
    match (ran, &requests[before..]) {
        (Ok(()), [ours, theirs]) => {
            let (ours, theirs) = (understand(ours), understand(theirs));
            (ours != theirs).then(|| format!("{title}:\nwe   {ours:?}\ncurl {theirs:?}"))
        }
        (ran, requests) => Some(format!("{title}: {ran:?}, {} requests", requests.len())),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_imported_sends_what_curl_sends() {
    let mock = MockGateway::start(&otpost::gateways::all().next().unwrap()).await.unwrap();
    let mut complaints = Vec::new();
    let mut checked = 0;
    for fixture in all().into_iter().filter(|fixture| fixture.expected == Expected::Same) {
        complaints.extend(complaint(fixture, &mock).await);
        checked += 1;
    }
    assert!(checked >= 270, "{checked}");
    assert!(complaints.is_empty(), "{}: {}", complaints.len(), complaints.join("\n"));
}
