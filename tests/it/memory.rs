//! What is left of codes, texts and tokens in the memory of a process that has sent them and has dropped everything.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::process::{Command, Output};

use bytes::Bytes;
use otpost::async_trait;
use otpost::gateway::{GatewaySpec, HttpGateway};
use otpost::otp::Code;
use otpost::provider::{Failover, Provider, Retry};
use otpost::transport::{Request, Response, Transport, TransportError};
use otpost::{Message, PhoneNumber};
use otpost_testing::{FaultServer, Script};
use zeroize::Zeroizing;

/// What is searched, each byte with one bit changed: so a search does not find what it searches for.
const CODE: Needle = Needle(b"18496052");
const WORD: Needle = Needle(b"Onuihof!mhjd!uid!r`ld!hr!ng!qsnng");
const TOKEN: Needle = Needle(b"ujo^8g7b3d4`1c6e5f2`9b0d7g4b3e6c");

#[derive(Clone, Copy)]
struct Needle(&'static [u8]);

impl Needle {
    /// The bytes as they are sent.
    fn shown(self) -> Zeroizing<String> {
        let mut shown = Zeroizing::new(String::with_capacity(self.0.len()));
        shown.extend(self.0.iter().map(|byte| char::from(byte ^ 1)));
        shown
    }

    fn count(self, memory: &[u8]) -> usize {
        // Not the first sixteen bytes of a long one: an allocator writes into what it gets back.
        let wanted = if self.0.len() > 16 { &self.0[16..] } else { self.0 };
        let first = wanted[0] ^ 1;
        let starts = memory.iter().enumerate().filter(|(_, byte)| **byte == first);
        let fits = |at: usize| {
            let found = memory.get(at..at + wanted.len());
            found.is_some_and(|found| found.iter().zip(wanted).all(|(a, b)| *a == b ^ 1))
        };
        starts.filter(|(at, _)| fits(*at)).count()
    }
}

/// Overwrites the part of the stack that earlier calls have used.
///
/// A code is moved by value until a message holds it, and each move leaves a copy on the stack. The next
/// deep call overwrites it, unless a future that is put into a box takes the bytes along, as those of a
/// field that has no value yet.
#[inline(never)]
fn overwrite_stack() {
    let used = [0xa5_u8; 512 * 1_024];
    std::hint::black_box(&used);
}

/// How often each needle is in the memory that this process can write.
fn search<const N: usize>(needles: [Needle; N]) -> [usize; N] {
    let mut counts = [0; N];
    let mut buffer = vec![0_u8; 1 << 20];
    let own = buffer.as_ptr() as usize..buffer.as_ptr() as usize + buffer.len();
    let memory = File::open("/proc/self/mem").unwrap();
    let maps = Zeroizing::new(std::fs::read_to_string("/proc/self/maps").unwrap());
    for line in maps.lines() {
        let mut fields = line.split_whitespace();
        let (range, access) = (fields.next().unwrap(), fields.next().unwrap());
        if !access.starts_with("rw") || line.ends_with("[vvar]") {
            continue;
        }
        let (start, end) = range.split_once('-').unwrap();
        let hex = |text| usize::from_str_radix(text, 16).unwrap();
        let (mut at, end) = (hex(start), hex(end));
        while at < end {
            // The buffer itself holds what was found before.
            if own.contains(&at) {
                at = own.end;
                continue;
            }
            let stop = if at < own.start { end.min(own.start) } else { end };
            let length = (stop - at).min(buffer.len());
            let read = memory.read_at(&mut buffer[..length], at as u64).unwrap_or_default();
            for (count, needle) in counts.iter_mut().zip(needles) {
                *count += needle.count(&buffer[..read]);
            }
            // The next piece begins a little earlier: a needle may lie across the end of this one.
            at += if length > 64 && at + length < stop { length - 64 } else { length };
        }
    }
    counts
}

/// Runs a test of this file in a process of its own, which has no memory of other tests.
fn alone(name: &str, what: &str, origins: [&str; 2]) -> String {
    let Output { status, stdout, stderr } = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("memory::{name}"), "--nocapture", "--test-threads=1"])
        .env("OTPOST_MEMORY", what)
        .env("OTPOST_ORIGINS", origins.join(" "))
        .output()
        .unwrap();
    let told = [String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)].concat();
    assert!(status.success() && told.contains("1 passed"), "{told}");
    told
}

/// A transport without a client: what it gets and gives is dropped with the call.
#[derive(Debug)]
struct Nowhere;

#[async_trait]
impl Transport for Nowhere {
    async fn call(&self, request: Request) -> Result<Response, TransportError> {
        // So that the request is still there when its parts are checked.
        tokio::task::yield_now().await;
        let is_token_call = request.uri().path() == "/token";
        drop(request);
        let answer =
            if is_token_call { token_answer(&TOKEN.shown()) } else { Zeroizing::default() };
        Ok(Response::new(Bytes::from(answer.as_bytes().to_vec())))
    }
}

fn token_answer(token: &str) -> Zeroizing<String> {
    let mut answer = Zeroizing::new(String::with_capacity(200));
    for part in ["{\"access_token\":\"", token, "\",\"expires_in\":3600}"] {
        answer.push_str(part);
    }
    answer
}

/// Each kind of body, and filters and charsets that make copies.
const BODIES: [&str; 8] = [
    "form = { to = \"{{to}}\", text = \"{{text}}\", code = \"{{code}}\" }",
    "json = { to = \"{{to}}\", list = [{ text = \"{{text}}\" }], code = \"Code: {{code}}!\" }",
    "multipart = { to = \"{{to}}\", text = \"{{text}}\", code = \"{{code|base64}} {{code}}\" }",
    "text = \"To {{to}}: {{text|latin1:?|gsm7:?}}\"",
    "xml = \"<sms><to>{{to}}</to><text>{{text|latin1:?}}</text><code>{{code}}</code></sms>\"\ncharset = \"latin1\"",
    "form = { to = \"{{to}}\", text = \"{{text|lower}}\", code = \"{{code}}\" }\ncharset = \"latin1\"",
    "form = { to = \"{{to}}\", text = \"{{text|gsm7:?}}\", code = \"{{code}}\" }\ncharset = \"gsm7\"\nreplacement = \"?\"",
    // The fields are decoded and sorted before they are signed.
    "form = { to = \"{{to}}\", text = \"{{text}}\", code = \"{{code}}\" }\n[auth.hash]\nalgorithm = \"sha256\"\nsign = \"{{sorted_form}}{{sorted_fields}}\"\nform = { sig = \"{{signature}}\" }",
];

/// The token of the specs whose requests are not signed.
const TOKEN_CALL: &str = r#"
        [auth.token]
        url = "TOKEN_ORIGIN/token"
        form = { a = "b" }
        token = "/access_token"
"#;

fn gateway(body: &str, origins: [&str; 2], transport: Option<Nowhere>) -> HttpGateway {
    let [origin, token_origin] = origins;
    // A client copies URLs and headers into buffers of its own.
    let query = match &transport {
        Some(_) => "query = { c = \"{{code}}\" }\nheaders = { X-Code = \"{{code}}\" }",
        None => "",
    };
    let is_signed = body.contains("[auth.");
    let token_call = if is_signed { "" } else { TOKEN_CALL };
    let token_call = token_call.replace("TOKEN_ORIGIN", token_origin);
    let spec = format!(
        r#"
        spec = 1
        id = "acme"
        name = "Acme"
        allow = ["cleartext", "literal-secret", "secret-in-url"]
        [request]
        method = "POST"
        url = "{origin}/send"
        {query}
        {body}
        {token_call}
        "#
    );
    let builder = HttpGateway::builder(GatewaySpec::from_toml(&spec).unwrap());
    match transport {
        Some(transport) => builder.build_with(transport).unwrap(),
        None => builder.build().unwrap(),
    }
}

/// A text that is long, and in which every body has something to escape.
fn message() -> Message {
    let mut text = Zeroizing::new(String::with_capacity(4_096));
    for part in [&*CODE.shown(), " \"é\" & <b> ", &*WORD.shown(), " "] {
        text.push_str(part);
    }
    text.extend(std::iter::repeat_n("more and more \\ ", 60));
    let to = PhoneNumber::parse("+41791234567").unwrap();
    let message = Message::new(to, &**text).unwrap();
    let message = message.with_code(Code::parse(&CODE.shown()).unwrap());
    overwrite_stack();
    message
}

/// The bodies of messages of each kind, in memory that is not wiped.
fn bodies(origins: [&str; 2]) -> Vec<Vec<u8>> {
    let ten = |body| (0..10).map(move |_| body);
    let body = |body| {
        let gateway = gateway(body, origins, Some(Nowhere));
        gateway.prepare(&message()).unwrap().expose_body().to_vec()
    };
    BODIES.into_iter().flat_map(ten).map(body).collect()
}

/// Sends messages of each kind, and drops everything.
fn send(origins: [&str; 2], transport: impl Fn() -> Option<Nowhere>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for body in BODIES {
            let provider = Failover::new(Retry::new(gateway(body, origins, transport())));
            let mut sending = tokio::task::JoinSet::new();
            let provider = std::sync::Arc::new(provider);
            for _ in 0..10 {
                let provider = provider.clone();
                sending.spawn(async move { provider.send(&message()).await.map(drop) });
            }
            while let Some(sent) = sending.join_next().await {
                sent.unwrap().unwrap();
            }
        }
    });
}

#[test]
fn memory_of_a_gateway_holds_nothing_after_it_was_dropped() {
    let name = "memory_of_a_gateway_holds_nothing_after_it_was_dropped";
    let origins = ["https://sms.example", "https://auth.example"];
    match std::env::var("OTPOST_MEMORY").as_deref() {
        Err(_) => ["ours", "naive"].into_iter().for_each(|what| drop(alone(name, what, origins))),
        Ok("ours") => {
            send(origins, || Some(Nowhere));
            assert_eq!(search([CODE, WORD, TOKEN]), [0, 0, 0]);
        }
        Ok(_) => {
            // The naive twin hands over the same bytes as a `Vec`, and keeps the token in a `String`.
            let bodies: Vec<_> = bodies(origins).into_iter().map(Bytes::from).collect();
            let answer = |_| token_answer(&TOKEN.shown()).to_string();
            let tokens: Vec<_> = bodies.iter().map(answer).collect();
            drop((bodies, tokens));
            assert!(search([CODE, WORD, TOKEN]).iter().all(|found| *found > 0));
        }
    }
}

#[test]
fn memory_of_a_client_holds_no_message_after_it_was_dropped() {
    let name = "memory_of_a_client_holds_no_message_after_it_was_dropped";
    if std::env::var_os("OTPOST_MEMORY").is_none() {
        // The servers are in this process: they keep what they read.
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let answer = |body: &str| {
            let head = format!(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            Script::new().read_request().write(head).write(body)
        };
        let (send, token) = (answer(""), answer(&token_answer(&TOKEN.shown())));
        let start = async { (FaultServer::start(send).await, FaultServer::start(token).await) };
        let (send, token) = runtime.block_on(start);
        let (send, token) = (send.unwrap(), token.unwrap());
        let origins = [&*send.origin(), &*token.origin()];
        ["ours", "naive"].into_iter().for_each(|what| drop(alone(name, what, origins)));
        return;
    }
    let origins = std::env::var("OTPOST_ORIGINS").unwrap();
    let (origin, token_origin) = origins.split_once(' ').unwrap();
    if std::env::var("OTPOST_MEMORY").unwrap() == "ours" {
        send([origin, token_origin], || None);
        let [code, word, token] = search([CODE, WORD, TOKEN]);
        println!("of the code {code}, of the text {word}, of the token {token}");
        // The token stays where the client has read the answer, and where it has written the header.
        assert_eq!((code, word), (0, 0));
    } else {
        // The naive twin hands over the same bytes as a `Vec`.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let client = reqwest::Client::new();
            let mut sending = tokio::task::JoinSet::new();
            for body in bodies([origin, token_origin]) {
                sending.spawn(client.post(origin).body(body).send());
            }
            assert!(sending.join_all().await.iter().all(Result::is_ok));
        });
        drop(runtime);
        let [code, word, _] = search([CODE, WORD, TOKEN]);
        assert!(code > 0 && word > 0);
    }
}
