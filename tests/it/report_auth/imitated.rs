//! Reports that an imitation signs, by each scheme: the verifier accepts them and refuses every
//! change of a bit, and OpenSSL accepts the signatures of private keys.

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use otpost::HttpGateway;
use otpost::gateway::imitation::ReportImitation;
use otpost::gateway::{GatewaySpec, Method, ReportAuth, ReportsSpec, VarSpec};
use otpost::report::{
    DeliveryReport, ReportReceiver, ReportRejection, ReportStatus, ReportVerifier,
};
use otpost::testing::ScriptedTransport;
use otpost_test_servers::openssl::OpensslFolder;

use super::mutations::accepted;
use super::{NOW, Request, parse, schemes, time};

const URL: &str = "https://app.example/sms/reports";
const BODY_HASH: &str = r#"claims = { hash = "{{body|sha256hex}}" }"#;
/// The start of an Ed25519 key in DER (RFC 8410 §4).
const ED25519_DER: [u8; 12] = [48, 42, 48, 5, 6, 3, 43, 101, 112, 3, 33, 0];

/// The schemes that the fixture does not have. The variable is the secret or the public key.
fn more() -> Vec<(&'static str, String)> {
    let jwt = |algorithms: &str, keys: &str| {
        format!(
            r#"jwt = {{ header = "X-Jwt", key = "{{{{key}}}}", algorithms = [{algorithms}], {keys} }}"#
        )
    };
    let signed = |kind: &str, keys: &str| {
        let header = r#"header = "X-Signature""#;
        let is_hash = kind == "hash";
        let key = if is_hash { "" } else { r#"key = "{{key}}", "# };
        format!("{kind} = {{ {key}{header}, {keys} }}")
    };
    let hash = |keys: &str| signed("hash", keys);
    let time = r#"timestamp = { header = "X-Time" }"#;
    vec![
        ("eddsa", jwt(r#""EdDSA""#, &format!("{BODY_HASH}, require = [\"iat\"]"))),
        ("es256", jwt(r#""ES256""#, &format!("{BODY_HASH}, require = [\"exp\"]"))),
        ("es384", jwt(r#""ES384""#, r#"prefix = "Bearer ", as_body = true"#)),
        (
            "hash_sha1",
            hash(&format!(
                r#"algorithm = "sha1", sign = "{{{{key}}}}{{{{header:X-Time}}}}{{{{body}}}}", {time}"#
            )),
        ),
        (
            "hash_sha256",
            hash(r#"algorithm = "sha256", sign = "{{body}}{{key}}", signature = "base64url""#),
        ),
        ("hash_sha512", hash(r#"algorithm = "sha512", sign = "{{key}}.{{body}}", prefix = "v1=""#)),
        ("hmac_md5", signed("hmac", r#"algorithm = "md5", sign = "{{body}}""#)),
        (
            "hmac_sha512",
            signed(
                "hmac",
                r#"algorithm = "sha512", sign = "{{header:X-Time}}{{body}}", signature = "base64", timestamp = { header = "X-Time", unit = "ms" }"#,
            ),
        ),
        (
            "rs256",
            jwt(
                r#""RS256", "RS512""#,
                &format!("{BODY_HASH}, issuer = \"acme\", replay = \"jti\""),
            ),
        ),
        ("rs384", jwt(r#""RS384""#, "as_body = true")),
        ("rs512", jwt(r#""RS512""#, BODY_HASH)),
        (
            "rsa",
            signed(
                "rsa",
                &format!(
                    r#"sign = "{{{{header:X-Time}}}}.{{{{body}}}}", signature = "hex", {time}"#
                ),
            ),
        ),
        (
            "rsa_pss",
            signed(
                "rsa_pss",
                r#"sign = "{{body}}", signature = "base64url", prefix = "rsassa-pss-sha256=""#,
            ),
        ),
    ]
}

/// The names and the values of variables. `None` for the public key of the imitation.
type Vars = Vec<(String, Option<String>)>;

/// All schemes, with the values of their variables.
fn all() -> Vec<(String, ReportAuth, Vars)> {
    let fixture = schemes().into_iter().map(|(name, scheme)| {
        // The private key of the vendor's own example is not known.
        let is_public = name == "telnyx";
        let vars = scheme.vars.into_iter();
        let vars = vars.map(|(var, value)| (var, (!is_public).then_some(value))).collect();
        (name, scheme.auth, vars)
    });
    let more = more().into_iter().map(|(name, auth)| {
        let is_secret = name.starts_with("hash") || name.starts_with("hmac");
        let vars = vec![("key".to_owned(), is_secret.then(|| "needle".to_owned()))];
        (name.to_owned(), parse(&format!("[auth]\n{auth}")), vars)
    });
    fixture.chain(more).collect()
}

/// A gateway whose reports have the form that the scheme signs.
fn spec(name: &str, auth: ReportAuth, vars: &[(String, Option<String>)]) -> GatewaySpec {
    let (place, method) = match name {
        "vonage_sms" | "vonage_sms_md5" => ("query:", Method::Get),
        "plivo" | "plivo_v2" | "twilio" | "vonage_sms_form" => ("form:", Method::Post),
        _ => ("/", Method::Post),
    };
    let reports = ReportsSpec::new(auth)
        .with_method(method)
        .with_message_id(format!("{place}id"))
        .with_status(format!("{place}status"))
        .with_words(ReportStatus::Delivered, ["DELIVRD"]);
    let builder = GatewaySpec::builder("acme", "Acme SMS")
        .post("https://sms.acme.example/send")
        .form("to", "{{to}}")
        .form("text", "{{text}}")
        .reports(reports);
    let add = |builder, (name, _): &(String, Option<String>)| {
        let builder: otpost::gateway::GatewaySpecBuilder = builder;
        builder.var(name, VarSpec::secret().with_optional())
    };
    vars.iter().fold(builder, add).build()
}

/// Signed reports, and the verifier of the application.
struct Signing {
    request: Request,
    forged: Request,
    verifier: ReportVerifier,
    public_key: Option<String>,
}

impl Signing {
    fn new(name: &str, auth: &ReportAuth, vars: &Vars) -> Self {
        let spec = spec(name, auth.clone(), vars);
        let mut imitation = ReportImitation::new(&spec, URL).unwrap();
        for (var, value) in vars {
            imitation =
                value.iter().fold(imitation, |it, value| it.with_var(var, value.as_str()).unwrap());
        }
        let imitation = imitation.with_generated_key().unwrap();
        let public_key = imitation.public_key();
        let values = vars.iter().map(|(var, value)| {
            let value = value.clone().unwrap_or_else(|| {
                assert_eq!(imitation.public_key_var().as_ref(), Some(var), "{name}");
                public_key.clone().unwrap()
            });
            (var.clone(), value)
        });
        let verifier = ReportVerifier::new(auth, values).unwrap();
        let report = DeliveryReport::new("acme", ReportStatus::Delivered);
        let report = report.with_message_id("0A0000000123ABCD1");
        let write = |is_forged| {
            let written = match is_forged {
                true => imitation.write_forged(&report, time(NOW)),
                false => imitation.write(&report, time(NOW)),
            };
            let (head, body) = written.unwrap().into_request().into_parts();
            let request = Request::new(head.method.as_str(), &head.uri.to_string(), &body);
            let headers = head.headers.iter();
            headers.fold(request, |request, (name, value)| request.with(name.as_str(), value))
        };
        Self { request: write(false), forged: write(true), verifier, public_key }
    }
}

#[test]
fn imitations_sign_by_every_scheme() {
    let (mut all_bits, mut count) = (0, 0);
    for (name, auth, vars) in all() {
        let Signing { request, forged, verifier, .. } = Signing::new(&name, &auth, &vars);
        let verified = request.verify(&verifier);
        let verified = verified.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(verified.replay_key().is_none(), name == "infobip", "{name}");
        // Infobip has a second scheme, for which the header has another form.
        let expected = match name.as_str() {
            "infobip" => ReportRejection::Malformed,
            _ => ReportRejection::Signature,
        };
        assert_eq!(forged.verify(&verifier).unwrap_err(), expected, "{name}");
        let (bits, kept) = accepted(&verifier, &request, &name);
        assert!(bits > 100, "{name}: {bits} bits");
        // The case of hexadecimal digits, and nothing else: each letter of the signature.
        if name == "rsa" {
            let letters = header(&request, "X-Signature").bytes().filter(u8::is_ascii_alphabetic);
            assert_eq!(kept.len(), letters.count(), "{kept:?}");
        }
        all_bits += bits;
        count += 1;
    }
    assert!(count == 34 && all_bits > 25_000, "{count} schemes, {all_bits} bits");
}

/// Returns a header of a request.
fn header<'r>(request: &'r Request, name: &str) -> &'r str {
    let mut headers = request.headers.iter();
    let (_, value) = headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).unwrap();
    std::str::from_utf8(value).unwrap()
}

/// Returns the text that was signed and the signature, by the rules of the scheme.
fn signed_text(name: &str, request: &Request) -> (Vec<u8>, Vec<u8>) {
    let before = |start: &str| [start.as_bytes(), &request.body].concat();
    match name {
        "telnyx" => {
            let text = before(&format!("{}|", header(request, "telnyx-timestamp")));
            (text, BASE64.decode(header(request, "telnyx-signature-ed25519").as_bytes()).unwrap())
        }
        "rsa" => {
            let text = before(&format!("{}.", header(request, "X-Time")));
            (text, HEXLOWER.decode(header(request, "X-Signature").as_bytes()).unwrap())
        }
        "rsa_pss" => {
            let signature = header(request, "X-Signature").strip_prefix("rsassa-pss-sha256=");
            let signature = BASE64URL_NOPAD.decode(signature.unwrap().as_bytes()).unwrap();
            (request.body.clone(), signature)
        }
        _ => {
            let token = header(request, "X-Jwt").trim_start_matches("Bearer ");
            let (text, signature) = token.rsplit_once('.').unwrap();
            (text.into(), BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap())
        }
    }
}

/// Returns an ECDSA signature in the form of X9.62, which OpenSSL reads: two numbers in DER.
fn ecdsa_der(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature.split_at(signature.len() / 2);
    let number = |bytes: &[u8]| {
        let start = bytes.iter().position(|byte| *byte != 0).unwrap();
        // A first bit that is set would make the number negative.
        let zero = if bytes[start] > 127 { &[0][..] } else { &[] };
        let digits = [zero, &bytes[start..]].concat();
        [&[2, digits.len() as u8][..], &digits].concat()
    };
    let both = [number(r), number(s)].concat();
    [&[48, both.len() as u8][..], &both].concat()
}

#[test]
fn openssl_accepts_the_signatures_of_imitations() {
    let folder = OpensslFolder::new().unwrap();
    let mut count = 0;
    for (name, auth, vars) in all() {
        let Signing { request, public_key, .. } = Signing::new(&name, &auth, &vars);
        let Some(key) = public_key else { continue };
        let (text, mut signature) = signed_text(&name, &request);
        let command = match name.as_str() {
            "eddsa" | "telnyx" => {
                "pkeyutl -verify -pubin -inkey key -rawin -in text -sigfile signature"
            }
            "rsa_pss" => {
                "dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest \
                 -verify key -signature signature text"
            }
            "es384" | "rs384" => "dgst -sha384 -verify key -signature signature text",
            "rs512" => "dgst -sha512 -verify key -signature signature text",
            _ => "dgst -sha256 -verify key -signature signature text",
        };
        if name.starts_with("es") {
            signature = ecdsa_der(&signature);
        }
        // Telnyx has the bytes of the key alone.
        let pem = match key.contains("BEGIN PUBLIC KEY") {
            true => key,
            false => {
                let der = [&ED25519_DER[..], &BASE64.decode(key.as_bytes()).unwrap()].concat();
                let text = BASE64.encode(&der);
                format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
            }
        };
        std::fs::write(folder.path("key"), pem).unwrap();
        std::fs::write(folder.path("signature"), signature).unwrap();
        std::fs::write(folder.path("text"), &text).unwrap();
        // It fails if OpenSSL does not accept the signature.
        folder.run(&format!("openssl {command}"));
        std::fs::write(folder.path("text"), [&text[..], b" "].concat()).unwrap();
        folder.run(&format!("! openssl {command}"));
        count += 1;
    }
    assert_eq!(count, 9);
}

/// A gateway with this authentication, and the variable `key`.
fn imitation(auth: &str, default: Option<&str>) -> ReportImitation {
    let (auth, vars) = (parse(&format!("[auth]\n{auth}")), [("key".to_owned(), None)]);
    let spec = spec("acme", auth, &vars);
    let imitation = ReportImitation::new(&spec, URL).unwrap();
    default.into_iter().fold(imitation, |it, value| it.with_var("key", value).unwrap())
}

#[test]
fn keys_are_generated_only_where_one_is_missing() {
    // A secret is missing, which is not generated.
    let hmac = r#"hmac = { key = "{{key}}", sign = "{{body}}", header = "X-Signature" }"#;
    let unsigned = imitation(hmac, None).with_generated_key().unwrap();
    assert_eq!((unsigned.public_key(), unsigned.public_key_var()), (None, None));
    let ed25519 = r#"ed25519 = { key = "{{key}}", sign = "{{body}}", signature = "base64", header = "X-Signature" }"#;
    // A value of the variable is the key of the vendor, and the imitation has its own.
    let first = imitation(ed25519, Some("x")).with_generated_key().unwrap();
    let key = first.public_key().unwrap();
    assert_eq!(BASE64.decode(key.as_bytes()).unwrap().len(), 32);
    // A key that is there stays, and a new one is another.
    assert_eq!(first.with_generated_key().unwrap().public_key().unwrap(), key);
    assert_ne!(imitation(ed25519, None).with_generated_key().unwrap().public_key().unwrap(), key);
    let shown = format!("{:?}", imitation(ed25519, None).with_generated_key().unwrap());
    assert!(!shown.contains("PRIVATE"), "{shown}");

    // The variable has the lines between the markers.
    let start = "-----BEGIN PUBLIC KEY-----\\n";
    let inner = format!(
        r#"rsa = {{ key = "{start}{{{{key}}}}\n-----END PUBLIC KEY-----", sign = "{{{{body}}}}", header = "X-Signature" }}"#
    );
    let auth = parse(&format!("[auth]\n{inner}"));
    let Signing { request, verifier, public_key, .. } =
        Signing::new("acme", &auth, &vec![("key".to_owned(), None)]);
    assert!(!public_key.unwrap().contains("-----"));
    request.accepted(&verifier);

    // The spec names the vendor's key itself, so nothing else can sign.
    let fixed = ed25519.replace("{{key}}", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    let auth = parse(&format!("[auth]\n{fixed}"));
    let imitation = ReportImitation::new(&spec("acme", auth, &[]), URL).unwrap();
    let error = imitation.with_generated_key().unwrap_err();
    assert_eq!(error.path(), "reports.auth.ed25519.key");
    assert!(error.to_string().contains("the spec contains the public key"), "{error}");
}

/// Keys in PEM have several lines, which environment variables often write as `\n`.
#[test]
fn gateways_take_public_keys_with_their_line_breaks() {
    let rsa = r#"rsa = { key = "{{key}}", sign = "{{body}}", header = "X-Signature" }"#;
    let jwt =
        r#"jwt = { key = "{{key}}", header = "X-Jwt", algorithms = ["ES256"], as_body = true }"#;
    let hmac = r#"hmac = { key = "{{key}}", sign = "{{body}}", header = "X-Signature" }"#;
    let build = |auth: &str, key: &str| {
        let spec = spec("acme", parse(&format!("[auth]\n{auth}")), &[("key".to_owned(), None)]);
        let builder = HttpGateway::builder(spec).var("key", key);
        let gateway = builder.build_with(ScriptedTransport::new())?;
        ReportReceiver::new(&gateway, URL)
    };
    for auth in [rsa, jwt] {
        let key = imitation(auth, None).with_generated_key().unwrap().public_key().unwrap();
        assert!(key.lines().count() > 3, "{key}");
        build(auth, &key).unwrap();
        build(auth, &key.replace('\n', "\\n")).unwrap();
        let error = build(hmac, &key).unwrap_err();
        assert!(error.to_string().contains("line break"), "{error}");
    }
}
