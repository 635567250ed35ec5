//! The id of the message itself, where the request contains it in another form.

use otpost::HttpGateway;
use otpost::gateway::{GatewaySpec, SpecError};
use otpost::provider::Provider;
use otpost::testing::ScriptedTransport;

use super::message;

/// A spec whose form has these fields as well.
fn spec(fields: &str, more: &str) -> Result<GatewaySpec, SpecError> {
    let toml = format!(
        r#"
        spec = 1
        id = "acme"
        name = "Acme SMS"
        [request]
        method = "POST"
        url = "https://acme.example/send"
        form = {{ to = "{{{{to}}}}", text = "{{{{text}}}}"{fields} }}
        [[response]]
        when = {{ status = 200 }}
        then = {{ outcome = "accepted", message_id = "sent" }}
        {more}
        "#
    );
    let spec = GatewaySpec::from_toml(&toml)?;
    spec.check()?;
    Ok(spec)
}

/// Sends a message, and returns the id of the receipt and the body of the request.
async fn sent(fields: &str, more: &str) -> (String, String) {
    let transport = ScriptedTransport::new().answer(200, "");
    let spec = spec(fields, more).unwrap();
    let gateway = HttpGateway::builder(spec).build_with(transport.clone()).unwrap();
    let receipt = gateway.send(&message()).await.unwrap();
    let body = String::from_utf8(transport.requests()[0].body().to_vec()).unwrap();
    (receipt.message_id().unwrap().to_owned(), body)
}

#[tokio::test]
async fn own_id_has_the_form_of_the_request() {
    for (fields, more) in [
        (", ref = \"{{message_uuid|int}}\"", ""),
        ("", "[idempotency]\nfield = \"ref\"\nvalue = \"{{message_uuid|sha256hex|truncate:32}}\""),
        (
            ", ref = \"{{message_uuid|upper}}\"",
            "[idempotency]\nheader = \"X-Id\"\nvalue = \"{{message_uuid|upper}}\"",
        ),
        // One place contains the id as it is, so the gateway knows that as well.
        (", key = \"{{message_uuid|int}}\", ref = \"{{message_uuid}}\"", ""),
        (
            ", ref = \"{{message_uuid}}\"",
            "[idempotency]\nquery = \"k\"\nvalue = \"{{message_uuid|int}}\"",
        ),
    ] {
        let (id, body) = sent(fields, more).await;
        assert!(body.ends_with(&format!("&ref={id}")), "{fields} {more}: {id} is not in {body}");
    }
    // A request without the id.
    let (id, _) = sent("", "").await;
    assert_eq!(id.len(), 36, "{id}");
    // A number of JSON has the same digits as a text.
    let header = "[idempotency]\nheader = \"X-Id\"\nvalue = \"{{message_uuid|int}}\"";
    let json = spec("", header).unwrap().to_toml().unwrap();
    let json =
        json.replace("[request.form]", "[request.json]\nref = \"{{message_uuid|int|number}}\"");
    let transport = ScriptedTransport::new().answer(200, "");
    let gateway = HttpGateway::builder(GatewaySpec::from_toml(&json).unwrap());
    let gateway = gateway.build_with(transport.clone()).unwrap();
    let receipt = gateway.send(&message()).await.unwrap();
    let body = String::from_utf8(transport.requests()[0].body().to_vec()).unwrap();
    let id = receipt.message_id().unwrap();
    assert!(body.contains(&format!("\"ref\":{id}")), "{id} is not in {body}");
}

#[test]
fn own_id_in_several_forms_is_refused() {
    let fields = ", a = \"{{message_uuid|int}}\", b = \"{{message_uuid|upper}}\"";
    let error = spec(fields, "").unwrap_err();
    assert_eq!(error.path(), "response.0.then.message_id", "{error}");
    assert!(error.to_string().contains("in several forms"), "{error}");
    let answer = "[answer]\nmessage_id = [\"/id\", \"sent\"]";
    assert_eq!(spec(fields, answer).unwrap_err().path(), "answer.message_id");
    spec(&fields.replace("|upper", "|int"), answer).unwrap();
    spec(&fields.replace("|upper", ""), answer).unwrap();
}
