use otpost::provider::Stage;
use otpost::transport::{ReqwestTransport, TransportOptions};
use otpost_testing::{FaultServer, Script};

use super::{Names, addresses, call, check, failures, options};

#[tokio::test]
async fn a_source_that_is_not_ours_is_named() {
    let server = FaultServer::start(
        Script::new().read_request().write("HTTP/1.1 202 A\r\nContent-Length: 0\r\n\r\n"),
    )
    .await
    .unwrap();
    let from = |source: &str| match source.parse() {
        Ok(address) => options().with_local_address(address),
        Err(_) => options().with_interface(source),
    };
    assert_eq!(call(&from("127.0.0.5"), &server.origin()).await.unwrap(), 202);
    let port = server.address().port();
    for error in failures(&from("192.0.2.1"), &server.origin()).await {
        check(
            &error,
            Stage::Bind,
            port,
            "bind: cannot connect from 192.0.2.1: is it an address or interface of this machine? (127.0.0.1:PORT, EADDRNOTAVAIL)",
        );
    }
    if cfg!(target_os = "linux") {
        for error in failures(&from("nosuch0"), &server.origin()).await {
            assert_eq!((error.stage(), error.may_have_sent()), (Stage::Bind, false), "{error:?}");
            assert!(error.to_string().contains("cannot connect from nosuch0"), "{error}");
        }
    }
    assert_eq!(
        ReqwestTransport::new(&from("a name that is too long")).unwrap_err().stage(),
        Stage::Config
    );
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn private_addresses_can_be_denied_however_they_are_written() {
    let server = FaultServer::start(Script::new().hang()).await.unwrap();
    let port = server.address().port();
    let lists: [&[[u8; 4]]; 6] = [
        &[[127, 0, 0, 1]],
        &[[10, 0, 0, 5], [192, 168, 1, 1], [172, 31, 255, 255]],
        &[[169, 254, 169, 254]],
        &[[100, 64, 0, 1], [0, 0, 0, 0]],
        &[[224, 0, 0, 1], [255, 255, 255, 255], [240, 0, 0, 1]],
        &[[198, 18, 0, 1], [192, 0, 0, 8]],
    ];
    let mut checked = 0;
    for list in lists {
        let names = Names(vec![("rebound.example", addresses(list))]);
        let options = options().with_private_denied().with_dns_resolver(names);
        let error = call(&options, &format!("http://rebound.example:{port}/")).await.unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("dns: cannot resolve rebound.example: all its addresses are private"),
            "{text}"
        );
        checked += 1;
    }
    for host in [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "0177.0.0.1",
        "127.0.0.1.",
        "0",
        "0.0.0.0",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fd00::1]",
        "[ff02::1]",
        "[2001:db8::1]",
        "localhost",
    ] {
        let options = options().with_private_denied();
        let error = call(&options, &format!("http://{host}:{port}/")).await.unwrap_err();
        assert!(matches!(error.stage(), Stage::Config | Stage::Dns), "{host}: {error}");
        assert!(!error.may_have_sent());
        checked += 1;
    }
    assert!(checked >= 30 && server.connections() == 0, "{checked}");
}

#[tokio::test]
async fn behind_a_proxy_this_machine_is_another_one() {
    let proxy = FaultServer::start(Script::new().hang()).await.unwrap();
    let strict = TransportOptions::new().with_proxy(proxy.origin());
    for url in ["http://localhost:9/", "http://127.0.0.1:9/", "http://[::1]:9/"] {
        let error = call(&strict, url).await.unwrap_err();
        assert_eq!((error.stage(), error.may_have_sent()), (Stage::Config, false), "{error}");
    }
    assert_eq!(proxy.connections(), 0);
}
