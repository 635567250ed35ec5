//! Specs at random, from all that the model has.

use otpost::gateway::{
    Auth, Charset, GatewaySpec, GatewaySpecBuilder, HmacAuth, Idempotency, Lint, MacEncoding,
    Method, Outcome, Predicate, Rule, VarSpec,
};

use crate::dice::Dice;

/// The cases are the same in each run, and a failure is found again by its number.
pub(crate) struct Random {
    dice: Dice,
    /// All values so far, to know which variables are used.
    said: String,
}

/// MessageTemplates that break what is careless. No template, and none of the sample's own.
const LITERALS: [&str; 22] = [
    "plain",
    "",
    "a b",
    "a+b",
    "a&b=c",
    "100%",
    "%41",
    "\"q\"",
    "it's",
    "back\\slash",
    "x;y",
    "#1",
    "/",
    "?",
    "<b>",
    "]]>",
    "é",
    "€",
    "$HOME",
    "`id`",
    "{x}",
    "}}",
];

impl Random {
    pub(crate) fn new(case: u64) -> Self {
        Self { dice: Dice::new(case), said: String::new() }
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.dice.below(end as u64)).unwrap()
    }

    pub(super) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        self.dice.one(of)
    }

    /// A value that is not what has to be there.
    fn value(&mut self, ascii: bool) -> String {
        let mut value = String::new();
        for _ in 0..=self.below(2) {
            let piece = match self.below(6) {
                0 => "{{key}}",
                1 => "{{account|upper}}",
                2 => "{{message_uuid}}",
                _ => self.one(&LITERALS),
            };
            if !ascii || piece.is_ascii() {
                value.push_str(piece);
            }
        }
        // A literal brace before a placeholder would make another of it.
        let value = value.replace("{{{", "{ {{").replace("}}}}", "}} }}");
        self.said.push_str(&value);
        value
    }

    fn number(&mut self) -> &'static str {
        self.one(&[
            "{{to}}",
            "{{to|plain}}",
            "{{to|zeros}}",
            "{{to|national:1}}",
            "tel:{{to|plain}}!",
        ])
    }

    fn text(&mut self, charset: Charset) -> &'static str {
        match charset {
            Charset::Gsm7 => self.one(&["{{text|gsm7:?}}", "abc {{text|gsm7:?}}"]),
            Charset::Latin1 => self.one(&["{{text|latin1:?}}", "<{{text|latin1:?}}>"]),
            Charset::Utf16BeHex => "{{text}}",
            _ => self.one(&[
                "{{text}}",
                "({{text}})",
                "{{text|upper}}",
                "{{text|base64}}",
                "{{text|utf16hex}}",
                "{{text}} {{to}}",
            ]),
        }
    }

    /// A spec that sends number and text, each in one place of many.
    pub(crate) fn spec(&mut self) -> GatewaySpecBuilder {
        let charset = self.one(&[
            Charset::Utf8,
            Charset::Utf8,
            Charset::Utf8,
            Charset::Latin1,
            Charset::Gsm7,
            Charset::Utf16BeHex,
        ]);
        let kind = self.below(6);
        let path = self.one(&[
            "/send",
            "/",
            "/a%20b/{{to|plain}}",
            "/v1/{{account}}/sms;x=1",
            "/{{to}}/m.json",
            "/%7Eu/",
        ]);
        let scheme = self.one(&[
            "https://gw.example",
            "http://gw.example:8080",
            "http://[::1]:81",
            "https://{{region}}.gw.example",
        ]);
        self.said = format!("{path}{scheme}");
        let method = match kind {
            0 => Method::Get,
            _ => self.one(&[Method::Post, Method::Post, Method::Put]),
        };
        let mut spec = GatewaySpec::builder("random", "Random")
            .charset(charset)
            .request(method, format!("{scheme}{path}"))
            .allow(Lint::Cleartext)
            .allow(Lint::SecretInUrl);
        let charset = if kind == 2 && charset == Charset::Latin1 { Charset::Utf8 } else { charset };
        spec = spec.charset(charset);
        let (number, text) = (self.number(), self.text(charset));
        // In the body, or in the query if there is none.
        let mut fields =
            vec![("to".to_owned(), number.to_owned()), ("text".to_owned(), text.to_owned())];
        for name in ["a&b", "user", "password", "Idempotency-Key", "x-1"] {
            if self.below(2) == 0 {
                let ascii = charset != Charset::Utf8;
                let value = self.value(ascii);
                fields.insert(self.below(fields.len() + 1), (name.to_owned(), value));
            }
        }
        spec = self.body(spec, kind, charset, &fields);
        if kind != 0 && self.below(3) == 0 {
            spec = spec.query("q", self.value(true)).query("q", "2");
        }
        if self.below(2) == 0 {
            spec = spec.header("X-Tag", self.value(true).replace('\n', " "));
        }
        if self.below(3) == 0 {
            spec = spec.header("Accept", "application/json");
        }
        let auth = self.below(8);
        if auth < 6 {
            self.said.push_str("{{key}}");
        }
        spec = match auth {
            0 => {
                self.said.push_str("{{account}}");
                spec.auth(Auth::basic("{{account}}", "{{key}}"))
            }
            1 => spec.auth(Auth::bearer("{{key|base64}}")),
            2 => spec.auth(Auth::header("X-Api-Key", "{{key|sha256hex}}")),
            3 => spec.auth(Auth::header("Authorization", "App {{key|base64}}")),
            4 => spec.auth(Auth::query("api", "{{key}}")),
            5 => spec.auth(Auth::Hmac(
                HmacAuth::new("{{key}}", "{{method}}\n{{path_and_query}}")
                    .with_signature(MacEncoding::Base64)
                    .with_header("X-Signature", "v1={{signature}}"),
            )),
            _ => spec,
        };
        spec = match self.below(5) {
            0 => spec.idempotency(Idempotency::header("Idempotency-Id")),
            1 => spec.idempotency(Idempotency::field("client_ref")),
            _ => spec,
        };
        if self.below(2) == 0 {
            let rule = Rule::new(Outcome::Throttled).when_status_in(500, 503).when_status(429);
            spec = spec.rule(rule.when_header("X-A", Predicate::exists(true)).with_code("/a~1b"));
        }
        let vars = [
            ("key", VarSpec::secret()),
            ("account", VarSpec::required()),
            ("region", VarSpec::host()),
        ];
        for (name, var) in vars {
            if self.said.contains(&format!("{{{{{name}")) {
                spec = spec.var(name, var);
            }
        }
        spec
    }

    fn body(
        &mut self,
        mut spec: GatewaySpecBuilder,
        kind: usize,
        charset: Charset,
        fields: &[(String, String)],
    ) -> GatewaySpecBuilder {
        let with = |pair: fn(GatewaySpecBuilder, &str, &str) -> GatewaySpecBuilder, spec| {
            fields.iter().fold(spec, |spec, (name, value)| pair(spec, name, value))
        };
        match kind {
            0 => with(|spec, name, value| spec.query(name, value), spec),
            1 => with(|spec, name, value| spec.form(name, value), spec),
            2 => {
                let members: Vec<String> = fields
                    .iter()
                    .map(|(name, value)| {
                        let quoted = |text: &str| serde_json::Value::from(text).to_string();
                        format!("{}:[{},{{\"n\":1,\"z\":null}}]", quoted(name), quoted(value))
                    })
                    .collect();
                spec.json(format!("{{{}}}", members.join(", ")))
            }
            3 => with(|spec, name, value| spec.multipart(name, value), spec),
            4 if charset != Charset::Gsm7 => {
                // As we write values: what is equal to XML need not be the same bytes.
                let escape = |text: &str| {
                    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
                };
                let quote =
                    |text: &str| escape(text).replace('"', "&quot;").replace('\'', "&apos;");
                let mut xml = String::from("<r>");
                for (at, (name, value)) in fields.iter().enumerate() {
                    let name: String = name.chars().filter(char::is_ascii_alphabetic).collect();
                    xml.push_str(&match at % 2 {
                        0 => format!("<{name}>{}</{name}>\n", escape(value)),
                        _ => format!("<e {name}=\"{}\"/>", quote(value)),
                    });
                }
                spec.xml(format!("{xml}</r>"))
            }
            _ => {
                for (name, value) in
                    fields.iter().filter(|(name, _)| !["to", "text"].contains(&&**name))
                {
                    spec = spec.query(name, value);
                }
                let find = |wanted| {
                    fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone())
                };
                let (to, text) = (find("to").unwrap(), find("text").unwrap());
                spec.query("dest", to).text(text)
            }
        }
    }
}
