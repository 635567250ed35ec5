//! Requests through constructors, byte for byte, compared with what a person wrote down.

use otpost::gateway::HttpGatewayBuilder;
use otpost::message::{MessageId, SenderId};
use otpost::{Code, Message, PhoneNumber, Provider, gateways};
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const ID: &str = "00010203-0405-4607-8809-0a0b0c0d0e0f";

fn message() -> Message {
    let text = "012345 is your code: a&b=c+d;e \"q\" {{to}} %41 ]]>";
    Message::new(PhoneNumber::parse("+919876543210").unwrap(), text)
        .unwrap()
        .with_code(Code::parse("012345").unwrap())
        .with_id(MessageId::from_bytes(std::array::from_fn(|at| u8::try_from(at).unwrap())))
}

/// Sends through a real socket, and compares what arrives with what a person wrote down.
async fn check(builder: HttpGatewayBuilder, message: &Message, golden: &str) {
    check_all(builder, message, &[golden]).await;
}

/// The same for gateways that make a call for a token before.
async fn check_all(builder: HttpGatewayBuilder, message: &Message, goldens: &[&str]) {
    let server = MockServer::start().await;
    let token = ResponseTemplate::new(200).set_body_string(r#"{"token":"token"}"#);
    Mock::given(path("/auth/v1/authentication/token")).respond_with(token).mount(&server).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(418)).mount(&server).await;
    let gateway = builder.origin(&server.uri()).build().unwrap();
    // What the answer means is another test's.
    let _ = gateway.send(message).await;

    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), goldens.len(), "{} sends once", gateway.name());
    for (request, golden) in requests.iter().zip(goldens) {
        assert_eq!(show(request), **golden, "{}", gateway.name());
    }
    // The dry run is the same request as the last one, which is the message's.
    let (prepared, request) = (gateway.prepare(message).unwrap(), requests.last().unwrap());
    assert_eq!(prepared.expose_body(), request.body);
    let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
    assert_eq!(prepared.expose_url(), format!("{}{}{query}", server.uri(), request.url.path()));
}

pub(super) fn show(request: &wiremock::Request) -> String {
    let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut seen = format!("{} {}{query}\n", request.method, request.url.path());
    // The client's own headers follow from the rest.
    let own = ["host", "content-length"];
    let mut headers: Vec<_> = request
        .headers
        .iter()
        .filter(|(name, value)| {
            !(own.contains(&name.as_str()) || *name == "accept" && *value == "*/*")
        })
        .map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()))
        .collect();
    headers.sort();
    seen.extend(headers);
    let body = String::from_utf8(request.body.clone()).unwrap();
    if !body.is_empty() {
        seen.push_str(&format!("\n{body}\n"));
    }
    let length = request.headers.get("content-length").map(|v| v.to_str().unwrap().to_owned());
    assert_eq!(length.unwrap_or_else(|| "0".to_owned()), body.len().to_string());
    seen
}

const FORM_TEXT: &str =
    "012345+is+your+code%3A+a%26b%3Dc%2Bd%3Be+%22q%22+%7B%7Bto%7D%7D+%2541+%5D%5D%3E";
const QUERY_TEXT: &str = "012345%20is%20your%20code%3A%20a%26b%3Dc%2Bd%3Be%20%22q%22%20%7B%7Bto%7D%7D%20%2541%20%5D%5D%3E";
const JSON_TEXT: &str = r#"012345 is your code: a&b=c+d;e \"q\" {{to}} %41 ]]>"#;
const PLAIN_TEXT: &str = r#"012345 is your code: a&b=c+d;e "q" {{to}} %41 ]]>"#;
const ORIGIN: &str = "http://127.0.0.1:1";

#[tokio::test]
async fn clickatell() {
    let golden = format!(
        "POST /v1/message\naccept: application/json\nauthorization: key\ncontent-type: application/json\n\n\
         {{\"messages\":[{{\"channel\":\"sms\",\"to\":\"919876543210\",\"content\":\"{JSON_TEXT}\",\"clientMessageId\":\"{ID}\"}}]}}\n"
    );
    check(gateways::clickatell("key"), &message(), &golden).await;
}

#[tokio::test]
async fn diafaan() {
    let golden = format!(
        "POST /http/send-message\ncontent-type: application/x-www-form-urlencoded\n\n\
         username=user&password=p%40ss&to=%2B919876543210&message-type=sms.automatic&message={FORM_TEXT}&validity-period=300\n"
    );
    let builder = gateways::diafaan(ORIGIN).var("username", "user").var("password", "p@ss");
    check(builder, &message(), &golden).await;
}

#[tokio::test]
async fn kannel() {
    let golden = format!(
        "POST /cgi-bin/sendsms\ncontent-type: text/plain; charset=UTF-8\nx-kannel-coding: 0\n\
         x-kannel-dlr-mask: 31\nx-kannel-dlr-url: http://me/?id=7\nx-kannel-from: Acme\nx-kannel-password: p@ss\n\
         x-kannel-to: +919876543210\nx-kannel-username: user\n\n{PLAIN_TEXT}\n"
    );
    let builder =
        gateways::kannel(ORIGIN, "user", "p@ss").var("sender", "Other").var("dlr_mask", "31");
    let named = message()
        .with_sender(SenderId::parse("Acme").unwrap())
        .with_var("dlr_url", "http://me/?id=7");
    check(builder, &named, &golden).await;
}

#[tokio::test]
async fn link_mobility() {
    let golden = format!(
        "POST /restapi/v1/sms/send\naccept: application/json\n\
         content-type: application/x-www-form-urlencoded; charset=UTF-8\n\n\
         messageText={FORM_TEXT}&destinationAddress=919876543210&originatingAddress=Acme&username=user&password=p%40ss\n"
    );
    let builder = gateways::link_mobility("user", "p@ss").var("sender", "Acme");
    check(builder, &message(), &golden).await;
}

#[tokio::test]
async fn message_central() {
    let golden = format!(
        "POST /verification/v3/send?countryCode=91&customerId=C-1&type=SMS&flowType=SMS&mobileNumber=9876543210&message={QUERY_TEXT}\n\
         accept: application/json\nauthtoken: token\n"
    );
    // A token first, with the password in base64.
    let token = "GET /auth/v1/authentication/token?customerId=C-1&key=cCt3&scope=NEW&country=91\n";
    let builder = gateways::message_central("C-1", "p+w").var("account_calling_code", "91");
    check_all(builder, &message(), &[token, &golden]).await;
}

#[tokio::test]
async fn messagebird() {
    let golden = format!(
        "POST /messages\naccept: application/json\nauthorization: AccessKey key\ncontent-type: application/json\n\n\
         {{\"originator\":\"Acme\",\"recipients\":[\"919876543210\"],\"body\":\"{JSON_TEXT}\",\"datacoding\":\"auto\",\"reference\":\"{ID}\",\"validity\":300}}\n"
    );
    check(gateways::messagebird("key", "Acme"), &message(), &golden).await;
}

#[tokio::test]
async fn nowsms() {
    let golden = format!(
        "GET /?PhoneNumber=%2B919876543210&Text={QUERY_TEXT}\nauthorization: Basic dXNlcjpwQHNz\n"
    );
    check(gateways::nowsms(ORIGIN, "user", "p@ss"), &message(), &golden).await;
}

#[tokio::test]
async fn ozeki() {
    let golden = format!(
        "POST /api?action=sendmsg\naccept: application/json\nauthorization: Basic dXNlcjpwQHNz\ncontent-type: application/json\n\n\
         {{\"messages\":[{{\"message_id\":\"{ID}\",\"to_address\":\"+919876543210\",\"text\":\"{JSON_TEXT}\"}}]}}\n"
    );
    check(gateways::ozeki(ORIGIN, "user", "p@ss"), &message(), &golden).await;
}

#[tokio::test]
async fn smsala() {
    let golden = format!(
        "POST /api/SendSMS\naccept: application/json\ncontent-type: application/x-www-form-urlencoded\n\n\
         api_id=API1&api_password=p%40ss&sms_type=T&encoding=T&sender_id=Acme&phonenumber=919876543210&textmessage={FORM_TEXT}&uid={ID}\n"
    );
    check(gateways::smsala("API1", "p@ss", "Acme"), &message(), &golden).await;
}

#[tokio::test]
async fn smseagle_v1() {
    let golden = format!(
        "GET /http_api/send_sms?access_token=token&to=%2B919876543210&message={QUERY_TEXT}&unicode=0&responsetype=text\n"
    );
    check(gateways::smseagle_v1(ORIGIN, "token"), &message(), &golden).await;
}

#[tokio::test]
async fn smseagle_v2() {
    let unicode =
        Message::new(PhoneNumber::parse("+48123456789").unwrap(), "код 000000 😀\n\u{1}").unwrap();
    let golden = "POST /api/v2/messages/sms\naccept: application/json\naccess-token: token\ncontent-type: application/json\n\n\
                  {\"to\":[\"+48123456789\"],\"text\":\"код 000000 😀\\n\\u0001\",\"encoding\":\"unicode\",\"modem_no\":2}\n";
    check(gateways::smseagle_v2(ORIGIN, "token").var("modem_no", "2"), &unicode, golden).await;
}
