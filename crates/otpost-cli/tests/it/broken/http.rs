//! Servers that are reached, and do not respond as a gateway does.

use otpost_testing::{FaultServer, Script};

use super::{Setup, answering, check};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_servers_are_named() {
    for (name, response, cause, fix) in [
        (
            "wrong-path",
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            "has no page /send (status 404)",
            "compare the path of request.url with the documentation",
        ),
        (
            "redirect",
            "HTTP/1.1 301 Moved\r\nLocation: https://sms.acme.example/send?key=sentinel-5\r\n\r\n",
            "redirects to https://sms.acme.example (status 301), which otpost does not follow",
            "write the final URL",
        ),
        (
            "nginx-page",
            "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n\
             <center>The plain HTTP request was sent to HTTPS port</center>",
            "expects TLS on this port, and the URL is http://",
            "write https:// in the URL",
        ),
        (
            "down",
            "HTTP/1.1 503 Service Unavailable\r\n\r\n",
            "is not available behind its own proxy (status 503)",
            "ask the operator of the gateway",
        ),
        (
            "wrong-host",
            "HTTP/1.1 421 Misdirected Request\r\n\r\n",
            "does not serve this host name (status 421)",
            "use the name instead of an IP address",
        ),
        (
            "ssh",
            "SSH-2.0-OpenSSH_9.2p1\r\n",
            "does not use HTTP on this port: it looks like an SSH server",
            "another service listens there",
        ),
    ] {
        let server = answering(response).await;
        check(&Setup::new(name, server.origin()), "headers", cause, fix);
        // A missing page is asked for by two methods.
        assert_eq!(server.requests(), if name == "wrong-path" { 2 } else { 1 }, "{name}");
    }
    let closing = FaultServer::start(Script::new().read_request()).await.unwrap();
    let closed = Setup::new("closes", closing.origin());
    let cause = "closed the connection without a response to an HTTP request";
    check(&closed, "request", cause, "whether the port expects https://");
    let hanging = FaultServer::start(Script::new().read_request().hang()).await.unwrap();
    let hung = Setup::new("hangs", hanging.origin()).hasty();
    check(&hung, "request", "sent no response to an HTTP request in", "the server hangs");
}

/// Some servers close the connection after a method that they do not know, and others hide a page
/// from it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_methods_are_no_broken_servers() {
    for refusal in [
        Script::new().read_request(),
        Script::new().read_request().write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
    ] {
        let server = answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").await;
        server.next(refusal);
        let output = Setup::new("other-method", server.origin()).diagnose(&[]);
        let printed = crate::texts(&output).0;
        assert_eq!(output.status.code(), Some(0), "{printed}");
        assert!(printed.contains("HTTP status 403 without credentials: "), "{printed}");
        assert_eq!((printed.matches("headers").count(), server.requests()), (1, 2), "{printed}");
    }
}
