//! Requests that are written by hand, with one change.

use otpost::gateway::imitation::MismatchKind;
use serde_json::json;

use crate::dice::Dice;

/// A name, its value, and the variable in it.
pub(crate) type Field = (String, String, Option<&'static str>);

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Body {
    Form,
    Header,
    InField,
    Json,
    Multipart,
    Query,
    Xml,
}

pub(crate) const BODIES: [Body; 7] =
    [Body::Form, Body::Header, Body::InField, Body::Json, Body::Multipart, Body::Query, Body::Xml];

/// A request that is written by hand.
pub(crate) struct Written {
    body: Body,
    pub(crate) method: &'static str,
    path: &'static str,
    authorization: Option<&'static str>,
    content_type: Option<&'static str>,
    pub(crate) fields: Vec<Field>,
}

pub(crate) fn toml(body: Body) -> String {
    let values = [
        ("to", "{{to|plain}}"),
        ("text", "{{text}}"),
        ("kind", "sms-7"),
        ("ref", "{{message_uuid}}"),
        ("tag", "a:{{tag}}!"),
    ];
    let pairs: Vec<_> = values.iter().map(|(name, value)| format!("{name} = '{value}'")).collect();
    let table = pairs.join(", ");
    let section = match body {
        Body::Form => format!("form = {{ {table} }}"),
        Body::Header => {
            let pairs: Vec<_> = pairs.iter().map(|pair| format!("x-{pair}")).collect();
            format!("headers = {{ {} }}", pairs.join(", "))
        }
        Body::InField => format!("form = {{ data = {{ json = {{ m = [{{ {table} }}] }} }} }}"),
        Body::Json => format!("json = {{ m = [{{ {table} }}] }}"),
        Body::Multipart => format!("multipart = {{ {table} }}"),
        Body::Query => format!("query = {{ {table} }}"),
        Body::Xml => {
            let elements: Vec<_> =
                values.iter().map(|(name, value)| format!("<{name}>{value}</{name}>")).collect();
            format!("xml = '<sms>{}</sms>'", elements.concat())
        }
    };
    format!(
        "allow = [\"secret-in-url\"]\n[vars]\ntag = {{ message = true }}\nkey = {{ secret = true }}\n[request]\nmethod = \"POST\"\n\
         url = \"https://acme.example/v1/send\"\n{section}\n[auth]\nbearer = {{ token = \"{{{{key}}}}\" }}\n"
    )
}

fn place(body: Body, name: &str) -> String {
    match body {
        Body::Form => format!("form field `{name}`"),
        Body::Header => format!("header `x-{name}`"),
        Body::InField => format!("form field `data` at /m/0/{name}"),
        Body::Json => format!("/m/0/{name}"),
        Body::Multipart => format!("multipart field `{name}`"),
        Body::Query => format!("query parameter `{name}`"),
        Body::Xml => format!("/sms/{name}"),
    }
}

impl Written {
    fn new(body: Body, dice: &mut Dice) -> Self {
        let mut fields: Vec<Field> = vec![
            ("to".into(), format!("4179{}", 1_000_000 + dice.below(9_000_000)), Some("to")),
            ("text".into(), value(body, dice), Some("text")),
            ("kind".into(), "sms-7".into(), None),
            ("ref".into(), "0b6f2d3c-1111-4222-8333-444455556666".into(), Some("message_uuid")),
            ("tag".into(), "a:x!".into(), Some("tag")),
        ];
        // The order has no meaning.
        let at = usize::try_from(dice.below(5)).unwrap();
        fields.rotate_left(at);
        let content_type = match body {
            Body::Form | Body::InField => Some("application/x-www-form-urlencoded"),
            Body::Header | Body::Query => None,
            Body::Json => Some("application/json; charset=utf-8"),
            Body::Multipart => Some("multipart/form-data; boundary=\"x9\""),
            Body::Xml => Some("application/xml"),
        };
        let authorization = Some("Bearer hunter2");
        Self { body, method: "POST", path: "/v1/send", authorization, content_type, fields }
    }

    fn field(&mut self, name: &str) -> &mut Field {
        self.fields.iter_mut().find(|(known, _, _)| known == name).unwrap()
    }

    /// Returns the target, the headers and the body.
    pub(crate) fn parts(&self) -> (String, Vec<(String, String)>, String) {
        let pairs = || self.fields.iter().map(|(name, value, _)| (name.as_str(), value.as_str()));
        let form =
            || form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs()).finish();
        let members = || {
            let members = pairs().map(|(name, value)| (name.to_owned(), json!(value)));
            json!({ "m": [members.collect::<serde_json::Map<_, _>>()] }).to_string()
        };
        let target = match self.body {
            Body::Query => format!("{}?{}", self.path, form()),
            _ => self.path.to_owned(),
        };
        let mut headers = Vec::new();
        let mut push = |name: String, value: &str| headers.push((name, value.to_owned()));
        if let Some(authorization) = self.authorization {
            push("AUTHORIZATION".to_owned(), authorization);
        }
        if let Some(content_type) = self.content_type {
            push("content-type".to_owned(), content_type);
        }
        let body = match self.body {
            Body::Form => form(),
            Body::Header => {
                pairs().for_each(|(name, value)| push(format!("X-{name}"), value));
                String::new()
            }
            Body::InField => {
                let data = members();
                let mut form = form_urlencoded::Serializer::new(String::new());
                form.append_pair("data", &data).finish()
            }
            Body::Json => members(),
            Body::Multipart => {
                let mut body = String::new();
                for (name, value) in pairs() {
                    let head = format!("Content-Disposition: form-data; name=\"{name}\"");
                    body.push_str(&format!("--x9\r\n{head}\r\n\r\n{value}\r\n"));
                }
                format!("{body}--x9--\r\n")
            }
            Body::Query => String::new(),
            Body::Xml => {
                let mut body = String::from("<?xml version='1.0'?>\n<sms>\n");
                for (name, value) in pairs() {
                    let value = value.replace('&', "&amp;").replace('<', "&#60;");
                    body.push_str(&format!("  <{name}>{value}</{name}><!-- -->\n"));
                }
                format!("{body}</sms>")
            }
        };
        (target, headers, body)
    }
}

/// A text that the place of the value can have.
fn value(body: Body, dice: &mut Dice) -> String {
    const PIECES: [&str; 12] =
        ["a", "B", "7", "&", "<", "\"", "%", "+", "=", "{{to}}", "é", "\u{1f600}"];
    let mut value = String::from("t");
    for _ in 0..dice.below(8) {
        let piece = dice.one(&PIECES);
        if body != Body::Header || piece.is_ascii() {
            value.push_str(piece);
        }
    }
    value
}

/// A request with one change, and what a gateway has to find.
pub(crate) struct Mutation {
    pub(crate) written: Written,
    pub(crate) body: Body,
    /// The number of the change, from 0 to 13.
    pub(crate) change: u64,
    /// The place of the mismatch. `None` if the request is still right.
    pub(crate) expected: Option<String>,
    /// The place of a part that the spec does not have.
    pub(crate) additional: Option<String>,
    pub(crate) kind: MismatchKind,
}

impl Mutation {
    pub(crate) fn new(case: u64) -> Self {
        let mut dice = Dice::new(case);
        let body = dice.one(&BODIES);
        let mut written = Written::new(body, &mut dice);
        let names = ["to", "text", "kind", "ref", "tag"];
        let name = dice.one(&names);
        let change = dice.below(14);
        let mut additional: Option<String> = None;
        let mut kind = MismatchKind::Request;
        let expected: Option<String> = match change {
            0 => {
                written.fields.retain(|(known, _, _)| known != name);
                Some(place(body, name))
            }
            1 => {
                written.field(name).0 = "another".into();
                additional = Some(place(body, "another"));
                Some(place(body, name))
            }
            2 => {
                written.field("kind").1 = dice.one(&["sms-8", "", "SMS-7", "sms-7 ."]).into();
                Some(place(body, "kind"))
            }
            3 => {
                written.field("tag").1 = dice.one(&["a;x!", "x!", "a:x", "!a:"]).into();
                Some(place(body, "tag"))
            }
            4 => {
                written.field("to").1 = dice.one(&["+41791234567", "abc", "", "123"]).into();
                kind = MismatchKind::Recipient;
                Some(place(body, "to"))
            }
            5 => {
                let value = value(body, &mut dice);
                written.field("text").1 = value;
                None
            }
            6 => {
                written.field("tag").1 = format!("a:{}!", value(body, &mut dice));
                None
            }
            7 => {
                written.fields.push(("more".into(), "1".into(), None));
                additional = Some(place(body, "more"));
                None
            }
            8 if !matches!(body, Body::Json | Body::InField) => {
                let again = written.field(name).clone();
                written.fields.push(again);
                Some(place(body, name))
            }
            9 => {
                written.method = dice.one(&["PUT", "GET", "post", ""]);
                Some("method".to_owned())
            }
            10 => {
                written.path = dice.one(&["/v1/sent", "/v1/send/", "/v1", "/", "", "/v1//send"]);
                Some("path".to_owned())
            }
            11 if written.content_type.is_some() && body != Body::Multipart => {
                written.content_type = dice.one(&[None, Some("text/html"), Some("")]);
                Some("header `Content-Type`".to_owned())
            }
            12 => {
                written.authorization = dice.one(&[None, Some("Basic hunter2"), Some("hunter2")]);
                kind = MismatchKind::Credentials;
                Some("header `Authorization`".to_owned())
            }
            13 => {
                written.authorization = Some("Bearer hunter3");
                kind = MismatchKind::Credentials;
                Some("header `Authorization`".to_owned())
            }
            _ => None,
        };
        Self { written, body, change, expected, additional, kind }
    }
}
