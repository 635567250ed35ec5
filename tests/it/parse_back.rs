//! Whatever a value holds, it arrives as it was, in as many fields as there were: read back by parsers that are not
//! ours. `OTPOST_CASES` sets the number of cases.

use std::borrow::Cow;

use otpost::gateway::{Charset, GatewaySpec, GatewaySpecBuilder, VarSpec};
use otpost::testing::ScriptedTransport;
use otpost::{HttpGateway, Message, PhoneNumber};

/// Pieces that break things: each was somebody's incident.
const NASTY: [&str; 40] = [
    "012345", "000000", "1e5", "null", "true", "+49170", "{{to}}", "{{text}}", "}}", "\"", "'",
    "\\", "&", "=", "%", "+", ";", "]]>", "<b>", "\n", "\r\n", "\t", "\u{1}", "\u{7f}", "\u{85}",
    "\u{2028}", "😀", "é", "e\u{301}", "\u{feff}", "\u{202e}", "%00", "%2B", "../", "?", "#", "/",
    " ", "  ", "${x}",
];

fn cases() -> u64 {
    crate::scale::cases("OTPOST_CASES", 50_000, 1_000_000)
}

/// A xorshift generator: the cases are the same in each run, and a failure is found again by its number.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below as u64).unwrap()
    }

    /// A text of nasty pieces and of any characters but NUL.
    fn text(&mut self, pieces: usize) -> String {
        let mut text = String::new();
        for _ in 0..=self.next(pieces) {
            if self.next(2) == 0 {
                text.push_str(NASTY[self.next(NASTY.len())]);
            } else {
                let range = [0x7f, 0x7ff, 0xffff, 0x10_ffff][self.next(4)];
                let any = u32::try_from(1 + self.next(range)).unwrap();
                text.push(char::from_u32(any).unwrap_or('\u{fffd}'));
            }
        }
        text
    }

    /// What may stand in a header or a credential: one line of visible ASCII.
    fn ascii(&mut self) -> String {
        (0..=self.next(12))
            .map(|_| char::from(u8::try_from(0x21 + self.next(0x5e)).unwrap()))
            .collect()
    }
}

fn spec() -> GatewaySpecBuilder {
    GatewaySpec::builder("acme", "Acme")
        .var("extra", VarSpec::message())
        .var("tag", VarSpec::message())
}

fn build(spec: GatewaySpecBuilder) -> HttpGateway {
    let spec = spec.allow(otpost::gateway::Lint::SecretInUrl).build();
    HttpGateway::builder(spec).build_with(ScriptedTransport::new()).unwrap()
}

/// Runs a share of the cases, with new values for each.
fn run(
    share: u64,
    gateway: &HttpGateway,
    check: impl Fn(&otpost::gateway::PreparedRequest, &str, &str, &str),
) {
    let to = PhoneNumber::parse("+41791234567").unwrap();
    for case in 1..=cases() / share {
        let mut random = Random(case.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        random.next(2);
        let (text, extra, tag) = (random.text(8), random.text(8), random.ascii());
        let message = Message::new(to.clone(), text.as_str())
            .unwrap()
            .with_var("extra", extra.as_str())
            .with_var("tag", tag.as_str());
        let prepared =
            gateway.prepare(&message).unwrap_or_else(|error| panic!("case {case}: {error:?}"));
        check(&prepared, &text, &extra, &tag);
    }
}

fn header<'p>(prepared: &'p otpost::gateway::PreparedRequest, name: &str) -> &'p str {
    prepared.expose_headers().find(|(known, _)| *known == name).unwrap().1.to_str().unwrap()
}

#[test]
fn form_and_header() {
    let gateway = build(
        spec()
            .post("https://acme.example/send")
            .header("X-Tag", "{{tag}}")
            .form("a&b", "{{extra}}")
            .form("to", "{{to|plain}}")
            .form("text", "[{{text}}]"),
    );
    run(4, &gateway, |prepared, text, extra, tag| {
        let body = prepared.expose_body();
        assert!(body.is_ascii());
        let fields: Vec<(Cow<'_, str>, Cow<'_, str>)> = form_urlencoded::parse(body).collect();
        let expected: [(&str, &str); 3] =
            [("a&b", extra), ("to", "41791234567"), ("text", &format!("[{text}]"))];
        assert_eq!(fields.len(), 3);
        for ((name, value), expected) in fields.iter().zip(expected) {
            assert_eq!((&**name, &**value), expected);
        }
        assert_eq!(header(prepared, "x-tag"), tag);
    });
}

#[test]
fn query_and_path() {
    let gateway = build(
        spec()
            .get("https://acme.example/v1/to:{{tag}}!/send?fixed=1")
            .query("text", "{{text}}")
            .query("extra", "{{extra}}")
            .query("to", "{{to}}"),
    );
    run(4, &gateway, |prepared, text, extra, tag| {
        let url = reqwest::Url::parse(prepared.expose_url()).unwrap();
        assert_eq!(url.as_str(), prepared.expose_url(), "the client changes nothing");
        let fields: Vec<_> = url.query_pairs().collect();
        let expected = [("fixed", "1"), ("text", text), ("extra", extra), ("to", "+41791234567")];
        assert_eq!(fields.len(), expected.len());
        for ((name, value), expected) in fields.iter().zip(expected) {
            assert_eq!((&**name, &**value), expected);
        }
        let segments: Vec<_> = url.path_segments().unwrap().collect();
        assert_eq!(segments.len(), 3);
        // A path knows no `+` for a space, so the form parser is shown none.
        let inner = segments[1].strip_prefix("to:").unwrap().strip_suffix('!').unwrap();
        let pair = format!("x={}", inner.replace('+', "%2B"));
        assert_eq!(form_urlencoded::parse(pair.as_bytes()).next().unwrap().1, tag);
        assert!(prepared.expose_body().is_empty());
    });
}

#[test]
fn json() {
    let gateway = build(spec().post("https://acme.example/send").json(
        r#"{"text":"{{text}}","list":["{{to}}",{"x\"y":"<{{extra}}>"}],"n":1,"none":null,"tag":"{{tag}}"}"#,
    ));
    run(4, &gateway, |prepared, text, extra, tag| {
        let value: serde_json::Value = serde_json::from_slice(prepared.expose_body()).unwrap();
        let expected = serde_json::json!({
            "text": text, "list": ["+41791234567", { "x\"y": format!("<{extra}>") }],
            "n": 1, "none": null, "tag": tag,
        });
        assert_eq!(value, expected);
    });
}

#[test]
fn text_and_hexadecimal() {
    let plain = build(
        spec()
            .post("https://acme.example/send")
            .header("X", "{{tag}}{{to}}")
            .text("{{extra}}|{{text}}"),
    );
    run(8, &plain, |prepared, text, extra, _| {
        assert_eq!(prepared.expose_body(), format!("{extra}|{text}").as_bytes());
    });
    let hex = build(
        spec()
            .charset(Charset::Utf16BeHex)
            .post("https://acme.example/send")
            .header("X", "{{tag}}{{to}}")
            .form("extra", "{{extra}}")
            .form("text", "{{text}}"),
    );
    run(8, &hex, |prepared, text, extra, _| {
        let fields: Vec<_> = form_urlencoded::parse(prepared.expose_body()).collect();
        assert_eq!((fields.len(), &*fields[0].1), (2, extra));
        let units: Vec<u16> = (0..fields[1].1.len() / 4)
            .map(|at| u16::from_str_radix(&fields[1].1[at * 4..at * 4 + 4], 16).unwrap())
            .collect();
        assert_eq!(String::from_utf16(&units).unwrap(), text);
    });
}

#[test]
fn latin1() {
    let strict = |replacement: Option<char>| {
        let spec = spec()
            .charset(Charset::Latin1)
            .post("https://acme.example/send")
            .header("X", "{{tag}}{{to}}")
            .form("extra", "{{extra|latin1:?}}")
            .form("text", "{{text}}");
        build(match replacement {
            Some(replacement) => spec.replacement(replacement),
            None => spec,
        })
    };
    let read = |body: &[u8]| -> Vec<String> {
        // Percent-decoded to bytes by hand, since the parser of forms assumes UTF-8.
        let text = std::str::from_utf8(body).unwrap();
        let field = |field: &str| {
            let value = field.split_once('=').unwrap().1.replace('+', " ");
            let mut bytes = value.bytes();
            let mut decoded = String::new();
            while let Some(byte) = bytes.next() {
                let digits = [bytes.clone().next(), bytes.clone().nth(1)];
                match (byte, digits) {
                    (b'%', [Some(a), Some(b)]) => {
                        bytes.nth(1);
                        let hex = String::from_utf8(vec![a, b]).unwrap();
                        decoded.push(char::from(u8::from_str_radix(&hex, 16).unwrap()));
                    }
                    _ => decoded.push(char::from(byte)),
                }
            }
            decoded
        };
        text.split('&').map(field).collect()
    };
    run(10, &strict(Some('?')), |prepared, text, _, _| {
        let expected: String =
            text.chars().map(|c| if u32::from(c) < 256 { c } else { '?' }).collect();
        assert_eq!(read(prepared.expose_body())[1], expected);
    });
    let message = |text: &str| {
        let to = PhoneNumber::parse("+41791234567").unwrap();
        Message::new(to, text).unwrap().with_var("extra", "é").with_var("tag", "t")
    };
    let gateway = strict(None);
    let fits = gateway.prepare(&message("Zürich ÿ")).unwrap();
    assert_eq!(fits.expose_body(), b"extra=%E9&text=Z%FCrich+%FF");
    assert!(gateway.prepare(&message("1 €")).is_err(), "true ISO-8859-1 has no euro sign");
}

#[test]
fn multipart() {
    let gateway = build(
        spec()
            .post("https://acme.example/send")
            .multipart("a\"b", "{{extra}}")
            .multipart("to", "{{to}}")
            .multipart("id", "{{message_uuid}}{{tag}}")
            .multipart("text", "<{{text}}>"),
    );
    run(8, &gateway, |prepared, text, extra, tag| {
        let content_type = header(prepared, "content-type");
        let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
        let body = std::str::from_utf8(prepared.expose_body()).unwrap();
        // Nothing but the lines between the fields holds the boundary.
        let parts: Vec<_> = body.split(&format!("--{boundary}")).collect();
        assert_eq!((parts.len(), parts[0], parts[5]), (6, "", "--\r\n"));
        let text = format!("<{text}>");
        let expected = [("a%22b", extra), ("to", "+41791234567"), ("id", tag), ("text", &text)];
        for (part, (name, expected)) in parts[1..5].iter().zip(expected) {
            let head = format!("\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            let value = part.strip_prefix(&head).unwrap().strip_suffix("\r\n").unwrap();
            assert_eq!(if name == "id" { &value[36..] } else { value }, expected);
        }
    });
}

/// What XML 1.0 can write.
#[cfg(feature = "xml")]
fn is_xml(text: &str) -> bool {
    let legal = |c: char| !c.is_ascii_control() || matches!(c, '\t' | '\n' | '\r' | '\u{7f}');
    text.chars().all(|c| legal(c) && !matches!(c, '\u{fffe}' | '\u{ffff}'))
}

#[cfg(feature = "xml")]
#[test]
fn xml() {
    for charset in [Charset::Utf8, Charset::Latin1] {
        let gateway = build(spec().charset(charset).post("https://acme.example/send").xml(
            "<sms note='{{extra}}' tag=\"&lt;{{tag}}\"><!-- {to} --><to>{{to}}</to><text> {{text}}&amp;</text></sms>",
        ));
        let to = PhoneNumber::parse("+41791234567").unwrap();
        for case in 1..=cases() / 16 {
            let mut random = Random(case.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
            random.next(2);
            let (text, extra, tag) = (random.text(8), random.text(8), random.ascii());
            let message = Message::new(to.clone(), text.as_str())
                .unwrap()
                .with_var("extra", extra.as_str())
                .with_var("tag", tag.as_str());
            let prepared = gateway.prepare(&message);
            assert_eq!(prepared.is_ok(), is_xml(&text) && is_xml(&extra), "case {case}");
            let Ok(prepared) = prepared else { continue };
            let bytes = prepared.expose_body();
            let body: String = match charset {
                Charset::Latin1 => bytes.iter().map(|byte| char::from(*byte)).collect(),
                _ => String::from_utf8(bytes.to_vec()).unwrap(),
            };
            let document = roxmltree::Document::parse(&body).unwrap();
            let root = document.root_element();
            let child = |name: &str| {
                let node = root.children().find(|node| node.has_tag_name(name)).unwrap();
                assert!(node.children().all(|child| child.is_text()));
                node.text().unwrap_or_default().to_owned()
            };
            assert_eq!(root.attribute("note"), Some(extra.as_str()), "case {case}");
            assert_eq!(root.attribute("tag"), Some(format!("<{tag}").as_str()));
            assert_eq!(child("to"), "+41791234567");
            assert_eq!(child("text"), format!(" {text}&"), "case {case}");
            assert_eq!(root.children().filter(|node| node.is_element()).count(), 2);
        }
    }
}

#[test]
fn a_careless_engine_is_found_out() {
    // The naive twin: values spliced into the body. The same cases have to catch it at once.
    let mut caught = 0;
    for case in 1..=1_000_u64 {
        let mut random = Random(case.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        random.next(2);
        let (text, extra) = (random.text(8), random.text(8));
        let form = format!("extra={extra}&text={text}");
        let fields: Vec<_> = form_urlencoded::parse(form.as_bytes()).collect();
        let same = fields.len() == 2 && fields[0].1 == extra && fields[1].1 == text;
        let json: Result<serde_json::Value, _> =
            serde_json::from_str(&format!("{{\"text\":\"{text}\"}}"));
        let same_json = json.is_ok_and(|json| json["text"] == text);
        caught += u32::from(!same) + u32::from(!same_json);
    }
    assert!(caught > 600, "{caught} of 2,000");
}
