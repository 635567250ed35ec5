//! Requests and the answers to them.

use std::time::{Duration, UNIX_EPOCH};

use http::Request;
use otpost::report::{ReportErrorKind, ReportReceiver};

use super::{FORM, LIST, TOKEN, gateway, head, post, receiver, shown};

#[test]
fn a_form_is_read_and_answered() {
    let receiver = receiver(FORM);
    assert_eq!(receiver.provider(), "acme");
    let received = post(&receiver, "id=17&status=delivrd&err=000&t=1795888085&new=field").unwrap();
    assert_eq!(shown(&received), ["delivered 17 8f3c 000"]);
    let report = &received.reports()[0];
    assert_eq!(report.provider(), "acme");
    assert_eq!(report.at(), Some(UNIX_EPOCH + Duration::from_secs(1_795_888_085)));
    let answer = received.answer();
    assert_eq!(
        (answer.status().as_u16(), answer.content_type(), answer.body().len()),
        (200, None, 0)
    );

    // Words in any case, and others that are not known.
    for (body, expected) in [
        ("id=1&status=UnDeLiV", "undeliverable 1 8f3c -"),
        ("id=1&status=Acceptd", "pending 1 8f3c -"),
        ("id=1&status=BROKEN", "unknown 1 8f3c -"),
        ("id=1&status=", "unknown 1 8f3c -"),
        ("id=1", "unknown 1 8f3c -"),
        ("id=a+b%2Bc&status=DELIVRD&err=a+b", "delivered a b+c 8f3c -"),
        // The first value of a repeated field counts.
        ("id=1&id=2&status=DELIVRD&status=UNDELIV", "delivered 1 8f3c -"),
        // The reference is enough. An id that is too long is another id if it is cut.
        (&format!("id={}&status=DELIVRD", "x".repeat(300)), "delivered - 8f3c -"),
        ("id=%00&status=DELIVRD", "delivered - 8f3c -"),
        ("id=%ff&status=DELIVRD", "delivered - 8f3c -"),
    ] {
        assert_eq!(shown(&post(&receiver, body).unwrap()), [expected], "{body}");
    }
    // A report by GET has its values in the query, where this spec expects only the reference.
    let received = receiver.receive(&head("GET", "ref=1&id=2"), b"").unwrap();
    assert_eq!(shown(&received), ["unknown - 1 -"]);
}

#[test]
fn the_answer_is_what_the_gateway_expects() {
    let answer = r#"answer = { status = 202, content_type = "text/plain", body = "ACK/Jasmin" }"#;
    let receiver = receiver(&FORM.replace("[reports]\n", &format!("[reports]\n{answer}\n")));
    let response = post(&receiver, "id=17&status=DELIVRD").unwrap().answer().to_response();
    assert_eq!(response.status(), 202);
    assert_eq!(response.headers()["content-type"], "text/plain");
    assert_eq!(&response.body()[..], b"ACK/Jasmin");
}

#[test]
fn requests_that_cannot_be_read_are_refused() {
    #[track_caller]
    fn check(
        receiver: &ReportReceiver,
        head: &http::request::Parts,
        body: &[u8],
        kind: ReportErrorKind,
        status: u16,
    ) {
        let error = receiver.receive(head, body).unwrap_err();
        assert_eq!((error.kind(), error.answer().status().as_u16()), (kind, status));
        assert!(error.answer().body().is_empty());
        assert_eq!(error.to_string(), kind.to_string());
    }
    let list = receiver(LIST);
    let post = head("POST", "");
    for body in ["", "{", "results=1", "<a/>", "{\"results\":[1,]}", "\u{0}"] {
        check(&list, &post, body.as_bytes(), ReportErrorKind::Body, 400);
    }
    check(&list, &post, b"\x1f\x8b\x08\x00", ReportErrorKind::Body, 400);
    for method in ["GET", "PUT", "HEAD", "OPTIONS", "NEW"] {
        check(&list, &head(method, ""), b"{}", ReportErrorKind::Method, 405);
    }
    check(&receiver(FORM), &head("PUT", ""), b"", ReportErrorKind::Method, 405);
    check(&list, &post, &vec![b' '; 64 * 1_024 + 1], ReportErrorKind::TooLarge, 413);
    let longest = format!("{{\"results\":[]}}{}", " ".repeat(64 * 1_024 - 14));
    assert_eq!(longest.len(), 64 * 1_024);
    assert!(list.receive(&post, longest.as_bytes()).unwrap().reports().is_empty());
}

#[test]
fn a_gateway_that_signs_nothing_needs_the_token() {
    let receiver = receiver(FORM);
    let body = b"id=17&status=DELIVRD";
    let send = |path: &str| {
        // The headers of a proxy change nothing.
        let request = Request::post(path)
            .header("host", format!("app.example/{TOKEN}"))
            .header("x-forwarded-host", "app.example")
            .header("x-forwarded-uri", format!("/sms/reports/{TOKEN}"));
        receiver.receive(&request.body(()).unwrap().into_parts().0, body).map(|it| shown(&it))
    };
    let half = &TOKEN[..31];
    let upper = TOKEN.to_uppercase();
    for path in [
        "/",
        "/sms/reports/",
        "/sms/reports",
        &format!("/sms/reports/{half}"),
        &format!("/{TOKEN}/"),
        &format!("/{TOKEN}0"),
        &format!("/{half}a"),
        &format!("/{upper}"),
        &format!("/{TOKEN}/x"),
        &format!("/x?{TOKEN}"),
        &format!("/x?a=/{TOKEN}"),
        &format!("/x%2f{TOKEN}"),
    ] {
        assert_eq!(send(path).unwrap_err().kind(), ReportErrorKind::NotAuthentic, "{path}");
    }
    // A proxy can cut or add a prefix.
    for path in [format!("/{TOKEN}"), format!("/a/b/{TOKEN}?x=1"), format!("//{TOKEN}")] {
        assert_eq!(send(&path).unwrap(), ["delivered 17 - -"], "{path}");
    }
}

#[test]
fn receivers_need_a_description_and_a_url() {
    let error = ReportReceiver::new(&gateway(""), "https://app.example/r").unwrap_err();
    assert_eq!(error.path(), "reports");
    for url in ["https://app.example/reports", "https://app.example/reports/secret", "", "/x"] {
        let error = ReportReceiver::new(&gateway(FORM), url).unwrap_err();
        assert_eq!(error.path(), "reports.url", "{url}");
    }
    let error = ReportReceiver::new(&gateway(FORM), "https://app.example/r").unwrap_err();
    assert!(error.to_string().contains("openssl rand -hex 16"), "{error}");
}

#[test]
fn nothing_of_a_report_is_printed() {
    let needle = "41791234567";
    let receiver = receiver(FORM);
    let received = post(&receiver, &format!("id=x-{needle}&status=DELIVRD")).unwrap();
    let printed = format!("{receiver:?} {received:?} {:?}", received.reports());
    assert!(!printed.contains(needle) && !printed.contains(TOKEN) && !printed.contains("8f3c"));
    assert!(printed.contains("Delivered"), "{printed}");
    let error = receiver.receive(&head("PUT", needle), needle.as_bytes()).unwrap_err();
    assert!(!format!("{error:?} {error} {:?}", error.answer()).contains(needle));
}
