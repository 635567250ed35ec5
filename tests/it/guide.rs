//! The files in the guide to specs pass their check, and send what the guide shows.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use otpost::gateway::{GatewaySpec, SpecError};
use otpost::message::MessageId;
use otpost::testing::{ManualClock, ScriptedTransport};
use otpost::{Code, HttpGateway, Message, PhoneNumber};
use toml::{Table, Value};

const PAGES: [&str; 8] = [
    include_str!("../../src/guide/gateway_spec/start.md"),
    include_str!("../../src/guide/gateway_spec/requests.md"),
    include_str!("../../src/guide/gateway_spec/values.md"),
    include_str!("../../src/guide/gateway_spec/credentials.md"),
    include_str!("../../src/guide/gateway_spec/responses.md"),
    include_str!("../../src/guide/gateway_spec/reference.md"),
    include_str!("../../src/guide/gateway_spec/keys.md"),
    include_str!("../../src/guide/adding_a_gateway.md"),
];

/// A fenced block, and the line after the backticks that open it.
#[derive(Clone)]
struct Block {
    info: String,
    text: String,
}

fn blocks() -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in PAGES.iter().flat_map(|page| page.lines()) {
        open = match (line.strip_prefix("```"), open) {
            (Some(info), None) => Some(Block { info: info.to_owned(), text: String::new() }),
            (Some(_), Some(block)) => {
                blocks.push(block);
                None
            }
            (None, Some(mut block)) => {
                block.text.push_str(line);
                block.text.push('\n');
                Some(block)
            }
            (None, None) => None,
        };
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

/// Without the feature, a spec with XML is refused, which another test is about.
fn is_supported(block: &Block) -> bool {
    !block.text.contains("xml") || cfg!(feature = "xml")
}

fn check(toml: &str) -> Result<GatewaySpec, SpecError> {
    let spec = GatewaySpec::from_toml(toml)?;
    spec.check()?;
    Ok(spec)
}

#[test]
fn guide_files_pass_their_check() {
    let files: Vec<_> = blocks().into_iter().filter(|block| block.info == "toml").collect();
    assert!(files.len() >= 14, "{}", files.len());
    for Block { text, .. } in files.iter().filter(|block| is_supported(block)) {
        let mut lines = text.lines().skip_while(|line| line.starts_with("#:schema"));
        assert_eq!(lines.next(), Some("spec = 1"), "a part is a `toml fragment`:\n{text}");
        let spec = check(text).unwrap_or_else(|error| panic!("{error}:\n{text}"));
        assert!(spec.check().unwrap().is_empty(), "a warning:\n{text}");
    }
    // A mistake in a file would be found.
    assert!(check(&files[0].text.replace("{{text}}", "{{txt}}")).is_err());
    let wrong = files[0].text.replace("no_credit = [102]", "no_credit = [104]");
    assert!(check(&wrong).is_err());
}

/// Variables of fragments that do not show their declaration.
const DECLARED: [&str; 5] = ["account", "client_id", "client_secret", "secret", "username"];

/// Puts a fragment into a spec that has what the fragment leaves out.
fn framed(fragment: &str) -> String {
    let fragment_table: Table = fragment.parse().unwrap_or_else(|e| panic!("{e}:\n{fragment}"));
    let bodies = ["form", "json", "multipart", "text", "xml"];
    let request = fragment_table.get("request").and_then(Value::as_table);
    let has_body = request.is_some_and(|request| bodies.iter().any(|b| request.contains_key(*b)));
    let mut frame: Table = "spec = 1\nid = \"acme\"\nname = \"Acme\"\n[vars]\n[request]\n\
                            method = \"POST\"\nurl = \"https://acme.example/send\"\n"
        .parse()
        .unwrap();
    if !has_body {
        let carried = "[request.headers]\nX-To = \"{{to}}\"\nX-Text = \"{{text|base64}}\"\n";
        merge(&mut frame, carried.parse().unwrap());
    }
    for name in DECLARED.iter().filter(|name| fragment.contains(&format!("{{{{{name}"))) {
        merge(&mut frame, format!("[vars]\n{name} = {{ secret = true }}\n").parse().unwrap());
    }
    merge(&mut frame, fragment_table);
    frame.iter().map(|(key, value)| format!("{key} = {}\n", inline(value))).collect()
}

fn merge(into: &mut Table, from: Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Table(into)), Value::Table(from)) => merge(into, from),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

/// Returns a value as TOML in one line.
fn inline(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
        Value::Boolean(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        // The escapes of JSON are escapes of TOML.
        Value::String(text) => serde_json::to_string(text).unwrap(),
        Value::Table(table) => {
            let pair =
                |(key, value): (&String, &Value)| format!("{} = {}", quoted(key), inline(value));
            format!("{{ {} }}", table.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        Value::Datetime(_) => panic!("a date in a spec"),
    }
}

fn quoted(key: &str) -> String {
    serde_json::to_string(key).unwrap()
}

#[test]
fn guide_fragments_pass_their_check_in_a_spec() {
    let blocks = blocks();
    let fragments: Vec<_> = blocks.iter().filter(|block| block.info == "toml fragment").collect();
    assert!(fragments.len() >= 10, "{}", fragments.len());
    for Block { text, .. } in fragments.iter().filter(|block| is_supported(block)) {
        let toml = framed(text);
        check(&toml).unwrap_or_else(|error| panic!("{error}:\n{text}\n{toml}"));
    }
    // A mistake in a fragment would be found.
    assert!(check(&framed("[request.form]\nto = \"{{to}}\"\ntext = \"{{txt}}\"\n")).is_err());
    assert!(check(&framed("[request.form]\nto = \"{{to}}\"\n")).is_err());
    assert!(check(&framed("[[response]]\nwhen = { statuss = 200 }\n")).is_err());
    // Another kind of block would be neither checked nor highlighted.
    let known = ["toml", "toml fragment", "http", "http ucs2", "rust", "rust,no_run", "sh", "text"];
    let unknown: Vec<_> =
        blocks.iter().filter(|block| !known.contains(&block.info.as_str())).collect();
    assert!(unknown.is_empty(), "```{}", unknown[0].info);
}

/// Returns the bytes of a request over HTTP/1.1, with line feeds as line breaks.
fn wire(toml: &str, text: &str, code: &str) -> String {
    let spec = GatewaySpec::from_toml(toml).unwrap();
    let values = [
        ("api_key", "key-1"),
        ("password", "hunter2"),
        ("template_id", "t-17"),
        ("username", "acme"),
    ];
    let names: Vec<_> = spec.vars().map(|(name, _)| name.to_owned()).collect();
    let declared = values.into_iter().filter(|(name, _)| names.iter().any(|known| known == name));
    let builder = HttpGateway::builder(spec).clock(ManualClock::at(1_795_888_085));
    let builder = declared.fold(builder, |builder, (name, value)| builder.var(name, value));
    let gateway = builder.build_with(ScriptedTransport::new()).unwrap();
    let message = Message::new(PhoneNumber::parse("+41791234567").unwrap(), text)
        .unwrap()
        .with_id(MessageId::from_bytes([7; 16]))
        .with_code(Code::parse(code).unwrap());
    let prepared = gateway.prepare(&message).unwrap();
    let url: http::Uri = prepared.expose_url().parse().unwrap();
    let mut wire = format!(
        "{} {} HTTP/1.1\nHost: {}\n",
        prepared.method(),
        url.path_and_query().unwrap(),
        url.host().unwrap()
    );
    for (name, value) in prepared.expose_headers() {
        wire.push_str(&format!("{}: {}\n", titled(name.as_str()), value.to_str().unwrap()));
    }
    let body = String::from_utf8(prepared.expose_body().to_vec()).unwrap();
    format!("{wire}\n{body}").trim_end().to_owned() + "\n"
}

/// Returns the name of a header as HTTP/1.1 sends it: each part begins with a capital letter.
fn titled(name: &str) -> String {
    let part = |part: &str| part[..1].to_uppercase() + &part[1..];
    name.split('-').map(part).collect::<Vec<_>>().join("-")
}

#[test]
fn guide_requests_are_those_of_their_files() {
    let blocks = blocks();
    let mut count = 0;
    for (file, shown) in blocks.iter().zip(blocks.iter().skip(1)) {
        let text = match shown.info.as_str() {
            "http" => "012345 is your code",
            "http ucs2" => "код 012345",
            _ => continue,
        };
        count += 1;
        assert_eq!(file.info, "toml", "a request without its file:\n{}", shown.text);
        assert_eq!(wire(&file.text, text, "012345"), shown.text);
        assert_ne!(wire(&file.text, "another text", "012346"), shown.text);
    }
    assert!(count >= 6, "{count}");
}

#[test]
fn guide_error_is_that_of_the_mistake() {
    let blocks = blocks();
    let shown = blocks.iter().find(|block| block.info == "text").unwrap();
    let wrong = blocks[0].text.replace("msg = \"{{text}}\"", "msg = \"{{txt}}\"");
    let error = check(&wrong).unwrap_err();
    assert_eq!(format!("acme.toml: {error}\n"), shown.text);
}

/// Returns the anchor that rustdoc gives a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// Returns the anchors of all headings of the pages.
fn anchors(pages: &[&str]) -> BTreeSet<String> {
    let mut is_code = false;
    let mut anchors = BTreeSet::new();
    for line in pages.iter().flat_map(|page| page.lines()) {
        is_code ^= line.starts_with("```");
        let heading = line.trim_start_matches('#').strip_prefix(' ');
        if let Some(heading) = heading.filter(|_| !is_code && line.starts_with('#')) {
            assert!(anchors.insert(anchor(heading)), "two headings `{heading}`");
        }
    }
    anchors
}

#[test]
fn links_to_choosing_lead_to_headings() {
    let pages =
        [include_str!("../../src/guide/choosing.md"), include_str!("../../src/gateways/tables.md")];
    let anchors = anchors(&pages);
    let within = pages.iter().flat_map(|page| page.split("](#").skip(1));
    let links = within.chain(include_str!("../../src/gateways/mod.rs").split("choosing#").skip(1));
    let links: BTreeSet<_> = links.filter_map(|rest| rest.split(')').next()).collect();
    assert!(links.len() > 4, "{links:?}");
    let dead: Vec<_> = links.into_iter().filter(|link| !anchors.contains(*link)).collect();
    assert!(dead.is_empty(), "{dead:?}");
}

#[test]
fn guide_links_lead_to_headings() {
    let anchors = anchors(&PAGES);
    let rules = fs::read_to_string(crate_root().join("src/gateway/spec/rule.rs")).unwrap();
    let within = PAGES.iter().flat_map(|page| page.split("](#").skip(1));
    let links = within.chain(rules.split("gateway_spec#").skip(1));
    let links: BTreeSet<_> = links.filter_map(|rest| rest.split(')').next()).collect();
    assert!(links.len() > 20, "{links:?}");
    let dead: Vec<_> = links.into_iter().filter(|link| !anchors.contains(*link)).collect();
    assert!(dead.is_empty(), "{dead:?}");
}

fn crate_root() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[cfg(feature = "reqwest")]
#[tokio::test]
async fn guide_header_names_are_sent_as_it_says() {
    use std::io::{Read, Write};

    use otpost::provider::Provider;

    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/send", server.local_addr().unwrap());
    let received = std::thread::spawn(move || {
        let (mut connection, _) = server.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            connection.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        connection.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        String::from_utf8(head).unwrap()
    });
    let spec = GatewaySpec::builder("acme", "Acme")
        .post(url)
        .header("authToken", "{{to|plain}}")
        .header("X-API-KEY", "{{text|base64}}")
        .build();
    let gateway = HttpGateway::builder(spec).build().unwrap();
    let to = PhoneNumber::parse("+41791234567").unwrap();
    gateway.send(&Message::new(to, "012345 is your code").unwrap()).await.unwrap();
    let head = received.join().unwrap();
    assert!(head.contains("\r\nAuthtoken: 41791234567\r\n"), "{head}");
    assert!(head.contains("\r\nX-Api-Key: "), "{head}");
}

/// Returns the texts in backticks in each cell of a row.
fn spans(row: &str) -> Vec<Vec<String>> {
    // A `|` within a cell is escaped.
    let cells = row.replace("\\|", "\u{1}");
    let cells = cells.split('|').skip(1).map(|cell| {
        cell.split('`').skip(1).step_by(2).map(|span| span.replace('\u{1}', "|")).collect()
    });
    cells.collect()
}

#[test]
fn guide_tables_show_what_is_sent() {
    let mut count = 0;
    for row in PAGES[2].lines().filter(|line| line.starts_with("| ")) {
        let cells = spans(row);
        let first = |cell: usize| cells.get(cell).and_then(|spans| spans.first());
        let Some(template) = first(1).filter(|span| span.contains("{{")) else { continue };
        // Numbers have their result before the template, and times after it.
        let Some(shown) = first(2).or(first(0)) else { continue };
        // A list is not a value of a form.
        if template.starts_with('[') {
            continue;
        }
        let toml = framed(&format!(
            "[request.form]\nto = \"{{{{to}}}}\"\nx = \"{template}\"\ntext = \"{{{{text}}}}\"\n"
        ));
        let wire = wire(&toml, "012345 is your code", "012345");
        let sent = form_urlencoded::parse(wire.rsplit('\n').nth(1).unwrap().as_bytes());
        let sent = sent.into_owned().find(|(name, _)| name == "x").unwrap().1;
        assert_eq!(sent, *shown, "{row}");
        count += 1;
    }
    assert!(count >= 14, "{count}");
}

#[test]
fn guide_front_page_names_each_page() {
    let pages = include_str!("../../src/guide/mod.rs").lines();
    let names: Vec<_> = pages.filter_map(|line| line.strip_prefix("pub mod ")).collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names.iter().map(|line| line.trim_end_matches(" {}")) {
        let link = format!("]({name})");
        assert!(include_str!("../../src/guide/front.md").contains(&link), "{name}");
    }
}

#[test]
fn guide_diagrams_are_those_of_the_script() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let script = ["scripts/diagrams.py", "--check"];
    let output = Command::new("python3").args(script).current_dir(root).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
