//! Bodies beyond forms and JSON: multipart, XML, and texts in the GSM alphabet.

use otpost::gateway::{GatewaySpec, HttpGateway, Idempotency, Lint, PreparedRequest, SpecError};
use otpost::testing::ScriptedTransport;
use otpost::{Message, PhoneNumber};

fn message(text: &str) -> Message {
    Message::new(PhoneNumber::parse("+41791234567").unwrap(), text).unwrap()
}

fn build(request: &str) -> Result<HttpGateway, SpecError> {
    let spec = format!(
        r#"
        spec = 1
        id = "acme"
        name = "Acme"
        [vars]
        note = {{ optional = true }}
        [request]
        method = "POST"
        url = "https://acme.example/send?to={{{{to}}}}&note={{{{note}}}}"
        {request}
        "#
    );
    HttpGateway::builder(GatewaySpec::from_toml(&spec)?).build_with(ScriptedTransport::new())
}

#[test]
fn a_multipart_form_has_a_boundary_of_its_own() {
    let gateway = build(r#"multipart = { text = "{{text}}", note = "{{note}}" }"#).unwrap();
    let prepare = || gateway.prepare(&message("a")).unwrap();
    let (one, other) = (prepare(), prepare());
    let content_type = |prepared: &PreparedRequest| {
        let mut headers = prepared.expose_headers();
        let (_, value) = headers.find(|(name, _)| *name == "content-type").unwrap();
        value.to_str().unwrap().to_owned()
    };
    assert_ne!(content_type(&one), content_type(&other));
    let boundary = content_type(&one).split_once("boundary=").unwrap().1.to_owned();
    let field = "Content-Disposition: form-data; name=\"text\"\r\n\r\na\r\n";
    let expected = format!("--{boundary}\r\n{field}--{boundary}--\r\n");
    assert_eq!(one.expose_body(), expected.as_bytes(), "the absent note is left out");
    let shown = one.to_string();
    assert!(shown.contains("name=\"text\"\r\n\r\n***\r\n"), "{shown}");
    // The same message is the same request, over all attempts.
    let same = message("b");
    let body = |gateway: &HttpGateway| gateway.prepare(&same).unwrap().expose_body().to_vec();
    assert_eq!(body(&gateway), body(&gateway));
    for (request, path) in [
        (
            "multipart = { text = \"{{text}}\" }\nheaders = { Content-Type = \"multipart/form-data\" }",
            "request.headers.Content-Type",
        ),
        ("multipart = { text = \"{{text}}\" }\nform = { a = \"b\" }", "request"),
        ("multipart = { \"{{to}}\" = \"{{text}}\" }", "request.multipart.{{to}}"),
    ] {
        assert_eq!(build(request).unwrap_err().path(), path);
    }
    let spec = GatewaySpec::builder("acme", "Acme")
        .post("https://acme.example/{{to}}")
        .allow(Lint::SecretInUrl)
        .multipart("text", "{{text}}")
        .idempotency(Idempotency::field("ref"));
    let gateway = HttpGateway::builder(spec.build()).build_with(ScriptedTransport::new()).unwrap();
    assert!(String::from_utf8(body(&gateway)).unwrap().contains(same.id().as_str()));
    // Whoever knows the identity knows the boundary, and must not end a field with it.
    let known = otpost::message::MessageId::from_bytes([7; 16]);
    let probe = gateway.prepare(&message("x").with_id(known.clone())).unwrap();
    let boundary = content_type(&probe).split_once("boundary=").unwrap().1.to_owned();
    assert!(gateway.prepare(&message(&format!("--{boundary}--")).with_id(known)).is_err());
}

#[test]
fn the_gsm_alphabet_is_a_byte_a_character() {
    let form = |replacement: &str| {
        let form = "form = { text = \"{{text}}\", user = \"a_b\" }";
        build(&format!("charset = \"gsm7\"\n{replacement}\n{form}"))
    };
    let body = |gateway: &HttpGateway, text: &str| {
        gateway.prepare(&message(text)).map(|prepared| prepared.expose_body().to_vec())
    };
    let strict = form("").unwrap();
    assert_eq!(
        body(&strict, "@£ é[€]ÄÖ\n~").unwrap(),
        b"text=%00%01+%05%1B%3C%1Be%1B%3E%5B%5C%0A%1B%3D&user=a_b",
        "the user's name is none of the text's"
    );
    // All of the alphabet, by the table of 3GPP TS 23.038.
    let basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                 ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
    let plain = build("charset = \"gsm7\"\ntext = \"{{text}}\"").unwrap();
    let codes: Vec<u8> = (0..128).filter(|code| *code != 27).collect();
    assert_eq!(body(&plain, basic).unwrap(), codes);
    assert_eq!(
        body(&plain, "^{}\\[~]|€\u{c}").unwrap(),
        b"\x1b\x14\x1b\x28\x1b\x29\x1b\x2f\x1b\x3c\x1b\x3d\x1b\x3e\x1b\x40\x1b\x65\x1b\x0a"
    );
    assert!(body(&strict, "Zażółć").is_err());
    let lenient = form("replacement = \"?\"").unwrap();
    assert_eq!(body(&lenient, "aż").unwrap(), b"text=a%3F&user=a_b");
    assert_eq!(form("replacement = \"ż\"").unwrap_err().path(), "request.replacement");
    let json = build("charset = \"gsm7\"\njson = { text = \"{{text}}\" }");
    assert_eq!(json.unwrap_err().path(), "request.charset");
}

#[cfg(not(feature = "xml"))]
#[test]
fn xml_needs_its_feature() {
    let error = build("xml = \"<a>{{text}}</a>\"").unwrap_err();
    assert!(error.path() == "request.xml" && error.to_string().contains("`xml`"), "{error}");
}

#[cfg(feature = "xml")]
mod xml {
    use otpost::gateway::Outcome;
    use otpost::transport::Response;

    use super::{build, message};

    #[track_caller]
    fn check(document: &str, text: &str, expected: &str) {
        let gateway = build(&format!("xml = '''{document}'''")).unwrap();
        let prepared = gateway.prepare(&message(text)).unwrap();
        assert_eq!(String::from_utf8_lossy(prepared.expose_body()), expected);
    }

    #[test]
    fn values_stand_in_texts_and_attributes() {
        check(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<m:sms xmlns:m='urn:x' a = \"{{to}}\" b='1'>&lt;{{text}}&#33;<e/><!-- {text} --><![CDATA[<x>]]></m:sms>",
            "a<b>&\"c' \r\n]]>",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<m:sms xmlns:m='urn:x' a = \"+41791234567\" b='1'>&lt;a&lt;b&gt;&amp;\"c' &#13;\n]]&gt;!<e/><!-- {text} --><![CDATA[<x>]]></m:sms>",
        );
    }

    #[test]
    fn what_is_absent_takes_its_element_or_attribute_along() {
        check(
            "<a x=\"1\" n=\"{{note}}\" y=\"2\"><b>{{note}}</b><c >-{{note}}-</c ><t>{{text}}</t></a>",
            "t",
            "<a x=\"1\" y=\"2\"><t>t</t></a>",
        );
        let error = build("xml = '<a>{{note}}<b/>{{text}}</a>'").unwrap_err();
        assert_eq!(error.path(), "request.xml.a");
        // It would take the other value along.
        let error =
            build("xml = '<r><a x=\"{{to}}\">{{note}}</a><t>{{text}}</t></r>'").unwrap_err();
        assert_eq!(error.path(), "request.xml.a");
    }

    #[test]
    fn bad_documents_are_refused_with_their_place() {
        for (document, path) in [
            ("<a>{{text}}", "request.xml"),
            ("{{text}}", "request.xml"),
            ("<a>{{text}}</a><b/>", "request.xml"),
            ("<!DOCTYPE a [<!ENTITY x \"y\">]><a>{{text}}</a>", "request.xml"),
            ("<a>{{text}}&nope;</a>", "request.xml"),
            ("<a><!-- {{text}} --></a>", "request.xml"),
            ("<a><![CDATA[{{text}}]]></a>", "request.xml"),
            ("<?x {{text}}?><a/>", "request.xml"),
            ("<a>{{txet}}</a>", "request.xml.a"),
            ("<?xml version=\"1.0\" encoding=\"utf-16\"?><a>{{text}}</a>", "request.xml"),
            ("<a><password>hunter2</password>{{text}}</a>", "request.xml.password"),
        ] {
            let error = build(&format!("xml = '''{document}'''")).unwrap_err();
            assert_eq!(error.path(), path, "{document}: {error}");
        }
        let latin1 = "charset = \"latin1\"\nxml = '<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>{{text}}</a>'";
        let prepared = build(latin1).unwrap().prepare(&message("Zürich €")).unwrap();
        assert!(prepared.expose_body().ends_with(b"<a>Z\xfcrich &#8364;</a>"));
        let gsm7 = build("charset = \"gsm7\"\nxml = '<a>{{text}}</a>'");
        assert_eq!(gsm7.unwrap_err().path(), "request.charset");
        let control = build("xml = '<a>{{text}}</a>'").unwrap().prepare(&message("a\u{1}"));
        assert!(control.is_err(), "XML has no way to write it");
    }

    #[test]
    fn answers_are_read() {
        let gateway = build(
            r#"
            xml = '<a>{{text}}</a>'
            [[response]]
            when = { xml = { "/response/error/@code" = { exists = true } } }
            then = { outcome = "throttled", code = "xml:/response/error/@code", message = "xml:/response/error" }
            [[response]]
            when = { status = 200, xml = { "/response/status" = 0, "/response/ids/id[2]" = { regex = "^2" } } }
            then = { outcome = "accepted", message_id = "xml:/response/ids/id[2]" }
            [[example]]
            response = { status = 200, body = '<r:response xmlns:r="urn:r"><r:status> 0 </r:status><ids><id>1</id><id>2&amp;</id></ids></r:response>' }
            expect = { outcome = "accepted", message_id = "2&" }
            [[example]]
            response = { status = 200, body = '<response><error code="7">slow down</error></response>' }
            expect = { outcome = "throttled", code = "7" }
            "#,
        )
        .unwrap();
        for unknown in [
            "",
            "OK",
            "<response>",
            "<response><status>0</status></response><x/>",
            "<!DOCTYPE r [<!ENTITY a \"0\">]><response><status>&a;</status></response>",
            &format!("{}{}", "<a>".repeat(20_000), "</a>".repeat(20_000)),
            &"<a/>".repeat(30_000),
            // What takes a parser long, and what makes much of little.
            &format!(
                "<a {}>{}</a>",
                (0..2_300).map(|at| format!("xmlns:n{at}='u' ")).collect::<String>(),
                "<a xmlns:z='u'/>".repeat(2_000)
            ),
            &format!("{}{}", format!("<{}>", "n".repeat(260)).repeat(60), "<a/>".repeat(8_000)),
        ] {
            let answer = Response::new(unknown.to_owned().into());
            assert_eq!(gateway.explain(&answer).outcome(), Outcome::Unknown);
        }
        for path in ["response", "/", "//a", "/a[0]", "/a[x]", "/@a/b", "/a b"] {
            let rule = format!(
                "when = {{ xml = {{ \"{path}\" = 1 }} }}\nthen = {{ outcome = \"blocked\" }}"
            );
            let bad = format!("xml = '<a>{{{{text}}}}</a>'\n[[response]]\n{rule}");
            assert_eq!(build(&bad).unwrap_err().path(), "response.0.when.xml", "{path}");
        }
    }
}

#[test]
fn an_idempotency_field_is_where_its_path_says_or_refused() {
    let json = |field: &str| {
        let spec = GatewaySpec::builder("acme", "Acme")
            .post("https://gw.example/{{to}}")
            .allow(Lint::SecretInUrl);
        let spec = spec.json(r#"{"to":"{{to}}","a":{"b":"{{text}}"}}"#);
        spec.idempotency(Idempotency::field(field)).build().check()
    };
    for field in ["/a/b", "/a", "/x/y", "/to/x", "/a~x", "a.b", "a[b]", "a/b", "$.a", "a b", "a~1b"]
    {
        let error = json(field).unwrap_err();
        assert_eq!(error.path(), "idempotency.field", "{field}: {error}");
    }
    for field in ["clientRef", "client_ref", "client-ref", "@id", "référence", "/a/c", "/c"] {
        json(field).unwrap();
    }
    let form = |field: &str| {
        let spec = GatewaySpec::builder("acme", "Acme")
            .post("https://gw.example/{{to}}")
            .allow(Lint::SecretInUrl)
            .form("text", "{{text}}");
        spec.idempotency(Idempotency::field(field)).build().check()
    };
    // In a form these are the names of fields.
    for field in ["message[ref]", "message.ref", "ref"] {
        form(field).unwrap();
    }
    assert_eq!(form("/a/b").unwrap_err().path(), "idempotency.field");
    // The naive way adds a member that no gateway reads, beside the one that was meant.
    let mut body: serde_json::Value = serde_json::json!({ "a": { "b": "" } });
    body.as_object_mut().unwrap().insert("/a/b".to_owned(), "id".into());
    assert_eq!((body.pointer("/a/b").unwrap(), &body["/a/b"]), (&"".into(), &"id".into()));
}
