//! A value that is a language of its own is refused where a placeholder in it could hold anything.

use otpost::gateway::{
    Auth, GatewaySpec, GatewaySpecBuilder, HmacAuth, HttpGateway, Lint, SpecError, VarSpec,
};
use otpost::testing::ScriptedTransport;
use otpost::{Code, Message, PhoneNumber};

/// Values that no message's own variable, text or name can stand in unescaped.
const STRUCTURED: [&str; 53] = [
    r#"{"type":"text","text":"{{text}}"}"#,
    r#"{"to":"{{to|plain}}","name":"{{name}}"}"#,
    r#"{ "text" : "{{text}}" }"#,
    r#"{"n":{{name}}}"#,
    r#"["{{text}}"]"#,
    r#"[{"text":"{{text}}"}]"#,
    r#"[[{{text}}]]"#,
    "{'text':'{{text}}'}",
    "{text: '{{text}}'}",
    r#""text":"{{text}}""#,
    r#""text": {{text}}, "x": 1"#,
    r#"text":"{{text}}"#,
    r#"prefix {"a":1} {{text}}"#,
    r#"{\"text\":\"{{text}}\"}"#,
    r#"{\\\"text\\\":\\\"{{text}}\\\"}"#,
    "%7B%22text%22%3A%22{{text}}%22%7D",
    "%257B%2522text%2522%253A%2522{{text}}%2522%257D",
    r#"\u007b\u0022text\u0022:\u0022{{text}}\u0022}"#,
    "&#123;&quot;text&quot;:&quot;{{text}}&quot;&#x7d;",
    r#""{{text}}""#,
    "'{{text}}'",
    r#"" {{text}}" = "{{name}}""#,
    "<sms><text>{{text}}</text></sms>",
    "<?xml version='1.0'?><a>{{text}}</a>",
    "<![CDATA[{{text}}]]>",
    "<!-- {{text}} -->",
    r#"<sms text="{{text}}"/>"#,
    "&lt;text&gt;{{text}}&lt;/text&gt;",
    "&amp;lt;text&amp;gt;{{text}}",
    "%3Ctext%3E{{text}}%3C/text%3E",
    "<soap:Envelope><soap:Body>{{text}}</soap:Body></soap:Envelope>",
    "<b>{{name}}</b>",
    r#"key="{{text}}""#,
    r#"key = "{{text}}""#,
    r#"key="Dear {{name}}, hello""#,
    r#"type=sms, text="{{text}}""#,
    "text='{{text}}'",
    r#"text:"{{text}}""#,
    r#"send("{{to}}","{{text}}")"#,
    r#"{{to}},"{{text}}""#,
    r#""{{to}}","{{text}}""#,
    r#"AT+CMGS="{{name}}""#,
    "a=1&text={{text}}",
    "text={{text}}&to={{to}}",
    "{{text}}&to={{to}}",
    "text={{text}}",
    "https://me.example/?text={{text}}",
    "#code#={{name}}&#app#=x",
    "a={{text}}; b=1",
    "text={{text}}\nto={{to}}",
    "{{to}},{{text}}",
    "{{to|plain}}:{{text}}",
    "{{text}}\t{{to}}",
];

/// Values in which nothing can be injected, and ordinary texts.
const PLAIN: [&str; 38] = [
    "{{text}}",
    "({{text}})",
    "<{{text}}>",
    "Acme: {{text}}",
    "{{sender}}: {{text}}",
    r#"He said "{{text}}""#,
    r#"He said: "{{text}}""#,
    r#"He said, "{{text}}", and left"#,
    r#"Hello "{{name}}", your code is {{code}}"#,
    r#"Message from "Acme": {{text}}"#,
    r#"Your code is "{{code}}""#,
    "It's {{name}}'s code: {{code}}",
    "Dear {{name}}, your code is {{code}}.",
    "Dear {{name}},{{code}} is your code",
    "Name: {{name}}\nCode: {{code}}",
    "[Acme] {{text}}",
    "[Acme] {{text}} [1]",
    "[{{text}}]",
    "{{name}}|{{text}}",
    "{x} {{text}}",
    "1 < 2 {{text}} 3 > 2",
    "I <3 you, {{name}}",
    "Tom & Jerry: {{text}}",
    "100% {{text}}",
    "Is it you, {{name}}? Code={{code}}",
    "{{text}} {{to}}",
    r#"{"code":"{{code}}","to":"{{to}}"}"#,
    r#"{"to":["{{to|plain}}"],"ttl":{{ttl_seconds}},"id":"{{message_uuid}}"}"#,
    r#"["{{code}}","{{segments}}","{{expires_at}}","{{now}}","{{to|national:41}}"]"#,
    r#"{"text":"{{text|utf16hex}}","b":"{{text|base64}}","c":"{{name|sha256hex}}","e":"{{encoding|map:gsm7=0,ucs2=1}}"}"#,
    r#"{"text":"{{text|base64|lower}}","from":"{{sender}}","loc":"{{locale}}"}"#,
    "<code>{{code}}</code>",
    "code={{code}}&to={{to|zeros}}",
    "https://me.example/?id={{message_uuid}}",
    "{{to}},{{code}}",
    r#"{"user":"{{user}}","code":"{{code}}"}"#,
    "https://me.example/?user={{user}}&token=x",
    r#"Digest username="{{user}}", algorithm=x"#,
];

fn allowed(builder: GatewaySpecBuilder) -> GatewaySpecBuilder {
    let builder = builder.allow(Lint::SecretInUrl).allow(Lint::LiteralSecret);
    builder
        .post("https://gw.example/send")
        .var("name", VarSpec::message())
        .var("user", VarSpec::required())
        .header("X-Used", "{{name|sha256hex}}{{user}}{{to}}{{text|base64}}")
}

type Place = fn(GatewaySpecBuilder, &str) -> GatewaySpecBuilder;

fn json(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}

fn xml(value: &str) -> String {
    let text = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&apos;")
}

/// The places of a value, with the path that an error names.
const PLACES: [(&str, Place); 9] = [
    ("request.headers.X-Data", |spec, value| spec.header("X-Data", value)),
    ("request.query.data", |spec, value| spec.query("data", value)),
    ("request.form.data", |spec, value| spec.form("data", value)),
    ("request.multipart.data", |spec, value| spec.multipart("data", value)),
    ("request.text", |spec, value| spec.text(value)),
    ("request.json.data", |spec, value| spec.json(format!("{{\"data\":{}}}", json(value)))),
    ("request.json.a.0", |spec, value| spec.json(format!("{{\"a\":[{}]}}", json(value)))),
    #[cfg(feature = "xml")]
    ("request.xml.a", |spec, value| spec.xml(format!("<r><a>{}</a></r>", xml(value)))),
    #[cfg(feature = "xml")]
    ("request.xml.b", |spec, value| spec.xml(format!("<r><a b=\"{}\"/></r>", xml(value)))),
    #[cfg(not(feature = "xml"))]
    ("request.form.a", |spec, value| spec.form("a", xml(value).replace("&amp;", "&"))),
    #[cfg(not(feature = "xml"))]
    ("request.form.b", |spec, value| spec.form("b", value)),
];

fn spec(place: Place, value: &str) -> GatewaySpec {
    place(allowed(GatewaySpec::builder("acme", "Acme")), value).build()
}

/// The same in TOML.
fn toml(path: &str, value: &str) -> GatewaySpec {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let (_, key) = path.split_once('.').unwrap();
    let (part, name) = key.split_once('.').unwrap_or((key, ""));
    let request = match (part, name) {
        ("text", _) => format!("text = {}", quoted(value)),
        ("json", "a.0") => format!("json = {{ a = [{}] }}", quoted(value)),
        ("xml", "a") => format!("xml = {}", quoted(&format!("<r><a>{}</a></r>", xml(value)))),
        ("xml", _) => format!("xml = {}", quoted(&format!("<r><a b='{}'/></r>", xml(value)))),
        _ => format!("{part} = {{ {name} = {} }}", quoted(value)),
    };
    let used = match part {
        "query" => "headers = { X-Used = \"{{name|base64}}{{user}}{{to}}{{text|base64}}\" }",
        _ => "query = { used = \"{{name|base64}}{{user}}{{to}}{{text|base64}}\" }",
    };
    let spec = format!(
        "spec = 1\nid = \"acme\"\nname = \"Acme\"\nallow = [\"secret-in-url\"]\n\
         [vars]\nname = {{ message = true }}\nuser = {{}}\n\
         [request]\nmethod = \"POST\"\nurl = \"https://gw.example/send\"\n{used}\n{request}\n"
    );
    GatewaySpec::from_toml(&spec).unwrap()
}

fn build(spec: GatewaySpec, user: &str) -> Result<HttpGateway, SpecError> {
    HttpGateway::builder(spec).var("user", user).build_with(ScriptedTransport::new())
}

/// What was asked before: the type of a text body, and nothing of any value.
fn naive_check(_: &str) -> Result<(), ()> {
    Ok(())
}

#[test]
fn structure_around_a_free_placeholder_is_refused_in_each_place() {
    let mut naive = 0;
    for value in STRUCTURED {
        naive += usize::from(naive_check(value).is_err());
        for (path, place) in PLACES {
            // A header is one line.
            if path.starts_with("request.headers") && value.contains(['\n', '\t']) {
                continue;
            }
            for spec in [spec(place, value), toml(path, value)] {
                let error = spec.check().expect_err(&format!("{path}: {value}"));
                assert_eq!(error.path(), path, "{value}: {error}");
                assert!(error.to_string().contains("would be unescaped in"), "{error}");
                assert!(error.hint().contains("base64"), "{error}");
                assert_eq!(build(spec, "acme").unwrap_err().path(), path);
            }
        }
    }
    assert_eq!(naive, 0, "the old check takes all of them");
}

#[test]
fn structure_is_not_seen_in_texts_and_where_nothing_can_be_injected() {
    for value in PLAIN {
        for (path, place) in PLACES {
            if path.starts_with("request.headers") && value.contains(['\n', '\t']) {
                continue;
            }
            let spec = spec(place, value);
            if value.contains("{{sender}}")
                || value.contains("{{locale}}")
                || value.contains("{{code}}")
            {
                // A text body cannot leave out what may be without a value; the structure is not the problem.
                if let Err(error) = spec.check() {
                    assert!(!error.to_string().contains("unescaped"), "{path}: {value}: {error}");
                    let text = error.to_string();
                    let absent = text.contains("no value") || text.contains("left out");
                    assert!(absent, "{path}: {value}: {error}");
                }
                continue;
            }
            spec.check().unwrap_or_else(|error| panic!("{path}: {value}: {error}"));
        }
    }
}

#[test]
fn structure_takes_configured_values_that_need_no_escaping() {
    let value = r#"{"user":"{{user}}","code":"{{message_uuid}}"}"#;
    for (path, place) in PLACES {
        build(spec(place, value), "acme corp+1").unwrap();
        for user in ["a\"b", "a\\", "a'b"] {
            let error = build(spec(place, value), user).unwrap_err();
            assert_eq!(error.path(), path, "{error}");
            assert!(error.to_string().contains("`user`") && !error.to_string().contains(user));
        }
    }
    let form = |user| build(spec(|spec, value| spec.form("data", value), "a=1&u={{user}}"), user);
    form("k+e/y==").unwrap();
    assert_eq!(form("a&to=1").unwrap_err().path(), "request.form.data");
    let markup =
        |user| build(spec(|spec, value| spec.form("data", value), "<u>{{user}}</u>"), user);
    markup("acme").unwrap();
    assert_eq!(markup("</u><to>1</to>").unwrap_err().path(), "request.form.data");
    // The application's sender may be any text, the message's own cannot.
    let sender = r#"{"from":"{{sender}}"}"#;
    let with_sender = |value: &str| {
        let spec = allowed(GatewaySpec::builder("acme", "Acme"));
        let spec =
            spec.var("sender", VarSpec::required().with_optional()).form("data", sender).build();
        let builder = HttpGateway::builder(spec).var("user", "u").var("sender", value);
        builder.build_with(ScriptedTransport::new())
    };
    with_sender("Acme").unwrap();
    assert_eq!(with_sender("A\",\"to\":\"1").unwrap_err().path(), "request.form.data");
}

#[test]
fn structure_in_paths_and_signatures_is_refused() {
    let at = |path: &str| {
        let spec = allowed(GatewaySpec::builder("acme", "Acme"));
        spec.post(format!("https://gw.example/{path}")).form("a", "b").build()
    };
    for path in ["%7B%22t%22:%22{{text}}%22%7D", "send(text='{{text}}')", "a%3Cb%3E{{name}}"] {
        assert_eq!(at(path).check().unwrap_err().path(), "request.url", "{path}");
    }
    for path in ["{{to}}/{{name}}", "a;t={{name}};u=1", "send('{{code}}')x", "%22{{to}}%22"] {
        if let Err(error) = at(path).check() {
            assert!(error.to_string().contains("no value"), "{path}: {error}");
        }
    }
    let signed = |sign: &str, header: &str| {
        let auth = HmacAuth::new("{{user}}", sign).with_header("X-S", header);
        allowed(GatewaySpec::builder("acme", "Acme")).form("a", "b").auth(Auth::Hmac(auth)).build()
    };
    for header in [
        r#"hmac name="{{name}}", s="{{signature}}""#,
        r#"s="{{signature}}", q="{{query}}""#,
        r#"{"n":"{{name}}","s":"{{signature}}"}"#,
    ] {
        let path = "auth.hmac.headers.X-S";
        assert_eq!(signed("{{timestamp}}", header).check().unwrap_err().path(), path, "{header}");
    }
    let signed_json = signed(r#"{"n":"{{name}}"}"#, "{{signature}}");
    assert_eq!(signed_json.check().unwrap_err().path(), "auth.hmac.sign");
    for (sign, header) in [
        ("a={{name}}&t={{timestamp}}", "v1={{signature}}"),
        ("{{method}}\n{{path_and_query}}\n{{body}}", r#"hmac user="{{user}}", s="{{signature}}""#),
        ("{{date}};{{host}};{{body_sha256_base64}}", "SignedHeaders=host&Signature={{signature}}"),
    ] {
        signed(sign, header).check().unwrap();
    }
    // Names and passwords of a Basic header, and a bearer token.
    let bearer = allowed(GatewaySpec::builder("acme", "Acme")).form("a", "b");
    let bearer = bearer.auth(Auth::header("X-Auth", r#"{"key":"{{name}}"}"#)).build();
    assert_eq!(bearer.check().unwrap_err().path(), "auth.header.value");
}

#[test]
fn structure_named_by_the_type_of_a_text_is_refused() {
    let typed = |kind: &str, text: &str| {
        let spec = allowed(GatewaySpec::builder("acme", "Acme"));
        spec.header("content-type", kind).text(text).build().check()
    };
    for kind in [
        "text/csv",
        "text/tab-separated-values",
        "text/xml",
        "application/soap+xml",
        "application/json",
        "application/x-ndjson",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/yaml",
        "text/html",
        "Application/GraphQL",
    ] {
        let error = typed(kind, "{{to}} {{text}}").unwrap_err();
        assert_eq!(error.path(), "request.text", "{kind}");
        assert!(error.to_string().contains("`text` would be unescaped"), "{error}");
        typed(kind, "{{to}},{{text|utf16hex}}").unwrap();
    }
    typed("text/plain", "{{to}} {{text}}").unwrap();
    let error = typed("{{user}}", "{{to}} {{text}}").unwrap_err();
    assert_eq!(error.path(), "request.headers.Content-Type");
}

/// What the engine did: each placeholder is replaced, whatever it stands in.
fn naive_render(template: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{{{name}}}}}"), value)
    })
}

#[test]
fn structure_is_refused_because_a_name_could_change_the_recipient() {
    let template = r#"{"to":"+41791234567","name":"{{name}}","text":"{{text}}"}"#;
    let evil = r#"x","to":"+1900","y":""#;
    let naive = naive_render(template, &[("name", evil), ("text", "012345 is your code")]);
    let read: serde_json::Value = serde_json::from_str(&naive).unwrap();
    assert_eq!(read["to"], "+1900", "the naive way sends it to another number");
    let form: Place = |spec, value| spec.form("message", value);
    assert_eq!(spec(form, template).check().unwrap_err().path(), "request.form.message");
    // What may stay cannot do that, whatever the message says.
    let hexadecimal = r#"{"to":"{{to}}","name":"{{name|utf16hex}}","text":"{{text|base64}}"}"#;
    let gateway = build(spec(form, hexadecimal), "u").unwrap();
    let to = PhoneNumber::parse("+41791234567").unwrap();
    let message = Message::new(to, evil).unwrap().with_var("name", evil);
    let message = message.with_code(Code::parse("012345").unwrap());
    let body = gateway.prepare(&message).unwrap();
    let pairs: Vec<_> = form_urlencoded::parse(body.expose_body()).collect();
    let read: serde_json::Value = serde_json::from_str(&pairs[0].1).unwrap();
    assert_eq!((read["to"].as_str(), read.as_object().unwrap().len()), (Some("+41791234567"), 3));
}

#[cfg(feature = "xml")]
#[test]
fn structure_in_cdata_beside_a_placeholder_is_refused() {
    let xml = |inside: &str| {
        let spec = allowed(GatewaySpec::builder("acme", "Acme"));
        spec.xml(format!("<r><to>1</to><a>{inside}</a></r>")).build().check()
    };
    for inside in [
        r#"<![CDATA[{"text":"]]>{{text}}<![CDATA["}]]>"#,
        "<![CDATA[<sms><text>]]>{{text}}<![CDATA[</text></sms>]]>",
        r#"{"text"<!-- a comment -->:"{{text}}"}"#,
        r#"<?pi?>{"a":"<![CDATA[b", "text":"]]><!-- -->{{name}}<?pi?>"}"#,
    ] {
        let error = xml(inside).unwrap_err();
        assert!(error.path().starts_with("request.xml"), "{inside}: {error}");
        assert!(error.to_string().contains("would be unescaped in"), "{inside}: {error}");
    }
    for inside in [
        "<![CDATA[Hello & welcome: ]]>{{text}}",
        "<!-- {\"a\":\"b\"} -->{{text}}",
        r#"<![CDATA[{"to":"]]>{{to}}<![CDATA["}]]>"#,
    ] {
        xml(inside).unwrap();
    }
}
