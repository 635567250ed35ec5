//! A pin accepts one public key, and is checked before the first byte of a request.

use otpost::gateway::{Connection, GatewaySpec};
use otpost::provider::{Fate, Provider, Stage};
use otpost::transport::{TlsBackend, TlsVersion, TransportOptions, diagnose};
use otpost::{HttpGateway, Message, PhoneNumber};
use otpost_test_servers::openssl::OpensslServer;
use otpost_testing::{FaultProtocol, FaultServer, Script, TestAuthority, TestCertificate};

use super::impostor::{Impostor, naive_request};
use super::{ACCEPTED, appliances, get, options, refused};
use crate::scale::cases;

/// The base64 of 32 bytes that are the hash of no key here.
const OTHER: &str = "d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM=";

fn runs() -> u64 {
    cases("OTPOST_TLS_RUNS", 2, 100)
}

fn pinned(pin: &str) -> TransportOptions {
    options().with_pin_sha256(pin).with_tls_backend(TlsBackend::Rustls)
}

/// The pin that the error of another one shows.
async fn shown_pin(origin: &str) -> String {
    let text = refused(&pinned(OTHER), origin, 1).await;
    text.rsplit('"').nth(1).unwrap_or_else(|| panic!("{text}")).to_owned()
}

#[tokio::test]
async fn pin_accepts_its_key_in_any_certificate_and_no_other_key() {
    let folder = appliances();
    for name in ["authority", "plain", "curve", "nameless", "sha1", "v1", "issued"] {
        let pin = folder.pin(name);
        for version in ["-tls1_2", "-tls1_3"] {
            let server = OpensslServer::start(&folder, name, &format!("-www {version}")).unwrap();
            let origin = server.origin();
            assert_eq!(shown_pin(&origin).await, pin, "{name} {version}");
            for _ in 0..runs() {
                let status = get(&pinned(&pin), &origin).await;
                assert_eq!(status.unwrap(), 200, "{name} {version}");
            }
            let diagnosis = diagnose(&origin.parse().unwrap(), &pinned(&pin)).await;
            assert!(diagnosis.failed().is_none(), "{name}: {diagnosis}");
            assert!(diagnosis.to_string().contains("trusted by its pinned key"), "{diagnosis}");
            // Another appliance's pin.
            let other = folder.pin(if name == "plain" { "curve" } else { "plain" });
            let expected = format!(
                "127.0.0.1:{} has another key than the one in pin_sha256: it presents \"{pin}\"",
                server.port()
            );
            assert_eq!(
                refused(&pinned(&other), &origin, runs()).await,
                expected,
                "{name} {version}"
            );
        }
    }
    // No crypto provider of rustls verifies signatures of a key that short.
    let server = OpensslServer::start(&folder, "short", "-www").unwrap();
    let text = refused(&pinned(&folder.pin("short")), &server.origin(), 1).await;
    assert!(
        text.ends_with(
            "an RSA key of 1024 bits, which is insecure: create a key of at least 2048 bits"
        ),
        "{text}"
    );
}

#[tokio::test]
async fn pin_is_checked_before_the_first_byte_of_a_request() {
    let folder = appliances();
    for (name, version) in [("authority", "-tls1_2"), ("authority", "-tls1_3"), ("v1", "-tls1_3")] {
        let server = OpensslServer::start(&folder, name, &format!("-quiet {version}")).unwrap();
        let origin = format!("{}/secret?code=123456", server.origin());
        refused(&pinned(OTHER), &origin, runs()).await;
        // The server prints what it decrypts. It answers nothing, so the good request times out.
        let hasty = pinned(&folder.pin(name)).with_timeout(std::time::Duration::from_secs(5));
        let error = get(&hasty, &format!("{}/good", server.origin())).await.unwrap_err();
        assert!(error.may_have_sent(), "{error:?}");
        let printed = String::from_utf8_lossy(&server.printed()).into_owned();
        assert!(printed.contains("GET /good") && !printed.contains("secret"), "{printed}");
    }
}

#[tokio::test]
async fn pin_refuses_a_valid_chain_with_another_key() {
    let (authority, other) = (TestAuthority::new().unwrap(), TestAuthority::new().unwrap());
    let start = |authority| {
        let script = Script::new().read_request().write(ACCEPTED);
        FaultServer::start_tls(script, FaultProtocol::Http1, authority, TestCertificate::Valid)
    };
    let (gateway, attacker) = (start(&authority).await.unwrap(), start(&other).await.unwrap());
    let pin = shown_pin(&gateway.origin()).await;
    assert_eq!(get(&pinned(&pin), &gateway.origin()).await.unwrap(), 202);
    // The naive client trusts the attacker's CA, as it would a CA that is deceived.
    let naive = options().with_ca_certificates(other.pem().into_bytes());
    assert_eq!(get(&naive, &attacker.origin()).await.unwrap(), 202);
    let seen = attacker.requests();
    refused(&pinned(&pin), &attacker.origin(), runs()).await;
    assert_eq!(attacker.requests(), seen, "no request reaches the attacker");
}

#[tokio::test]
async fn pin_requires_the_proof_of_the_private_key() {
    let folder = appliances();
    let certificate = folder.read("plain.pem").unwrap();
    let (own, other) = (folder.read("plain.key").unwrap(), folder.read("sha1.key").unwrap());
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let honest = Impostor::start(&certificate, &own, version).await;
        assert_eq!(get(&pinned(&folder.pin("plain")), &honest.origin()).await.unwrap(), 202);
        let impostor = Impostor::start(&certificate, &other, version).await;
        let text = refused(&pinned(&folder.pin("plain")), &impostor.origin(), runs()).await;
        assert!(text.ends_with("did not prove that it has its private key"), "{text}");
        assert_eq!(impostor.received(), 0, "{version:?}");
        // The naive client compares the certificate alone.
        naive_request(impostor.address, &certificate).await;
        assert!(impostor.received() > 0, "{version:?}");
    }
}

#[tokio::test]
async fn pin_replaces_the_dates_and_the_names() {
    let authority = TestAuthority::new().unwrap();
    for certificate in [TestCertificate::Expired, TestCertificate::WrongName] {
        let script = Script::new().read_request().write(ACCEPTED);
        let server = FaultServer::start_tls(script, FaultProtocol::Http1, &authority, certificate);
        let server = server.await.unwrap();
        let pin = shown_pin(&server.origin()).await;
        assert_eq!(get(&pinned(&pin), &server.origin()).await.unwrap(), 202, "{certificate:?}");
        let diagnosis = diagnose(&server.origin().parse().unwrap(), &pinned(&pin)).await;
        assert!(diagnosis.failed().is_none(), "{diagnosis}");
    }
}

#[tokio::test]
async fn pin_that_cannot_be_applied_is_refused() {
    let authority = TestAuthority::new().unwrap();
    let https = "https://127.0.0.1:9";
    let hex = "77aab346ef733840".repeat(4);
    let invalid = "invalid pin_sha256: it is not the base64 of a SHA-256 hash: write 44 characters";
    for (options, origin, expected) in [
        (pinned(""), https, invalid),
        (pinned(&hex), https, invalid),
        (pinned(&format!("sha256//{OTHER}")), https, invalid),
        (pinned(&OTHER.replace("mM=", "mN=")), https, invalid),
        (pinned(OTHER.trim_end_matches('=')), https, invalid),
        (
            pinned(OTHER).with_ca_certificates(authority.pem().into_bytes()),
            https,
            "pin_sha256 replaces the CA certificates",
        ),
        (pinned(OTHER), "http://127.0.0.1:9", "http:// has no key"),
        (
            pinned(OTHER).with_proxy("https://127.0.0.1:10"),
            https,
            "pin_sha256 needs another host than the one of the https:// proxy",
        ),
    ] {
        let error = get(&options, origin).await.unwrap_err();
        assert_eq!((error.stage(), error.may_have_sent()), (Stage::Config, false), "{error:?}");
        assert!(error.to_string().contains(expected), "{error}");
    }
    let diagnosis = diagnose(&"http://127.0.0.1:9".parse().unwrap(), &pinned(OTHER)).await;
    assert_eq!(diagnosis.failed().unwrap().stage, Stage::Config, "{diagnosis}");
    // The application's client does not have the pin.
    let client = reqwest::Client::new();
    let foreign = otpost::transport::ReqwestTransport::from_client(client, &pinned(OTHER));
    let mut request = otpost::transport::Request::default();
    *request.uri_mut() = https.parse().unwrap();
    let error = otpost::transport::Transport::call(&foreign, request).await.unwrap_err();
    assert!(error.to_string().contains("pin_sha256 does not work with"), "{error}");
}

#[cfg(feature = "native-tls")]
#[tokio::test]
async fn pin_with_native_tls_is_refused() {
    let options = options().with_pin_sha256(OTHER).with_tls_backend(TlsBackend::NativeTls);
    let error = otpost::transport::ReqwestTransport::new(&options).unwrap_err();
    assert_eq!(error.stage(), Stage::Config);
    assert!(error.to_string().contains("pin_sha256 needs rustls"), "{error}");
}

#[tokio::test]
async fn pin_does_not_apply_to_a_tls_proxy() {
    let authority = TestAuthority::new().unwrap();
    // The proxy answers nothing to CONNECT, but its own certificate is accepted.
    let script = Script::new().read_request().write("HTTP/1.1 403 No\r\n\r\n");
    let proxy =
        FaultServer::start_tls(script, FaultProtocol::Http1, &authority, TestCertificate::Valid);
    let proxy = proxy.await.unwrap();
    let trusting =
        pinned(OTHER).with_proxy(proxy.origin()).with_ca_certificates(authority.pem().into_bytes());
    let error = get(&trusting, "https://sms.example").await.unwrap_err();
    assert_eq!(error.stage(), Stage::Proxy, "{error:?}");
    assert_eq!(proxy.requests(), 1, "the proxy was asked: {error:?}");
    let error = get(&pinned(OTHER).with_proxy(proxy.origin()), "https://sms.example").await;
    let error = error.unwrap_err();
    assert!(error.to_string().contains("issued by an unknown CA"), "{error}");
    assert_eq!(proxy.requests(), 1, "{error:?}");
}

fn spec(origin: &str) -> String {
    format!(
        r#"
        spec = 1
        id = "appliance"
        name = "Appliance"
        allow = ["secret-in-url"]
        [request]
        method = "GET"
        url = "{origin}/send"
        query = {{ to = "{{{{to}}}}", text = "{{{{text}}}}" }}
        [connection]
        min_tls = "1.2"
        pin_sha256 = "PIN"
        "#
    )
}

#[tokio::test]
async fn pin_in_a_spec_reaches_the_appliance() {
    let folder = appliances();
    let server = OpensslServer::start(&folder, "authority", "-www").unwrap();
    let text = spec(&server.origin());
    let build = |pin: &str| {
        let spec = GatewaySpec::from_toml(&text.replace("PIN", pin))?;
        HttpGateway::builder(spec).build()
    };
    let message = Message::new(PhoneNumber::parse("+41791234567").unwrap(), "012345").unwrap();
    let gateway = build(&folder.pin("authority")).unwrap();
    gateway.send(&message).await.unwrap();
    assert!(gateway.diagnose().await.failed().is_none());
    let error = build(OTHER).unwrap().send(&message).await.unwrap_err();
    assert_eq!((error.fate(), error.stage()), (Fate::NotSent, Some(Stage::Tls)), "{error:?}");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("has another key than the one in pin_sha256"), "{cause}");
    let error = build("sha256//AAAA").unwrap_err();
    assert_eq!(error.path(), "connection.pin_sha256");
    assert!(error.to_string().contains("44 characters"), "{error}");
}

#[test]
fn pin_of_a_spec_is_written_and_checked() {
    let text = spec("https://10.0.0.5:8443").replace("PIN", OTHER);
    let read = GatewaySpec::from_toml(&text).unwrap();
    let connection = Connection::default().with_min_tls(TlsVersion::V1_2).with_pin_sha256(OTHER);
    let again = GatewaySpec::from_toml(&read.to_toml().unwrap()).unwrap();
    assert_eq!(again, read);
    let built = |connection| {
        GatewaySpec::builder("appliance", "Appliance")
            .get("https://10.0.0.5:8443/send?to={{to}}&text={{text}}")
            .connection(connection)
            .build()
    };
    assert!(built(connection).to_toml().unwrap().contains(&format!("pin_sha256 = \"{OTHER}\"")));
    let error = built(Connection::default().with_pin_sha256("AAAA")).check().unwrap_err();
    assert_eq!(error.path(), "connection.pin_sha256");
    // The key of another origin is another one.
    for (origin, token, problem) in [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", "its URL is http://"),
        ("https://10.0.0.5", "https://10.0.0.6", "another origin"),
        ("https://10.0.0.5", "https://10.0.0.5:8443", "another origin"),
        ("https://10.0.0.5", "https://10.0.0.5:443", ""),
    ] {
        let auth = format!(
            "[auth.token]\nurl = \"{token}/token\"\ntoken = \"/token\"\nlifetime = \"1h\"\n[request]"
        );
        let text = spec(origin).replace("PIN", OTHER);
        let text = text.replacen("[request]", &auth, 1);
        let built = HttpGateway::builder(GatewaySpec::from_toml(&text).unwrap()).build();
        match built {
            Ok(_) => assert_eq!(problem, "", "{origin} {token}"),
            Err(error) => {
                assert_eq!(error.path(), "connection.pin_sha256", "{error}");
                assert!(!problem.is_empty() && error.to_string().contains(problem), "{error}");
            }
        }
    }
}
