//! The staged probe: each step, and the sentence where it ends.

use otpost::provider::Stage;
use otpost::transport::{Diagnosis, TransportOptions, diagnose};
use otpost::{HttpGateway, gateways};
use otpost_testing::{FaultProtocol, FaultServer, Script, TestAuthority, TestCertificate};
use std::time::Duration;
use tokio::net::TcpSocket;

fn options() -> TransportOptions {
    TransportOptions::new().with_http_allowed().with_connect_timeout(Duration::from_secs(20))
}

/// The last finding is this one, bad, and says so.
#[track_caller]
fn check(diagnosis: &Diagnosis, stage: Stage, sentence: &str) {
    let failed = diagnosis.failed().unwrap_or_else(|| panic!("it was reached:\n{diagnosis}"));
    assert_eq!(failed.stage, stage, "{diagnosis}");
    assert!(failed.what.contains(sentence) && failed.hint.is_some(), "{diagnosis}");
    let text = diagnosis.to_string();
    assert!(text.contains("FAILED") && text.contains("-> ") && !text.contains("hunter2"), "{text}");
}

/// The time of the last finding, in words. A busy machine takes longer than the limit.
fn time_of_failure(diagnosis: &Diagnosis) -> String {
    format!("{:.1} s", diagnosis.failed().unwrap().elapsed.as_secs_f64())
}

async fn probe(url: &str, options: &TransportOptions) -> Diagnosis {
    diagnose(&url.parse().unwrap(), options).await
}

#[tokio::test]
async fn a_good_way_is_good_at_every_step() {
    let authority = TestAuthority::new().unwrap();
    let options = options().with_ca_certificates(authority.pem().into_bytes());
    for (protocol, http) in [(FaultProtocol::Http1, "HTTP/1.1"), (FaultProtocol::Http2, "HTTP/2")] {
        let script = Script::new().hang();
        let server = FaultServer::start_tls(script, protocol, &authority, TestCertificate::Valid);
        let server = server.await.unwrap();
        let url = format!("https://localhost:{}/path?secret=1", server.address().port());
        let is_http2 = protocol == FaultProtocol::Http2;
        let options = if is_http2 { options.clone().with_http2() } else { options.clone() };
        let diagnosis = probe(&url, &options).await;
        assert!(diagnosis.failed().is_none(), "{diagnosis}");
        let stages: Vec<_> =
            diagnosis.findings().iter().filter(|f| f.is_good).map(|f| f.stage).collect();
        assert_eq!(stages, [Stage::Dns, Stage::Tcp, Stage::Tls], "{diagnosis}");
        let tcp = diagnosis.findings().iter().find(|f| f.stage == Stage::Tcp && f.is_good).unwrap();
        assert_eq!(tcp.remote, Some(server.address()));
        assert!(tcp.local.is_some());
        let tls = &diagnosis.findings().last().unwrap().what;
        assert!(
            tls.starts_with(&format!(
                "TLS 1.3, {http}; certificate for localhost, valid until 4096-01-01, "
            )),
            "{tls}"
        );
        assert!(!server.is_touched() && server.requests() == 0, "nothing of a request is sent");
    }
}

#[tokio::test]
async fn a_bad_way_ends_with_a_sentence() {
    let refusing = TcpSocket::new_v4().unwrap();
    refusing.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let dead = refusing.local_addr().unwrap();
    let gateway: HttpGateway = gateways::link_mobility("acme", "hunter2")
        .origin(&format!("http://{dead}"))
        .build()
        .unwrap();
    let diagnosis = gateway.diagnose().await;
    check(&diagnosis, Stage::Tcp, &format!("{dead} refused the connection (ECONNREFUSED)"));
    let config = &diagnosis.findings()[0];
    assert_eq!(config.what, format!("link-mobility: POST to http://{dead}; 1 secret is given"));

    check(
        &probe("https://gateway.invalid/", &options()).await,
        Stage::Dns,
        "cannot resolve gateway.invalid: ",
    );
    check(
        &probe("/nowhere", &options()).await,
        Stage::Config,
        "not an http:// or https:// URL with a host",
    );
    let far = options().with_local_address([192, 0, 2, 1].into());
    check(&probe("http://127.0.0.1:9/", &far).await, Stage::Bind, "cannot connect from 192.0.2.1");
    let private = options().with_private_denied();
    check(
        &probe("http://localhost:9/", &private).await,
        Stage::Dns,
        "private addresses are denied",
    );
    check(
        &probe("https://127.0.0.1:9/", &private).await,
        Stage::Config,
        "private addresses are denied",
    );
    let both = options().with_private_denied().with_proxy("http://127.0.0.1:9");
    check(
        &probe("https://sms.example/", &both).await,
        Stage::Config,
        "cannot be denied with a proxy",
    );
    // Its password goes out in TLS or not at all.
    let tls_proxy = FaultServer::start(Script::new().hang()).await.unwrap();
    let origin = tls_proxy.origin().replace("http://", "https://user:hunter2@");
    let secured = options().with_proxy(origin);
    check(&probe("https://sms.example/", &secured).await, Stage::Proxy, "the proxy uses TLS");
    assert!(!tls_proxy.is_touched());
    // A proxy that is dead is not the gateway.
    let proxied = options().with_proxy(format!("http://u:hunter2@{dead}"));
    check(
        &probe("https://sms.example/", &proxied).await,
        Stage::Proxy,
        &format!("proxy {dead} refused"),
    );
    for (answer, sentence) in [
        ("HTTP/1.1 407 Auth\r\n\r\n", "the proxy requires a user name and a password (407)"),
        ("HTTP/1.1 403 No\r\n\r\n", "no tunnel to sms.example:443: the proxy returned status 403"),
        ("garbage", "the proxy's response is not HTTP/1.1"),
        ("", "the proxy closed the connection before its response was complete"),
        ("HTT", "the proxy closed the connection before its response was complete"),
        ("HTTP/1.1 200 OK\r\n", "the proxy closed the connection before its response was complete"),
    ] {
        let proxy = FaultServer::start(Script::new().read_request().write(answer)).await.unwrap();
        let proxied = options().with_proxy(proxy.origin());
        check(&probe("https://sms.example/", &proxied).await, Stage::Proxy, sentence);
    }
    let plain = FaultServer::start(Script::new().read(1).write("HTTP/1.1 400 Bad\r\n\r\n").hang());
    let plain = plain.await.unwrap();
    let url = plain.origin().replace("http://", "https://");
    check(&probe(&url, &options()).await, Stage::Tls, "does not support TLS on this port");
    // Options that are wrong are not the gateway's fault.
    let broken = options().with_ca_certificates(&b"no PEM"[..]);
    check(&probe(&url, &broken).await, Stage::Config, "invalid CA certificates: expected PEM");
    let closing = FaultServer::start(Script::new().read(1)).await.unwrap();
    let url = closing.origin().replace("http://", "https://");
    let closed = "was closed during the TLS handshake";
    check(&probe(&url, &options()).await, Stage::Tls, closed);
    let silent = FaultServer::start(Script::new().hang()).await.unwrap();
    let hasty = options().with_connect_timeout(Duration::from_secs(1));
    let url = silent.origin().replace("http://", "https://");
    let diagnosis = probe(&url, &hasty).await;
    check(&diagnosis, Stage::Tls, &format!("did not end in {}", time_of_failure(&diagnosis)));
}

#[tokio::test]
async fn bad_certificates_are_explained() {
    let authority = TestAuthority::new().unwrap();
    let trusting = options().with_ca_certificates(authority.pem().into_bytes());
    for (certificate, options, sentence) in [
        (TestCertificate::Expired, &trusting, "expired on 01 Jan 2021"),
        (TestCertificate::WrongName, &trusting, "is for other.example"),
        (
            TestCertificate::SelfSigned,
            &trusting,
            "is self-signed and was not added: if its key is the server's, set pin_sha256 = \"",
        ),
        (TestCertificate::Valid, &options(), "was issued by an unknown CA: add its CA certificate"),
    ] {
        let script = Script::new().hang();
        let server = FaultServer::start_tls(script, FaultProtocol::Http1, &authority, certificate);
        let server = server.await.unwrap();
        let diagnosis = probe(&server.origin(), options).await;
        check(&diagnosis, Stage::Tls, sentence);
        assert!(diagnosis.findings()[0].is_good, "TCP was fine");
    }
}

#[tokio::test]
async fn a_tunnel_leads_to_the_handshake() {
    let authority = TestAuthority::new().unwrap();
    // The proxy of this test lets through and then says nothing.
    let script = Script::new().read_request().write("HTTP/1.1 200 OK\r\n\r\n").hang();
    let proxy = FaultServer::start(script).await.unwrap();
    let proxied = options()
        .with_ca_certificates(authority.pem().into_bytes())
        .with_connect_timeout(Duration::from_secs(2))
        .with_proxy(format!("http://user:hunter2@{}", proxy.address()));
    let diagnosis = probe("https://sms.example/", &proxied).await;
    let time = time_of_failure(&diagnosis);
    let sentence = format!("the TLS handshake with sms.example:443 did not end in {time}");
    check(&diagnosis, Stage::Tls, &sentence);
    assert!(diagnosis.to_string().contains("the proxy opened a tunnel to sms.example:443"));
}
