//! Errors for servers that TLS refuses, with each library.

use std::time::Duration;

use otpost::provider::Stage;
use otpost::transport::{ReqwestTransport, TlsBackend, TransportOptions, diagnose};
use otpost_test_servers::openssl::OpensslServer;
use otpost_testing::{FaultProtocol, FaultServer, Script, TestAuthority, TestCertificate};

use super::{ACCEPTED, appliances, backends, get, get_with, options, refused, sentence};
use crate::reach::BlackHole;
use crate::scale::cases;

fn runs() -> u64 {
    cases("OTPOST_TLS_RUNS", 2, 100)
}

/// The result with each library, which is the same each time.
async fn check(origin: &str, options: &TransportOptions, rustls: &str, native: &str) {
    for backend in backends() {
        let options = options.clone().with_tls_backend(backend);
        let expected = if backend == TlsBackend::Rustls { rustls } else { native };
        let host = origin.trim_start_matches("https://");
        if expected == "accepted" {
            let transport = ReqwestTransport::new(&options).unwrap();
            for _ in 0..runs() {
                let status = get_with(&transport, origin).await;
                assert_eq!(status.unwrap_or_else(|error| panic!("{backend} {error:?}")), 200);
            }
            let diagnosis = diagnose(&origin.parse().unwrap(), &options).await;
            assert!(diagnosis.failed().is_none(), "{backend}: {diagnosis}");
        } else {
            let seen = refused(&options, origin, runs()).await;
            assert_eq!(seen, expected.replace("HOST", host), "{backend}");
        }
    }
}

#[tokio::test]
async fn tls_errors_of_appliances_say_what_to_do() {
    let folder = appliances();
    let short_native =
        "the certificate of HOST has a key that is too short and insecure: create a longer key";
    let self_signed_native = "the certificate of HOST is self-signed and was not added: if it is the server's, add it to the CA certificates";
    for (name, added, rustls, native) in [
        (
            "authority",
            true,
            "the certificate of HOST, number 1 of the added CA certificates, is a CA certificate, which rustls does not accept from a server: if its key is the server's, set pin_sha256 = \"PIN\"",
            "accepted",
        ),
        (
            "authority",
            false,
            "the certificate of HOST is a CA certificate, which rustls does not accept from a server: if its key is the server's, set pin_sha256 = \"PIN\"",
            self_signed_native,
        ),
        ("plain", true, "accepted", "accepted"),
        (
            "plain",
            false,
            "the certificate of HOST is self-signed and was not added: if its key is the server's, set pin_sha256 = \"PIN\"",
            self_signed_native,
        ),
        (
            "nameless",
            true,
            "the certificate of HOST contains no name (subjectAltName): if its key is the server's, set pin_sha256 = \"PIN\"",
            "the certificate of HOST is for another name",
        ),
        (
            "sha1",
            true,
            "the certificate of HOST is signed with SHA-1, which is insecure: if its key is the server's, set pin_sha256 = \"PIN\"",
            "accepted",
        ),
        (
            "v1",
            true,
            "the certificate of HOST has the old version 1, which rustls does not support: if its key is the server's, set pin_sha256 = \"PIN\"",
            "the certificate of HOST is for another name",
        ),
        (
            "short",
            true,
            "the certificate of HOST has an RSA key of 1024 bits, which is insecure: create a key of at least 2048 bits",
            short_native,
        ),
    ] {
        let server = OpensslServer::start(&folder, name, "-www").unwrap();
        let options = match added {
            true => options().with_ca_certificates(folder.read(&format!("{name}.pem")).unwrap()),
            false => options(),
        };
        let rustls = rustls.replace("PIN", &folder.pin(name));
        check(&server.origin(), &options, &rustls, native).await;
    }
    let trusting = options().with_ca_certificates(folder.read("authority.pem").unwrap());
    let server = OpensslServer::start(&folder, "issued", "-www").unwrap();
    let rustls = format!(
        "the certificate of HOST is signed with SHA-1, which is insecure: if its key is the server's, set pin_sha256 = \"{}\"",
        folder.pin("issued")
    );
    let native = "the certificate of HOST is signed with an insecure hash: create another one";
    check(&server.origin(), &trusting, &rustls, native).await;
    let server = OpensslServer::start(&folder, "plain", "-www -tls1_1").unwrap();
    let version = "HOST supports no TLS version that is allowed here: its TLS is too old";
    check(&server.origin(), &options(), version, version).await;
    // TLS 1.2 has no alert that says so.
    let trusting = options().with_ca_certificates(folder.read("plain.pem").unwrap());
    let server = OpensslServer::start(&folder, "plain", "-www -tls1_2 -Verify 1").unwrap();
    let client = "HOST refused the TLS handshake: it may require a client certificate or other cipher suites";
    check(&server.origin(), &trusting, client, client).await;
}

#[tokio::test]
async fn tls_errors_of_certificates_from_a_ca_name_the_problem() {
    let authority = TestAuthority::new().unwrap();
    let trusting = options().with_ca_certificates(authority.pem().into_bytes());
    let unknown = "the certificate of HOST was issued by an unknown CA: add its CA certificate";
    for (certificate, options, rustls, native) in [
        (TestCertificate::Valid, &options(), unknown, unknown),
        (
            TestCertificate::Expired,
            &trusting,
            "the certificate of HOST expired on 01 Jan 2021",
            "the certificate of HOST has expired",
        ),
        (
            TestCertificate::WrongName,
            &trusting,
            "the certificate of HOST is for other.example",
            "the certificate of HOST is for another name",
        ),
    ] {
        let script = Script::new().hang();
        let server = FaultServer::start_tls(script, FaultProtocol::Http1, &authority, certificate);
        let server = server.await.unwrap();
        check(&server.origin(), options, rustls, native).await;
        assert!(!server.is_touched() && server.requests() == 0, "{certificate:?}");
    }
}

#[tokio::test]
async fn tls_errors_of_a_port_without_tls_are_not_those_of_tcp() {
    let answering = Script::new().read(1).write("HTTP/1.1 400 Bad\r\n\r\n").hang();
    let server = FaultServer::start(answering).await.unwrap();
    let origin = server.origin().replace("http://", "https://");
    let sentence = "HOST does not support TLS on this port: is it an http:// port?";
    check(&origin, &options(), sentence, sentence).await;
}

/// By the naive reading of the client's errors, a server that accepts the connection and then
/// answers nothing looks like one that does not accept the connection.
#[tokio::test]
async fn tls_errors_of_a_silent_port_are_not_those_of_tcp() {
    let server = FaultServer::start(Script::new().hang()).await.unwrap();
    let port = server.address().port();
    let black_hole = BlackHole::new([127, 0, 0, 3], 0).await;
    let hasty = options().with_connect_timeout(Duration::from_secs(1));
    let brief = options().with_timeout(Duration::from_secs(1));
    for backend in backends() {
        for options in [&hasty, &brief] {
            let options = options.clone().with_tls_backend(backend);
            let origin = format!("https://127.0.0.1:{port}");
            for _ in 0..runs().min(10) {
                let error = get(&options, &origin).await.unwrap_err();
                let seen = (error.stage(), error.may_have_sent());
                assert_eq!(seen, (Stage::Tls, false), "{backend} {error:?}");
                let text = sentence(&error);
                let start = format!("the TLS handshake with 127.0.0.1:{port} did not end in ");
                assert!(text.starts_with(&start), "{backend} {text}");
                assert!(text.ends_with(" s: does the port support TLS?"), "{backend} {text}");
            }
            // The name may have two addresses, and the server listens at one of them. On a busy
            // machine, native-tls then cannot tell TCP from TLS, and says neither.
            let error = get(&options, &format!("https://localhost:{port}")).await.unwrap_err();
            let is_right = match backend {
                TlsBackend::Rustls => error.stage() == Stage::Tls,
                _ => matches!(error.stage(), Stage::Connect | Stage::Tls),
            };
            assert!(is_right && !error.may_have_sent(), "{backend} {error:?}");
            let error = get(&options, &format!("https://{}", black_hole.address)).await;
            let error = error.unwrap_err();
            assert_eq!(error.stage(), Stage::Tcp, "{backend} {error:?}");
            assert!(sentence(&error).contains(" did not respond in "), "{backend} {error}");
        }
        let options = hasty.clone().with_tls_backend(backend);
        let url = format!("https://127.0.0.1:{port}").parse().unwrap();
        let diagnosis = diagnose(&url, &options).await;
        let failed = diagnosis.failed().unwrap();
        assert_eq!(failed.stage, Stage::Tls, "{diagnosis}");
        assert!(failed.what.ends_with(" s: does the port support TLS?"), "{diagnosis}");
    }
}

#[tokio::test]
async fn tls_errors_of_a_missing_client_certificate_say_so() {
    let authority = TestAuthority::new().unwrap();
    let script = Script::new().read_request().write(ACCEPTED).hang();
    let server = FaultServer::start_tls(
        script,
        FaultProtocol::Http1,
        &authority,
        TestCertificate::AsksClient,
    );
    let server = server.await.unwrap();
    for backend in backends() {
        let trusting =
            options().with_ca_certificates(authority.pem().into_bytes()).with_tls_backend(backend);
        let origin = server.origin();
        let expected = format!("{} requires a client certificate", server.address());
        let transport = ReqwestTransport::new(&trusting).unwrap();
        let mut told = 0;
        for _ in 0..runs() {
            let error = get_with(&transport, &origin).await.unwrap_err();
            // In TLS 1.3 the request may be on its way before the server refuses. Then the
            // operating system may report the end of the connection before the server's reason.
            if error.stage() == Stage::Tls {
                assert_eq!(sentence(&error), expected, "{backend} {error:?}");
                told += 1;
            } else {
                assert_eq!(error.stage(), Stage::Request, "{backend} {error:?}");
            }
        }
        assert!(told * 2 >= runs(), "{backend}: {told} of {} runs", runs());
        // It waits for half a second, so a server on a busy machine can be later.
        let mut diagnosis = diagnose(&origin.parse().unwrap(), &trusting).await;
        for _ in 0..10 {
            if diagnosis.failed().is_none_or(|failed| failed.stage == Stage::Tls) {
                break;
            }
            diagnosis = diagnose(&origin.parse().unwrap(), &trusting).await;
        }
        let failed = diagnosis.failed().unwrap_or_else(|| panic!("{backend} {diagnosis}"));
        assert_eq!((failed.stage, &failed.what), (Stage::Tls, &expected), "{diagnosis}");
        let identity = authority.client_identity().unwrap();
        let known = trusting.clone().with_client_identity(identity.clone());
        assert_eq!(get(&known, &origin).await.unwrap(), 202, "{backend}");
        // The order of key and certificate does not matter.
        let at = identity.find("-----BEGIN PRIVATE KEY-----").unwrap();
        let (first, second) = identity.split_at(if at == 0 {
            identity.find("-----BEGIN CERTIFICATE-----").unwrap()
        } else {
            at
        });
        let turned = trusting.with_client_identity(format!("{second}{first}"));
        assert_eq!(get(&turned, &origin).await.unwrap(), 202, "{backend}");
    }
}

#[tokio::test]
async fn tls_errors_of_added_certificates_name_the_invalid_one() {
    let authority = TestAuthority::new().unwrap().pem();
    let broken = "-----BEGIN CERTIFICATE-----\nMAMBAf8=\n-----END CERTIFICATE-----\n";
    for backend in backends() {
        for (pem, expected) in [
            (String::new(), "invalid CA certificates: expected PEM"),
            (
                format!("{authority}{broken}{authority}"),
                "invalid CA certificates: number 2 is not a valid certificate",
            ),
        ] {
            let options =
                options().with_ca_certificates(pem.into_bytes()).with_tls_backend(backend);
            let error = get(&options, "https://127.0.0.1:9").await.unwrap_err();
            assert_eq!(error.stage(), Stage::Config, "{backend}");
            assert!(error.to_string().contains(expected), "{backend} {error}");
            let diagnosis = diagnose(&"https://127.0.0.1:9".parse().unwrap(), &options).await;
            assert!(diagnosis.failed().is_some(), "{diagnosis}");
        }
    }
}
