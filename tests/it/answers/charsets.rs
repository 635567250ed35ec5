//! Bodies in other charsets, compressed bodies, and what an error says about them.

use http::HeaderMap;
use otpost::HttpGateway;
use otpost::gateway::{Outcome, Predicate, Rule};
use otpost::provider::{Fate, Provider, Receipt, SendError, SendErrorKind};
use otpost::testing::ScriptedTransport;
use otpost::transport::Response;

use super::{message, spec};

fn gateway(rules: impl IntoIterator<Item = Rule>, response: Response) -> HttpGateway {
    let spec = rules
        .into_iter()
        .fold(spec().form("to", "{{to}}").form("t", "{{text}}"), |spec, rule| spec.rule(rule));
    let transport = ScriptedTransport::new().respond(response);
    HttpGateway::builder(spec.build()).build_with(transport).unwrap()
}

fn response(headers: &[(&'static str, &str)], body: &[u8]) -> Response {
    let mut response = Response::new(body.to_vec().into());
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, value.parse().unwrap());
    }
    *response.headers_mut() = map;
    response
}

async fn send(
    rules: impl IntoIterator<Item = Rule>,
    headers: &[(&'static str, &str)],
    body: &[u8],
) -> Result<Receipt, SendError> {
    gateway(rules, response(headers, body)).send(&message()).await
}

fn json_rule() -> Rule {
    Rule::new(Outcome::Accepted).when_json("/status", "OK").with_message_id("/id")
}

fn utf16(text: &str, bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[tokio::test]
async fn json_is_read_in_the_charset_that_is_declared() {
    let latin1 = b"{\"status\":\"OK\",\"id\":\"7\",\"text\":\"Envoy\xe9\"}";
    let text = "{\"status\":\"OK\",\"id\":\"7\",\"text\":\"Envoyé €\"}";
    let marked = |text: &str| format!("\u{feff}{text}\r\n");
    for (content_type, body) in [
        ("application/json; charset=iso-8859-1", latin1.to_vec()),
        ("application/json;charset=\"ISO-8859-1\"", latin1.to_vec()),
        ("application/json; charset=windows-1252", latin1.to_vec()),
        ("application/json; charset=windows-1250", latin1.to_vec()),
        // Not declared, or declared wrongly: what is not text becomes U+FFFD.
        ("application/json", latin1.to_vec()),
        ("application/json; charset=utf-8", latin1.to_vec()),
        ("application/json; charset=nonsense", latin1.to_vec()),
        ("application/json", marked(text).into_bytes()),
        ("application/json; charset=iso-8859-1", marked(text).into_bytes()),
        ("application/json; charset=utf-16le", utf16(text, u16::to_le_bytes)),
        ("application/json; charset=utf-16be", utf16(text, u16::to_be_bytes)),
        ("application/json", utf16(&marked(text), u16::to_le_bytes)),
        ("application/json", utf16(&marked(text), u16::to_be_bytes)),
    ] {
        let sent = send([json_rule()], &[("content-type", content_type)], &body).await;
        assert_eq!(sent.unwrap().message_id(), Some("7"), "{content_type}");
    }
}

#[tokio::test]
async fn all_conditions_see_the_same_text() {
    let latin1 = "text/plain; charset=iso-8859-1";
    for body in [&b"Envoy\xe9 17"[..], b"  Envoy\xe9 17\r\n", b"\nEnvoy\xe9 17\0"] {
        let body = body.strip_suffix(b"\0").unwrap_or(body);
        for rule in [
            Rule::new(Outcome::Accepted)
                .when_body_regex("^Envoyé (?P<id>[0-9]+)$")
                .with_message_id("group:id"),
            Rule::new(Outcome::Accepted).when_body_equals("Envoyé 17"),
        ] {
            let sent = send([rule], &[("content-type", latin1)], body).await;
            assert!(sent.unwrap().message_id().is_none_or(|id| id == "17"), "{body:?}");
        }
    }
    let sent = send(
        [Rule::new(Outcome::Accepted).when_form("état", "envoyé")],
        &[("content-type", "text/plain; charset=iso-8859-1")],
        b"\xe9tat=envoy\xe9\r\n",
    );
    assert!(sent.await.is_ok());
}

#[cfg(feature = "xml")]
#[tokio::test]
async fn xml_is_read_in_the_encoding_that_it_declares() {
    let rule =
        || Rule::new(Outcome::Accepted).when_xml("/r/état", "envoyé").with_message_id("xml:/r/id");
    let document = b"\r\n<?xml version='1.0' encoding='ISO-8859-1'?>\n<r><\xe9tat>envoy\xe9</\xe9tat><id>7</id></r>\r\n";
    let sent = send([rule()], &[("content-type", "text/xml")], document).await;
    assert_eq!(sent.unwrap().message_id(), Some("7"));
    let utf8 = "<?xml version=\"1.0\"?><r><état>envoyé</état><id>7</id></r>";
    assert!(send([rule()], &[], utf8.as_bytes()).await.is_ok());
    let error =
        send([rule()], &[], b"<!DOCTYPE r [<!ENTITY x 'y'>]><r><id>7</id></r>").await.unwrap_err();
    assert!(
        error.explanation().unwrap().contains("XML with a document type"),
        "{:?}",
        error.explanation()
    );
}

#[tokio::test]
async fn an_id_that_could_not_be_decoded_is_none() {
    let sent = send([json_rule()], &[], b"{\"status\":\"OK\",\"id\":\"7\xe9\"}").await.unwrap();
    assert_eq!(sent.message_id(), None);
}

#[tokio::test]
async fn an_unknown_outcome_says_why() {
    let rules = || {
        [
            Rule::new(Outcome::Unavailable).when_status(503),
            Rule::new(Outcome::Throttled).when_json("/code", 13),
            Rule::new(Outcome::Blocked).when_json("/none", 1),
            Rule::new(Outcome::Accepted).when_json("/status", "OK"),
        ]
    };
    let gzip = [0x1f, 0x8b, 8, 0, 1, 2, 3];
    for (headers, body, words) in [
        (&[][..], &b"<!DOCTYPE html><html>needle</html>"[..], "the body is HTML"),
        (&[("content-encoding", "gzip")], &gzip, "the body is compressed (gzip)"),
        (&[], &gzip, "the body is compressed (gzip)"),
        (&[("content-encoding", "br")], b"needle", "the body is compressed (br)"),
        (&[("content-encoding", "needle")], b"x", "the body is compressed (another coding)"),
        (&[], b"", "the body is empty"),
        (&[], b"needle", "the body is not JSON: it is text"),
        (
            &[],
            b"{\"status\":\"needle\"}",
            "response.3 does not match: the value at `/status` does not match",
        ),
        (
            &[],
            b"{\"code\":\"13\"}",
            "the value at `/code` is a string, and the rule compares it with a number",
        ),
        (&[], b"{\"status\":1}", "response.2 does not match: there is no value at `/none`"),
        (&[], b"{\"status\":1}", "no rule matches; status 200 means: unknown"),
    ] {
        let error = send(rules(), headers, body).await.unwrap_err();
        assert_eq!((error.kind(), error.fate()), (SendErrorKind::Unknown, Fate::Unknown));
        let why = error.explanation().unwrap();
        assert!(why.contains(words), "{words:?} in {why:?}");
        assert!(!why.contains("needle") && !why.contains('\n'), "{why:?}");
        assert!(!format!("{error} {error:?}").contains("needle"));
    }
    let text_rule = [Rule::new(Outcome::Accepted).when_json("/code", "0")];
    let error = send(text_rule, &[], b"{\"code\":0}").await.unwrap_err();
    assert!(
        error
            .explanation()
            .unwrap()
            .contains("is a number, and the rule compares it with a string")
    );
    // What is understood needs no explanation.
    let error = send([Rule::new(Outcome::Blocked)], &[], b"").await.unwrap_err();
    assert_eq!(error.explanation(), None);
    // A long spec has a short explanation.
    let many = (0..100)
        .map(|code| Rule::new(Outcome::Blocked).when_json("/code", Predicate::between(code, code)));
    let error = send(many.chain([json_rule()]), &[], b"{}").await.unwrap_err();
    let why = error.explanation().unwrap();
    assert!(why.contains("nor do 93 more rules") && why.len() < 1_000, "{why}");
}

/// Each byte of each code page, compared with the codecs of Python.
#[tokio::test]
async fn code_pages_are_those_of_python() {
    const PROGRAM: &str = "import json; print(json.dumps([bytes([b]).decode(f'cp{n}', 'replace') \
                           for n in range(1250, 1259) for b in range(128, 256)]))";
    let output = std::process::Command::new("python3").args(["-c", PROGRAM]).output().unwrap();
    let expected: Vec<String> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(expected.len(), 9 * 128);
    let mut seen = 0;
    for (number, page) in (1_250..).zip(expected.chunks(128)) {
        for (byte, expected) in (128_u8..=255).zip(page) {
            let rule = Rule::new(Outcome::Accepted).when_body_equals(format!("<{expected}>"));
            let content_type = format!("text/plain; charset=windows-{number}");
            let sent = send([rule], &[("content-type", &content_type)], &[b'<', byte, b'>']).await;
            assert!(sent.is_ok(), "{number} {byte} is not {expected:?}");
            seen += usize::from(expected != "\u{fffd}");
        }
    }
    assert!(seen > 1_000);
}
