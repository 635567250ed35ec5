//! Certificates and handshakes.

use otpost_test_servers::openssl::{OpensslFolder, OpensslServer};
use otpost_testing::{FaultProtocol, FaultServer, Script, TestAuthority, TestCertificate};

use super::{Setup, check};
use crate::file;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_certificates_are_named() {
    let authority = TestAuthority::new().unwrap();
    let pem = file("broken-authority.pem", &authority.pem());
    let trust = format!("ca_file = \"{}\"", pem.display());
    for (name, certificate, trust, cause, fix) in [
        (
            "expired",
            TestCertificate::Expired,
            &*trust,
            "expired on 01 Jan 2021",
            "has to renew it; check the clock of this machine",
        ),
        (
            "wrong-name",
            TestCertificate::WrongName,
            &trust,
            "is for other.example",
            "write the host of the URL as the certificate names it",
        ),
        (
            "self-signed",
            TestCertificate::SelfSigned,
            &trust,
            "is self-signed and was not added: if its key is the server's, set pin_sha256 = \"",
            "set ca_file in [connection]",
        ),
        (
            "unknown-ca",
            TestCertificate::Valid,
            "",
            "was issued by an unknown CA: add its CA certificate",
            "a firewall that inspects TLS has a CA certificate of its own",
        ),
        (
            "no-client-certificate",
            TestCertificate::AsksClient,
            &trust,
            "requires a client certificate",
            "set client_identity in [connection]",
        ),
        (
            "other-key",
            TestCertificate::Valid,
            "pin_sha256 = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"",
            "has another key than the one in pin_sha256: it presents \"",
            "the connection may be intercepted",
        ),
    ] {
        let script = Script::new().hang();
        let server = FaultServer::start_tls(script, FaultProtocol::Http1, &authority, certificate);
        let server = server.await.unwrap();
        check(&Setup::new(name, server.origin()).with(trust), "tls", cause, fix);
        assert!(!server.is_touched(), "{name}: a request was sent");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_appliances_are_named() {
    const NO_CA: &str =
        "-addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE";
    let folder = OpensslFolder::new().unwrap();
    folder.self_signed("plain", &format!("-newkey rsa:2048 {NO_CA}"));
    folder.self_signed("sha1", &format!("-newkey rsa:2048 -sha1 {NO_CA}"));
    folder.self_signed("short", &format!("-newkey rsa:1024 {NO_CA}"));
    folder.self_signed("authority", "-newkey rsa:2048 -addext subjectAltName=IP:127.0.0.1");
    let renew = "ask the operator of the gateway for a new certificate, or pin its key";
    for (name, options, cause, fix) in [
        ("sha1", "-www", "is signed with SHA-1, which is insecure", renew),
        ("short", "-www", "has an RSA key of 1024 bits, which is insecure", renew),
        ("authority", "-www", "is a CA certificate, which rustls does not accept", renew),
        (
            "plain",
            "-www -tls1_1",
            "supports no TLS version that is allowed here: its TLS is too old",
            "ask the operator of the gateway to enable TLS 1.2 or 1.3",
        ),
        (
            "plain",
            "-www -tls1_2 -Verify 1",
            "it may require a client certificate or other cipher suites",
            "client_identity",
        ),
    ] {
        let server = OpensslServer::start(&folder, name, options).unwrap();
        let trust = format!("ca_file = \"{}\"", folder.path(&format!("{name}.pem")).display());
        check(&Setup::new(name, server.origin()).with(trust), "tls", cause, fix);
    }
    // A server for several names, and none of them is `localhost`.
    let options =
        "-www -servername other.example -servername_fatal -cert2 plain.pem -key2 plain.key";
    let server = OpensslServer::start(&folder, "plain", options).unwrap();
    let named = Setup::new("unknown-sni", format!("https://localhost:{}", server.port()));
    check(&named, "tls", "it does not serve this host name", "check the host of the URL");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_schemes_are_named() {
    let refusing = Script::new().read(1).write("HTTP/1.1 400 Bad Request\r\n\r\n").hang();
    let plain = FaultServer::start(refusing).await.unwrap();
    let plain = Setup::new("https-to-http", plain.origin().replace("http://", "https://"));
    check(
        &plain,
        "tls",
        "does not support TLS on this port: is it an http:// port?",
        "the https port",
    );

    let expects = "expects TLS on this port, and the URL is http://";
    let authority = TestAuthority::new().unwrap();
    let valid = TestCertificate::Valid;
    let script = Script::new().hang();
    let server = FaultServer::start_tls(script, FaultProtocol::Http1, &authority, valid);
    let server = server.await.unwrap();
    let clear = Setup::new("http-to-https", server.origin().replace("https://", "http://"));
    check(&clear, "headers", expects, "write https:// in the URL");

    let silent = FaultServer::start(Script::new().hang()).await.unwrap();
    let url = silent.origin().replace("http://", "https://");
    let stalls = Setup::new("handshake-stalls", &*url).hasty();
    check(&stalls, "tls", "did not end in", "a firewall on the way may allow TCP and block TLS");
    let closing = FaultServer::start(Script::new().read(1)).await.unwrap();
    let url = closing.origin().replace("http://", "https://");
    let closes = Setup::new("handshake-closes", &*url);
    check(&closes, "tls", "was closed during the TLS handshake", "no firewall filters it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_pages_are_named_behind_tls() {
    let authority = TestAuthority::new().unwrap();
    let pem = file("good-authority.pem", &authority.pem());
    let trust = format!("ca_file = \"{}\"", pem.display());
    let answer = |response: &str| Script::new().read_request().write(response).hang();
    let missing = answer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    let valid = TestCertificate::Valid;
    let server = FaultServer::start_tls(missing, FaultProtocol::Http1, &authority, valid);
    let server = server.await.unwrap();
    let setup = Setup::new("wrong-path-tls", server.origin()).with(&trust);
    check(&setup, "headers", "has no page /send (status 404)", "the path of request.url");
    assert_eq!(server.requests(), 2, "by two methods");

    let refusing = answer("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
    let server = FaultServer::start_tls(refusing, FaultProtocol::Http1, &authority, valid);
    let server = server.await.unwrap();
    let output = Setup::new("good-tls", server.origin()).with(&trust).diagnose(&[]);
    let printed = crate::texts(&output).0;
    assert_eq!(output.status.code(), Some(0), "{printed}");
    assert!(
        printed.contains("HTTP status 401 without credentials: the server responds"),
        "{printed}"
    );
}
