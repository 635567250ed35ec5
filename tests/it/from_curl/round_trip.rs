//! What we write as a curl command, we read as a spec that sends the same bytes.
//!
//! `OTPOST_SPECS` sets the number of specs.

use otpost::gateway::{
    Auth, GatewaySpec, GatewaySpecBuilder, HttpGateway, Lint, PreparedRequest, ValueSpec, VarSpec,
};
use otpost::message::SenderId;
use otpost::testing::ScriptedTransport;
use otpost::{Code, Message, PhoneNumber};
use otpost_curl::Sample;

use super::random::Random;

/// A name and a value.
type Header = (String, Vec<u8>);

const SECRET: &str = "hunter2 \"&'%+é$HOME`\\";

fn cases() -> u64 {
    crate::scale::cases("OTPOST_SPECS", 1_000, 100_000)
}

fn message(text: &str) -> Message {
    Message::new(PhoneNumber::parse("+12025550123").unwrap(), text)
        .unwrap()
        .with_code(Code::parse("123456").unwrap())
        .with_sender(SenderId::parse("Acme").unwrap())
}

fn sample(message: &Message) -> Sample {
    Sample::new(message.to().clone(), message.text().clone())
        .with_code(message.code().unwrap().clone())
        .with_sender(message.sender().unwrap().clone())
}

/// All of a request. The order of headers with different names means nothing (RFC 9110 §5.3).
fn bytes(request: &PreparedRequest) -> (String, String, Vec<Header>, Vec<u8>) {
    let headers = request.expose_headers();
    let mut headers: Vec<_> =
        headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
    headers.sort_by(|(a, _), (b, _)| a.cmp(b));
    (
        request.method().to_string(),
        request.expose_url().to_owned(),
        headers,
        request.expose_body().to_vec(),
    )
}

/// Writes, reads and compares.
#[track_caller]
fn check(gateway: &HttpGateway, message: &Message, case: &str) {
    let prepared = gateway.prepare(message).unwrap();
    let script = prepared.to_curl().expose_script();
    let shown = script.expose();
    let import = otpost_curl::import(shown, &sample(message))
        .unwrap_or_else(|error| panic!("{case}: {error}\n{shown}"));
    let toml = import.spec().to_toml().unwrap_or_else(|error| panic!("{case}: {error}\n{shown}"));
    assert_eq!(GatewaySpec::from_toml(&toml).unwrap(), *import.spec(), "{case}: {toml}");
    assert!(!toml.contains("hunter2"), "{case}: {toml}");
    let again = import.gateway().build_with(ScriptedTransport::new());
    let again = again.unwrap_or_else(|error| panic!("{case}: {error}\n{shown}\n{toml}"));
    let rendered =
        again.prepare(message).unwrap_or_else(|error| panic!("{case}: {error:?}\n{shown}\n{toml}"));
    assert_eq!(bytes(&rendered), bytes(&prepared), "{case}\n{shown}\n{toml}");
}

/// Gateways of all kinds of bodies that take any value.
const GATEWAYS: [&str; 10] = [
    "clickatell",
    "diafaan",
    "kannel",
    "link-mobility",
    "messagebird",
    "nowsms",
    "ozeki",
    "smsala",
    "smseagle-v1",
    "smseagle-v2",
];

#[test]
fn every_gateway_of_the_catalogue_comes_back() {
    let text = "123456 ist Ihr Code: a&b=c+d; \"q\" 'x' $HOME `id` \\ %41 {{to}}\nZeile 2 – Grüße";
    let mut checked = 0;
    for spec in otpost::gateways::all() {
        assert_eq!(GatewaySpec::from_toml(&spec.to_toml().unwrap()).unwrap(), spec);
        // Others need values of their own, or have a token or a signature, which differs from
        // request to request.
        if !GATEWAYS.contains(&spec.id()) {
            continue;
        }
        let build = |secret: &str| {
            let names = spec.vars().map(|(name, _)| name.to_owned());
            let builder = names.fold(HttpGateway::builder(spec.clone()), |builder, name| {
                let is_secret =
                    ["password", "token", "key", "secret"].iter().any(|s| name.contains(s));
                let value = match name.as_str() {
                    "origin" => "http://10.0.0.5:8080",
                    _ if is_secret => secret,
                    _ => "1",
                };
                builder.var(name, value)
            });
            builder.build_with(ScriptedTransport::new())
        };
        let gateway = build(SECRET).or_else(|_| build("hunter2")).unwrap();
        check(&gateway, &message(text), spec.id());
        checked += 1;
    }
    assert_eq!(checked, GATEWAYS.len());
}

/// The login is for another exchange, so it is in no byte of the request.
#[test]
fn digest_comes_back() {
    let spec = |auth| {
        GatewaySpec::builder("acme", "Acme")
            .post("https://sms.acme.example/send")
            .var("login", VarSpec::secret())
            .var("password", VarSpec::secret())
            .form("to", "{{to|plain}}")
            .form("text", "{{text}}")
            .auth(auth)
            .build()
    };
    let gateway = HttpGateway::builder(spec(Auth::http_digest("{{login}}", "{{password}}")))
        .var("login", "shop-4711")
        .var("password", SECRET)
        .build_with(ScriptedTransport::new())
        .unwrap();
    let message = message("123456 is your code");
    check(&gateway, &message, "digest");
    let script = gateway.prepare(&message).unwrap().to_curl().expose_script();
    let import = otpost_curl::import(script.expose(), &sample(&message)).unwrap();
    let toml = import.spec().to_toml().unwrap();
    assert!(toml.contains("http_digest = { username = \"{{"), "{toml}");
    let values: Vec<_> = import.expose_values().map(|(_, value)| value.expose()).collect();
    assert_eq!(values, ["shop-4711", SECRET]);
}

#[test]
fn json_in_fields_comes_back() {
    let texts = [
        "123456 is your code",
        "Ваш код 123456",
        "äöü € 123456 {{to}} \"q\" 'x' \\ &<>%41+ ]]> /",
        "two\nlines: 123456\t$HOME `id` \u{7}\u{2028}",
    ];
    let values = [
        r#"{"text":"{{text}}"}"#,
        r#"[{"to":"{{to|plain}}","parts":["{{text}}",{"{\"":"{{text}}"}]}]"#,
        r#"{"n":{{to}},"é":1.5,"deep":[[[{"a":null,"b":[true,-7],"c":"{{text}}"}]]]}"#,
        r#"{"password":"{{key}}","text":"- {{text}}","s":"\u001b\\/"}"#,
        r#"{"inner":"{{text}} {{text}}","from":"{{sender}}"}"#,
    ];
    let values = values.map(|json| json.replace("\"n\":{{to}}", r#""n":"{{to|plain|number}}""#));
    let places: [fn(GatewaySpecBuilder, ValueSpec) -> GatewaySpecBuilder; 3] = [
        |spec, value| spec.form("a&b", value).form("x", "1"),
        |spec, value| spec.query("q", value).form("x", "1").allow(Lint::SecretInUrl),
        |spec, value| spec.multipart("payload", value).multipart("x", "1"),
    ];
    for (value, text) in values.iter().flat_map(|value| texts.map(|text| (value, text))) {
        for (at, place) in places.iter().enumerate() {
            let spec = GatewaySpec::builder("acme", "Acme").post("https://acme.example/{{to}}");
            let spec = place(spec, ValueSpec::json(value.as_str()));
            let has_key = value.contains("{{key}}");
            let spec = if has_key { spec.var("key", VarSpec::secret()) } else { spec };
            let builder = HttpGateway::builder(spec.build());
            let builder = if has_key { builder.var("key", SECRET) } else { builder };
            let gateway = builder.build_with(ScriptedTransport::new()).unwrap();
            check(&gateway, &message(text), &format!("{value} in {at}: {text:?}"));
        }
    }
}

/// One spec, its message and its way to curl and back; `false` where the spec's values do not fit their places.
fn comes_back(case: u64) -> bool {
    let texts = [
        "123456 is your code",
        "Ваш код 123456",
        "äöü € 123456 {{to}} \"q\" 'x' \\ &<>%41+ ]]>",
        "two\nlines: 123456\t$HOME `id`",
    ];
    let mut random = Random::new(case);
    let spec = random.spec().build();
    let secret = random.one(&["hunter2", SECRET, "hunter2=="]);
    let mut builder = HttpGateway::builder(spec.clone());
    for (name, value) in [("key", secret), ("account", "acme"), ("region", "eu")] {
        if spec.vars().any(|(known, _)| known == name) {
            builder = builder.var(name, value);
        }
    }
    let message = message(random.one(&texts));
    let Ok(gateway) = builder.build_with(ScriptedTransport::new()) else { return false };
    if gateway.prepare(&message).is_err() {
        return false;
    }
    assert_eq!(GatewaySpec::from_toml(&spec.to_toml().unwrap()).unwrap(), spec, "case {case}");
    check(&gateway, &message, &format!("case {case}"));
    true
}

#[test]
fn random_specs_come_back() {
    let count =
        |remainder| (1..=cases()).filter(|n| n % 2 == remainder).filter(|n| comes_back(*n)).count();
    let done = std::thread::scope(|scope| {
        let odd = scope.spawn(|| count(1));
        count(0) + odd.join().unwrap()
    });
    // A charset or a header does not take every value.
    assert!(done as u64 > cases() * 3 / 5, "{done} of {} say something", cases());
}
