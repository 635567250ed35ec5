use std::error::Error;

use otpost::gateway::GatewaySpec;
use otpost::provider::{Fate, Provider, Stage};
use otpost::transport::{ReqwestTransport, TlsVersion};
use otpost::{HttpGateway, Message, PhoneNumber};
use otpost_testing::{FaultProtocol, FaultServer, Script, TestAuthority, TestCertificate};

use super::{call, check, failures, options};

#[tokio::test]
async fn certificates_are_checked_and_what_is_wrong_is_said() {
    let (authority, other) = (TestAuthority::new().unwrap(), TestAuthority::new().unwrap());
    let trusting = || options().with_ca_certificates(authority.pem().into_bytes());
    let strangers = options().with_ca_certificates(other.pem().into_bytes());
    let only_new = trusting().with_min_tls(TlsVersion::V1_3);
    use TestCertificate::{Expired, OldTls, SelfSigned, Valid, WrongName};
    for (certificate, options, sentence) in [
        (
            Valid,
            &strangers,
            "the certificate of 127.0.0.1:PORT was issued by an unknown CA: add its CA certificate",
        ),
        (Expired, &trusting(), "the certificate of 127.0.0.1:PORT expired on 01 Jan 2021"),
        (WrongName, &trusting(), "the certificate of 127.0.0.1:PORT is for other.example"),
        (
            SelfSigned,
            &trusting(),
            "the certificate of 127.0.0.1:PORT is self-signed and was not added: if its key is the server's, set pin_sha256 = PIN",
        ),
        (
            OldTls,
            &only_new,
            "127.0.0.1:PORT supports no TLS version that is allowed here: its TLS is too old",
        ),
    ] {
        for protocol in [FaultProtocol::Http1, FaultProtocol::Http2] {
            let server =
                FaultServer::start_tls(Script::new().hang(), protocol, &authority, certificate);
            let server = server.await.unwrap();
            let sentence = format!("tls: {sentence} (127.0.0.1:PORT)");
            let is_http2 = protocol == FaultProtocol::Http2;
            let options = if is_http2 { options.clone().with_http2() } else { options.clone() };
            for error in failures(&options, &format!("{}/path", server.origin())).await {
                check(&error, Stage::Tls, server.address().port(), &sentence);
            }
            assert!(!server.is_touched() && server.requests() == 0);
        }
    }
}

#[tokio::test]
async fn a_client_s_certificate_is_shown_when_it_is_asked_for() {
    let authority = TestAuthority::new().unwrap();
    let answer = "HTTP/1.1 202 A\r\nContent-Length: 0\r\n\r\n";
    let server = FaultServer::start_tls(
        Script::new().read_request().write(answer).hang(),
        FaultProtocol::Http1,
        &authority,
        TestCertificate::AsksClient,
    );
    let server = server.await.unwrap();
    let trusting = || options().with_ca_certificates(authority.pem().into_bytes());
    let known = trusting().with_client_identity(authority.client_identity().unwrap());
    assert_eq!(call(&known, &server.origin()).await.unwrap(), 202);
    let stranger = TestAuthority::new().unwrap().client_identity().unwrap();
    for options in [trusting(), trusting().with_client_identity(stranger)] {
        for error in failures(&options, &server.origin()).await {
            // TLS 1.3 ends the handshake before the server has seen the certificate, so a request may be on its way.
            assert!(error.may_have_sent() || error.stage() == Stage::Tls, "{error:?}");
        }
    }
    assert_eq!(server.requests(), 1, "a request without a certificate is not read");
    // The last one has lost its line breaks, as in an environment variable: the reader takes the key for a label.
    let dense = authority.client_identity().unwrap().replace('\n', " ");
    for bad in ["", "no PEM", &authority.pem(), &dense] {
        let error = ReqwestTransport::new(&options().with_client_identity(bad)).unwrap_err();
        assert_eq!(error.stage(), Stage::Config);
        assert!(error.source().is_none(), "{error:?}");
        assert!(format!("{error:?}").len() < 400, "{error:?}");
    }
    for bad in ["", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let error = ReqwestTransport::new(&options().with_ca_certificates(bad.as_bytes()));
        assert_eq!(error.unwrap_err().stage(), Stage::Config, "{bad}");
    }
}

#[tokio::test]
async fn a_request_in_the_clear_to_a_tls_port_may_have_been_read() {
    let authority = TestAuthority::new().unwrap();
    let server = FaultServer::start_tls(
        Script::new().read_request(),
        FaultProtocol::Http1,
        &authority,
        TestCertificate::Valid,
    );
    let server = server.await.unwrap();
    for error in failures(&options(), &server.origin().replace("https://", "http://")).await {
        assert!(error.may_have_sent(), "{error:?}");
        assert!(matches!(error.stage(), Stage::Headers | Stage::Request), "{error:?}");
    }
}

#[tokio::test]
async fn a_spec_names_the_files() {
    let authority = TestAuthority::new().unwrap();
    let answer = "HTTP/1.1 202 A\r\nContent-Length: 0\r\n\r\n";
    let server = FaultServer::start_tls(
        Script::new().read_request().write(answer).hang(),
        FaultProtocol::Http1,
        &authority,
        TestCertificate::AsksClient,
    );
    let server = server.await.unwrap();
    let folder = std::env::temp_dir().join(format!("otpost-certificates-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    std::fs::write(path("ca.pem"), authority.pem()).unwrap();
    std::fs::write(path("client.pem"), authority.client_identity().unwrap()).unwrap();
    let build = |connection: &str| {
        let spec = format!(
            r#"
            spec = 1
            id = "acme"
            name = "Acme"
            [request]
            method = "POST"
            url = "{}/send"
            form = {{ to = "{{{{to}}}}", text = "{{{{text}}}}" }}
            [connection]
            {connection}
            "#,
            server.origin()
        );
        HttpGateway::builder(GatewaySpec::from_toml(&spec)?).build()
    };
    let message = Message::new(PhoneNumber::parse("+41791234567").unwrap(), "012345").unwrap();
    let (ca, client) = (path("ca.pem"), path("client.pem"));
    let known = format!(
        "ca_file = {ca:?}\nclient_identity = {client:?}\nmin_tls = \"1.3\"\nsource = \"127.0.0.1\""
    );
    assert!(build(&known).unwrap().send(&message).await.is_ok());
    // Without the authority the handshake fails, and nothing was sent.
    let error = build("idle_timeout = \"5s\"").unwrap().send(&message).await.unwrap_err();
    assert_eq!((error.fate(), error.stage()), (Fate::NotSent, Some(Stage::Tls)), "{error:?}");
    let error = build("deny_private = true").unwrap().send(&message).await.unwrap_err();
    assert_eq!((error.fate(), error.stage()), (Fate::NotSent, Some(Stage::Config)), "{error:?}");
    for (connection, key) in [
        (format!("ca_file = {:?}", path("none.pem")), "connection.ca_file"),
        (format!("client_identity = {:?}", path("none.pem")), "connection.client_identity"),
        (format!("client_identity = {ca:?}"), "connection"),
        ("min_tls = \"1.1\"".to_owned(), "connection.min_tls"),
    ] {
        assert_eq!(build(&connection).unwrap_err().path(), key, "{connection}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
