//! Names, addresses, ports and proxies.

use std::net::{Ipv4Addr, TcpListener};

use otpost_testing::{FaultServer, Script};
use tokio::net::{TcpSocket, TcpStream};

use super::{Setup, answering, check, check_refused};

/// An address that refuses connections, as long as the socket is kept.
fn dead() -> (TcpSocket, String) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let address = socket.local_addr().unwrap().to_string();
    (socket, address)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_networks_are_named() {
    let (_socket, dead) = dead();
    let closed = Setup::new("closed-port", format!("http://{dead}"));
    check(&closed, "tcp", "refused the connection (ECONNREFUSED)", "nothing listens there");

    let name = Setup::new("unknown-name", "https://gateway.invalid");
    check(&name, "dns", "cannot resolve gateway.invalid: ", "check the name and the DNS server");

    // The system has no route to a group of hosts.
    let route = Setup::new("no-route", "https://224.0.0.1");
    check(&route, "tcp", "there is no route to its network", "the routes and the VPN");

    let source =
        Setup::new("wrong-source", format!("http://{dead}")).with("source = \"192.0.2.1\"");
    check(
        &source,
        "bind",
        "cannot connect from 192.0.2.1",
        "an address or interface of this machine",
    );

    // A port whose queue is full drops the packets, as a firewall does.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queue = Vec::new();
    let patience = std::time::Duration::from_secs(1);
    while let Ok(Ok(stream)) = tokio::time::timeout(patience, TcpStream::connect(address)).await {
        queue.push(stream);
    }
    let dropped = Setup::new("dropped", format!("http://{address}")).hasty();
    check(&dropped, "tcp", "did not respond in", "a firewall on the way may drop the packets");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_proxies_are_named() {
    let (_socket, dead) = dead();
    let behind = |name, proxy: &str| {
        Setup::new(name, "https://sms.acme.example").with(format!("proxy = \"{proxy}\""))
    };
    let wrong = behind("dead-proxy", &format!("http://user:sentinel-1@{dead}"));
    check(&wrong, "proxy", &format!("proxy {dead} refused"), "check the address of the proxy");
    for (name, response, cause, fix) in [
        (
            "proxy-login",
            "HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
            "the proxy requires a user name and a password (407)",
            "http://user:password@proxy:3128",
        ),
        (
            "proxy-forbids",
            "HTTP/1.1 403 Forbidden\r\n\r\n",
            "no tunnel to sms.acme.example:443: the proxy returned status 403",
            "ask the operator of the proxy to allow this connection",
        ),
        (
            "proxy-is-a-web-server",
            "HTTP/1.1 405 Method Not Allowed\r\n\r\n",
            "the proxy returned status 405",
            "this server may be a web server and no proxy",
        ),
        (
            "proxy-cannot-reach",
            "HTTP/1.1 502 Bad Gateway\r\n\r\n",
            "it cannot reach the gateway itself",
            "check the host and the port of the gateway",
        ),
        (
            "proxy-is-no-http",
            "SSH-2.0-OpenSSH_9.2\r\n",
            "the proxy's response is not HTTP/1.1",
            "another service than a proxy listens there",
        ),
    ] {
        let proxy = answering(response).await;
        check(&behind(name, &proxy.origin()), "proxy", cause, fix);
    }
    let silent = FaultServer::start(Script::new().hang()).await.unwrap();
    let stalls = Setup::new("proxy-stalls", "https://sms.acme.example").hasty();
    let stalls = stalls.with(format!("proxy = \"{}\"", silent.origin()));
    check(&stalls, "proxy", "the proxy did not respond in", "ask its operator");

    // Without TLS to the gateway, there is no tunnel: the proxy gets the request itself.
    let proxy =
        answering("HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n");
    let proxy = proxy.await;
    let plain = Setup::new("proxy-login-plain", "http://127.0.0.1:9");
    let plain = plain.with(format!("proxy = \"{}\"", proxy.origin()));
    check(&plain, "proxy", "the proxy requires a user name", "http://user:password@proxy:3128");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_direct_ways_name_the_proxy_of_the_environment() {
    let (_socket, dead) = dead();
    let setup = Setup::new("environment", format!("http://{dead}"))
        .with_environment("HTTPS_PROXY", "http://user:sentinel-2@proxy.example:3128");
    check(&setup, "tcp", "refused the connection", "nothing listens there");
    let printed = crate::texts(&setup.diagnose(&[])).0;
    let note = "the environment variable HTTPS_PROXY is set: other programs use this proxy";
    assert!(printed.contains(note) && printed.contains("set proxy in [connection]"), "{printed}");
    let without = Setup::new("no-environment", format!("http://{dead}"));
    assert!(!crate::texts(&without.diagnose(&[])).0.contains("environment variable"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_values_are_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let files = Setup::new("no-ca-file", &*origin).with("ca_file = \"/nowhere/ca.pem\"");
    check_refused(&files, "connection.ca_file: ");
    let pin = Setup::new("malformed-pin", &*origin).with("pin_sha256 = \"sentinel-3\"");
    check_refused(&pin, "connection.pin_sha256: ");
    let proxy = Setup::new("malformed-proxy", &*origin).with("proxy = \"sentinel-4\"");
    check_refused(&proxy, "proxy");
    let unset = Setup::new("unset", &*origin).with_environment("ACME_TOKEN", "");
    check_refused(&unset, "vars.token: ");
}
