//! Delivery reports of a sandbox, to a receiver on a real socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use http::Request;
use otpost::gateway::GatewaySpec;
use otpost::gateways;
use otpost::report::ReportReceiver;
use otpost::testing::ScriptedTransport;
use otpost::{HttpGateway, SecretString};
use serde_json::{Value, json};

use super::Running;

const TOKEN: &str = "8f3c0d5e9a7b41c2864f0e1d2c3b4a59";
/// The value of variables in samples of a sandbox.
const SAMPLE: &str = "sample";

/// An application that receives reports.
pub(super) struct Application {
    url: String,
    /// The statuses of the reports that were accepted.
    heard: Receiver<String>,
}

impl Application {
    /// Starts the receiver of one gateway, with this secret of its reports.
    fn start(id: &str, secret: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let spec = gateways::with_examples(id).unwrap();
        Self::start_on(listener, &spec, "report_secret", secret)
    }

    /// Starts the receiver of one gateway, with the value of the variable that verifies reports.
    pub(super) fn start_on(
        listener: TcpListener,
        spec: &GatewaySpec,
        variable: &str,
        key: &str,
    ) -> Self {
        let url = url_of(&listener);
        let mut builder = HttpGateway::builder(spec.clone());
        for (name, var) in spec.vars().filter(|(_, var)| !var.is_message()) {
            let value = if name == variable { key } else { SAMPLE };
            if !var.is_optional() || name == variable {
                builder = builder.var(name, SecretString::from(value));
            }
        }
        let gateway = builder.build_with(ScriptedTransport::new()).unwrap();
        let receiver = ReportReceiver::new(&gateway, &url).unwrap();
        let (tell, heard) = channel();
        // The thread ends with the test process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (status, reports) = serve(&receiver, &stream);
                reports.into_iter().for_each(|report| drop(tell.send(report)));
                let answer = format!("HTTP/1.1 {status} x\r\nContent-Length: 0\r\n\r\n");
                let _ = (&stream).write_all(answer.as_bytes());
            }
        });
        Self { url, heard }
    }

    pub(super) fn next(&self) -> String {
        self.heard.recv_timeout(Duration::from_secs(60)).unwrap()
    }
}

/// Returns the URL of an application on this listener.
pub(super) fn url_of(listener: &TcpListener) -> String {
    format!("http://{}/sms/reports/{TOKEN}", listener.local_addr().unwrap())
}

/// Reads a request, and returns the status of the answer and the statuses of the reports.
fn serve(receiver: &ReportReceiver, stream: &TcpStream) -> (u16, Vec<String>) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut words = line.split(' ');
    let mut head = Request::builder().method(words.next().unwrap()).uri(words.next().unwrap());
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        if name == "content-length" {
            length = value.parse().unwrap();
        }
        head = head.header(name, value);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let parts = head.body(()).unwrap().into_parts().0;
    match receiver.receive(&parts, &body) {
        Ok(received) => {
            let statuses = received.reports().iter().map(|it| it.status().to_string());
            (received.answer().status().as_u16(), statuses.collect())
        }
        Err(error) => (error.answer().status().as_u16(), Vec::new()),
    }
}

pub(super) fn sample(sandbox: &Running, gateway: &str) -> String {
    let sent = sandbox.send("POST", &format!("/api/samples/{gateway}"), &[], "{}").json();
    sent["id"].as_str().unwrap_or_else(|| panic!("{sent}")).to_owned()
}

/// Sends reports of a message, and returns the status of the response, and the reports.
fn report(sandbox: &Running, message: &str, body: &Value) -> (u16, Value) {
    let target = format!("/api/messages/{message}/reports");
    let response = sandbox.send("POST", &target, &[], &body.to_string());
    (response.status, response.json())
}

#[track_caller]
pub(super) fn check(sandbox: &Running, message: &str, faults: &[&str], expected: &[Value]) {
    let body = json!({ "statuses": ["pending", "delivered"], "faults": faults });
    let (status, found) = report(sandbox, message, &body);
    let responses: Vec<_> = found["reports"].as_array().unwrap().iter().collect();
    let responses: Vec<_> =
        responses.into_iter().map(|report| report["response"].clone()).collect();
    assert_eq!((status, responses.as_slice()), (200, expected), "{found:#}");
}

#[test]
fn reports_are_sent_by_the_api_with_faults() {
    let application = Application::start("twilio", "another");
    let sandbox = Running::start(&["twilio", "2factor", "--reports", &application.url]);
    let gateways = sandbox.get("/api/gateways").json();
    let reports = &gateways["gateways"][0]["reports"];
    assert!(reports["statuses"].as_array().unwrap().contains(&json!("undeliverable")));
    assert!(!gateways.to_string().contains(TOKEN), "the path is a secret of the application");
    assert_eq!(gateways["gateways"][1]["reports"], Value::Null);

    // Signed with the auth token that the application has sent with its message.
    let message = sample(&sandbox, "twilio");
    check(&sandbox, &message, &[], &[json!(200), json!(200)]);
    assert_eq!([application.next(), application.next()], ["pending", "delivered"]);
    check(&sandbox, &message, &["duplicated"], &[json!(200), json!(200), json!(200), json!(200)]);
    for expected in ["pending", "pending", "delivered", "delivered"] {
        assert_eq!(application.next(), expected);
    }
    check(&sandbox, &message, &["forged"], &[json!(403), json!(403)]);
    check(&sandbox, &message, &["lost"], &[Value::Null, Value::Null]);
    assert!(application.heard.try_recv().is_err());
    let listed = sandbox.get("/api/reports").json();
    let listed = listed["reports"].as_array().unwrap().clone();
    assert_eq!(listed.len(), 10);
    assert_eq!(
        (&listed[0]["id"], &listed[9]["reason"]),
        (&json!("r-1"), &json!("the report is lost"))
    );

    // `2factor` describes no reports, and there is no word for an expiry at Twilio.
    let silent = sample(&sandbox, "2factor");
    let (status, problem) = report(&sandbox, &silent, &json!({ "statuses": ["delivered"] }));
    assert_eq!(
        (status, problem["error"].as_str().unwrap().contains("does not describe")),
        (400, true)
    );
    let (status, found) = report(&sandbox, &message, &json!({ "statuses": ["expired"] }));
    let reason = found["reports"][0]["reason"].as_str().unwrap();
    assert!(status == 200 && reason.contains("`expired`"), "{found}");
    for body in [json!({}), json!({ "statuses": [] }), json!({ "statuses": ["x"] })] {
        assert_eq!(report(&sandbox, &message, &body).0, 400, "{body}");
    }
    assert_eq!(report(&sandbox, "m-99", &json!({ "statuses": ["delivered"] })).0, 404);
}

#[test]
fn reports_follow_each_message() {
    let application = Application::start("twilio", "another");
    let arguments = ["twilio", "--deliver-after", "1ms", "--reports", &application.url];
    let sandbox = Running::start(&arguments);
    sample(&sandbox, "twilio");
    assert_eq!(application.next(), "delivered");
    let set =
        |body: &Value| sandbox.send("PUT", "/api/reports/twilio", &[], &body.to_string()).status;
    let early = json!({ "statuses": ["undeliverable"], "faults": ["early"] });
    assert_eq!(set(&json!({ "automatic": early })), 204);
    sample(&sandbox, "twilio");
    // The report came before the response, so nothing has to be awaited.
    assert_eq!(application.heard.try_recv().unwrap(), "undeliverable");
    // A refused message gets none.
    sandbox.set_answer("twilio", r#"{"answer":{"outcome":"throttled"},"times":1}"#);
    sandbox.send("POST", "/api/samples/twilio", &[], "{}");
    assert!(application.heard.try_recv().is_err());
    assert_eq!(set(&json!({ "automatic": null })), 204);
    sample(&sandbox, "twilio");
    assert!(application.heard.try_recv().is_err());

    // The path can be set, and the host cannot.
    let message = sample(&sandbox, "twilio");
    assert_eq!(set(&json!({ "path": "/elsewhere" })), 204);
    check(&sandbox, &message, &[], &[json!(403), json!(403)]);
    for path in ["http://192.0.2.1/r", "@192.0.2.1/r", ":1/r", "", "/r?x=1", "/r#x"] {
        assert_eq!(set(&json!({ "path": path })), 400, "{path}");
    }
    assert_eq!(set(&json!({ "automatic": { "statuses": ["expired"] } })), 400);
    assert_eq!(set(&json!({ "automatic": { "statuses": ["delivered"], "afer": "1s" } })), 400);
    let code = "1".repeat(257);
    assert_eq!(set(&json!({ "automatic": { "statuses": ["delivered"], "code": code } })), 400);
    assert_eq!(set(&json!({ "automatic": { "statuses": ["delivered"], "after": "2h" } })), 400);
}

#[test]
fn reports_are_signed_with_a_value_of_the_command_line() {
    let application = Application::start("sinch", "hunter2");
    let sandbox = Running::start(&["sinch", "--reports", &application.url]);
    let message = sample(&sandbox, "sinch");
    let (_, found) = report(&sandbox, &message, &json!({ "statuses": ["delivered"] }));
    let reason = found["reports"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("report_secret"), "{reason}");

    let mut command = Command::new(env!("CARGO_BIN_EXE_otpost"));
    command.args(["sandbox", "sinch", "--reports", &application.url]);
    command.args(["--var", "report_secret=env:REPORT_SECRET"]).env("REPORT_SECRET", "hunter2");
    let sandbox = Running::start_with(&mut command);
    let message = sample(&sandbox, "sinch");
    check(&sandbox, &message, &[], &[json!(200), json!(200)]);
    assert_eq!([application.next(), application.next()], ["pending", "delivered"]);
    // Without `--reports`, nothing is sent, and requests do not contain the secret.
    let refused = crate::otpost(&["sandbox", "sinch", "--var", "report_secret=env:PATH"], "");
    assert!(!refused.status.success());
}

#[test]
fn reports_need_an_address() {
    let sandbox = Running::start(&["twilio"]);
    let message = sample(&sandbox, "twilio");
    let (status, problem) = report(&sandbox, &message, &json!({ "statuses": ["delivered"] }));
    assert_eq!((status, problem["error"].as_str().unwrap().contains("--reports")), (400, true));
    for url in ["https://app.example/r", "app.example", "http://", "http://a@b/r", "http://a/r?x"] {
        let refused = crate::otpost(&["sandbox", "twilio", "--reports", url], "");
        assert_eq!(refused.status.code(), Some(2), "{url}");
        // The path may be a secret of the application. The form itself begins with `http://`.
        let printed = String::from_utf8_lossy(&refused.stderr);
        let is_shown = url != "http://" && printed.contains(url);
        assert!(printed.contains("--reports") && !is_shown, "{printed}");
    }
    // Nothing listens there.
    let sandbox = Running::start(&["twilio", "--reports", "http://127.0.0.1:9/r"]);
    let message = sample(&sandbox, "twilio");
    let (_, found) = report(&sandbox, &message, &json!({ "statuses": ["delivered"] }));
    assert!(found["reports"][0]["reason"].as_str().unwrap().contains("cannot be reached"));
}

#[cfg(not(feature = "signatures"))]
#[test]
fn private_keys_need_the_feature() {
    let sandbox = Running::start(&["telnyx", "--reports", "http://127.0.0.1:9/r"]);
    let settings = sandbox.get("/api/gateways").json()["gateways"][0]["reports"].clone();
    assert_eq!(settings["public_key"], Value::Null);
    let message = sample(&sandbox, "telnyx");
    let (_, found) = report(&sandbox, &message, &json!({ "statuses": ["delivered"] }));
    for problem in [&settings["problem"], &found["reports"][0]["reason"]] {
        assert!(problem.as_str().unwrap().contains("feature `signatures`"), "{problem}");
    }
}

/// Without the cancellation, the call sends the second report to the application as well.
#[test]
fn deleted_messages_get_no_further_report() {
    let application = TcpListener::bind("127.0.0.1:0").unwrap();
    let sandbox = Running::start(&["twilio", "--reports", &url_of(&application)]);
    let message = sample(&sandbox, "twilio");
    thread::scope(|scope| {
        let call = scope
            .spawn(|| report(&sandbox, &message, &json!({ "statuses": ["pending", "delivered"] })));
        // The application has the first report, and does not respond.
        let (mut stream, _) = application.accept().unwrap();
        let mut first = [0; 4];
        stream.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"POST");
        assert_eq!(sandbox.send("DELETE", "/api/messages", &[], "").status, 204);
        let (status, problem) = call.join().unwrap();
        assert_eq!(
            (status, problem["error"].as_str().unwrap().contains("no such message")),
            (404, true)
        );
        // The connection of the first report is closed.
        let mut rest = Vec::new();
        assert!(stream.read_to_end(&mut rest).is_ok());
    });
    application.set_nonblocking(true).unwrap();
    assert!(application.accept().is_err());
    assert_eq!(sandbox.get("/api/reports").json(), json!({ "reports": [] }));
}
