//! The hooks of identity servers.

use std::io::{BufReader, Write};
use std::thread::scope;

use super::gateway::TestGateway;
use super::{Bridge, CALLER, HOOKS, SECRET, now, supabase_headers, zitadel_signature};

/// A hook as Supabase sends it: the number has no plus.
const SUPABASE: &str = r#"{"metadata":{"uuid":"8b1f2a52-8f0f-4d0e-9d9e-3c7b7c6d5e4f","time":"2026-11-30T02:00:00Z","name":"send-sms"},"user":{"id":"6481a5c1-3d37-4a56-9f6a-bee08c554965","aud":"authenticated","role":"authenticated","email":"","phone":"41791234567","app_metadata":{"provider":"phone","providers":["phone"]},"user_metadata":{},"is_anonymous":false},"sms":{"otp":"012345","sms_type":"sms","phone":"41791234567"}}"#;

/// A message as Zitadel sends it. The code of a verification has letters.
const ZITADEL: &str = r#"{"contextInfo":{"eventType":"user.human.phone.code.added","provider":{"id":"285181292935381355","description":"otpost"},"recipientPhoneNumber":"+41791234567"},"templateData":{"title":"Zitadel - Verify phone","text":"Use the code 0M53RF to verify your number."},"args":{"code":"0M53RF","displayName":"Given Family","lastPhone":"+41791234567","preferredLoginName":"user"}}"#;

/// A message as Ory's courier sends it with the template `function(ctx) ctx`.
const ORY: &str = r#"{"recipient":"+41791234567","subject":"","body":"Your login code is: 012345","template_type":"login_code_valid","template_data":{"to":"+41791234567","login_code":"012345","identity":{"id":"6481a5c1"},"expires_in_minutes":15},"message_type":"sms"}"#;

fn text(gateway: &TestGateway) -> String {
    let received = gateway.single();
    assert!(received.body.contains("&destinationAddress=41791234567&"), "{received:?}");
    received.body.split('&').next().unwrap().replace('+', " ")
}

#[test]
fn supabase_sends_a_code() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &HOOKS);
    bridge.supabase("msg_1", SUPABASE).is(200, "accepted", "accepted");
    assert_eq!(text(&gateway), "messageText=012345 is your code");
}

#[test]
fn supabase_changes_a_number_by_a_code_to_the_new_one() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &HOOKS);
    let changing = SUPABASE.replacen("41791234567", "41781112233", 1);
    assert!(changing.contains(r#""phone":"41781112233""#), "the user still has the old number");
    bridge.supabase("msg_1", &changing).is(200, "accepted", "accepted");
    assert_eq!(text(&gateway), "messageText=012345 is your code");
    // Versions before the field `sms.phone` send the number of the user alone.
    let older = SUPABASE.replace(r#","phone":"41791234567"}}"#, "}}");
    assert!(!older.contains("sms_type\":\"sms\",\"phone"));
    bridge.supabase("msg_2", &older).is(200, "accepted", "accepted");
}

#[test]
fn supabase_sends_the_whole_user() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &HOOKS);
    let data = format!(r#""user_metadata":{{"about":"{}"}}"#, "x".repeat(200_000));
    let large = SUPABASE.replace(r#""user_metadata":{}"#, &data);
    assert!(large.len() > 200_000);
    bridge.supabase("msg_1", &large).is(200, "accepted", "accepted");
    assert_eq!(text(&gateway), "messageText=012345 is your code");
}

#[test]
fn supabase_gets_errors_in_the_form_that_it_shows() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &HOOKS);
    let french = SUPABASE.replace("41791234567", "33612345678");
    let refused = bridge.supabase("msg_1", &french);
    refused.is_refused(200, "invalid_recipient", "no messages are sent to FR");
    assert_eq!(refused.json()["error"]["http_code"], 422);
    assert_eq!(refused.json()["error"]["message"], "no messages are sent to FR");
    assert_eq!(gateway.count(), 0);
    // It sends again by itself while the gateway is down.
    let down = Bridge::start("http://127.0.0.1:9", &HOOKS).supabase("msg_1", SUPABASE);
    down.is(503, "transport", "not_sent");
    assert!(down.header("retry-after").is_some() && down.json().get("error").is_none());
}

#[test]
fn only_supabase_itself_gets_errors_in_its_form() {
    let bridge = Bridge::start("http://127.0.0.1:9", &HOOKS);
    // A proxy and a monitor must not take the refusal of an unknown caller for a success.
    let foreign = bridge.call("POST", "/hooks/supabase", &[("host", "evil.example")], b"{}");
    foreign.is_refused(403, "forbidden", "the host is not allowed");
    let get = bridge.call("GET", "/hooks/supabase", &[], b"");
    get.is_refused(405, "invalid_request", "expected POST");
    assert_eq!(get.header("allow"), Some("POST"));
    let unsigned = bridge.json("/hooks/supabase", &[], SUPABASE);
    unsigned.is_refused(401, "unauthenticated", "is missing");
    let other = Bridge::start("http://127.0.0.1:9", &CALLER);
    let disabled = other.supabase("msg_1", SUPABASE);
    disabled.is_refused(404, "invalid_request", "the hook is not enabled");
    for response in [foreign, get, unsigned, disabled] {
        assert!(response.json().get("error").is_none(), "{response:?}");
    }
    let signed = bridge.supabase("msg_1", "{");
    signed.is_refused(200, "invalid_request", "JSON");
    assert_eq!(signed.json()["error"]["http_code"], 400);
}

#[test]
fn zitadel_sends_a_text() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &HOOKS);
    bridge.zitadel(ZITADEL).is(200, "accepted", "accepted");
    assert_eq!(text(&gateway), "messageText=Use the code 0M53RF to verify your number.");
}

#[test]
fn ory_sends_a_text_with_its_api_key() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &CALLER);
    let key = [("x-api-key", SECRET)];
    bridge.json("/hooks/ory", &key, ORY).is(200, "accepted", "accepted");
    assert_eq!(text(&gateway), "messageText=Your login code is%3A 012345");
    let email = ORY.replace(r#""sms""#, r#""email""#);
    let refused = bridge.json("/hooks/ory", &key, &email);
    refused.is_refused(400, "invalid_request", "`message_type` is not `sms`");
    let refused = bridge.json("/hooks/ory", &key, r#"{"recipient":"+41791234567"}"#);
    refused.is_refused(400, "invalid_request", "expected `body`, or a code");
    // A template without the text, and with the names of earlier versions.
    let older = r#"{"to":"+41791234567","template_data":{"verification_code":"012345"}}"#;
    bridge.json("/hooks/ory", &key, older).is(200, "accepted", "accepted");
    assert_eq!(gateway.count(), 2);
}

#[test]
fn a_hook_is_sent_once_however_often_it_arrives() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &HOOKS);
    let statuses: Vec<u16> = scope(|scope| {
        let call = || bridge.supabase("msg_1", SUPABASE).status;
        let calls: Vec<_> = (0..32).map(|_| scope.spawn(call)).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    assert!(statuses.contains(&200), "{statuses:?}");
    let again = bridge.supabase("msg_1", SUPABASE);
    again.is(200, "accepted", "accepted");
    assert_eq!(again.json()["repeated"], true);
    assert_eq!(gateway.count(), 1);

    // Zitadel's hooks have no id. The same body is the same hook.
    let signature = zitadel_signature(now(), ZITADEL.as_bytes());
    let later = zitadel_signature(now() + 1, ZITADEL.as_bytes());
    for signature in [&signature, &signature, &format!("{signature},v1=00"), &later] {
        let headers = [("zitadel-signature", signature.as_str())];
        bridge.json("/hooks/zitadel", &headers, ZITADEL).is(200, "accepted", "accepted");
    }
    assert_eq!(gateway.count(), 2);
}

/// Supabase makes a new id, time and signature for each attempt. It marshals the body once.
#[test]
fn an_attempt_of_supabase_with_another_id_is_the_same_hook() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &HOOKS);
    for (attempt, id) in ["msg_1", "msg_2", "msg_3"].into_iter().enumerate() {
        let time = now() + u64::try_from(attempt).unwrap();
        let headers = supabase_headers(id, time, SUPABASE.as_bytes());
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let response = bridge.json("/hooks/supabase", &headers, SUPABASE);
        response.is(200, "accepted", "accepted");
        assert_eq!(response.json().get("repeated").is_some(), attempt > 0);
    }
    assert_eq!(gateway.count(), 1);
    // Another code is another message, even with the same id.
    let other = SUPABASE.replace("012345", "543210");
    bridge.supabase("msg_1", &other).is(200, "accepted", "accepted");
    assert_eq!(gateway.count(), 2);
}

/// Neither Ory's courier nor a proxy that repeats a GET gives an id.
#[test]
fn a_code_without_an_id_is_sent_once() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &CALLER);
    let key = [("x-api-key", SECRET)];
    let query = |code| format!("/send?to=%2B41791234567&code={code}");
    let courier = |body: &str| bridge.json("/hooks/ory", &key, body);
    let first = [courier(ORY), bridge.call("GET", &query("123456"), &key, b"")];
    let again = [courier(ORY), bridge.call("GET", &query("123456"), &key, b"")];
    let other = [
        courier(&ORY.replace("012345", "543210")),
        bridge.call("GET", &query("654321"), &key, b""),
    ];
    for (responses, is_repeated) in [(&first, false), (&again, true), (&other, false)] {
        for response in responses {
            response.is(200, "accepted", "accepted");
            assert_eq!(response.json().get("repeated").is_some(), is_repeated, "{response:?}");
        }
    }
    assert_eq!(gateway.count(), first.len() + other.len());
    // A caller that sends the same code with POST wants it to be sent.
    let post = || bridge.json("/send", &key, r#"{"to":"+41781234567","code":"123456"}"#);
    assert!([post(), post()].iter().all(|response| response.json().get("repeated").is_none()));
    assert_eq!(gateway.count(), first.len() + other.len() + 2);
}

#[test]
fn a_hook_that_was_not_sent_can_be_repeated() {
    let bridge = Bridge::start("http://127.0.0.1:9", &HOOKS);
    for _ in 0..2 {
        let response = bridge.supabase("msg_1", SUPABASE);
        response.is(503, "transport", "not_sent");
        assert!(response.json().get("repeated").is_none());
    }
}

#[test]
fn signatures_are_old_after_five_minutes() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &HOOKS);
    // Far from the border, because the clock goes on. The unit tests have the exact one.
    for (seconds, is_valid) in [(-150, true), (150, true), (-450, false), (900, false)] {
        let time = now().saturating_add_signed(seconds);
        let headers = supabase_headers(&format!("msg_{seconds}"), time, SUPABASE.as_bytes());
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let signature = zitadel_signature(time, ZITADEL.as_bytes());
        for response in [
            bridge.json("/hooks/supabase", &headers, SUPABASE),
            bridge.json("/hooks/zitadel", &[("zitadel-signature", &signature)], ZITADEL),
        ] {
            if is_valid {
                response.is(200, "accepted", "accepted");
            } else {
                response.is_refused(401, "unauthenticated", "more than 300 s away");
            }
        }
    }
    // The body is the same, so it is the same hook.
    assert_eq!(gateway.count(), 2);
}

#[test]
fn several_keys_sign_during_a_rotation() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &HOOKS);
    let mut headers = supabase_headers("msg_1", now(), SUPABASE.as_bytes());
    // Supabase separates them by a comma and a blank.
    let other = data_encoding::BASE64.encode(&[7; 32]);
    headers[2].1 = format!("v1a,{other}, v1,{other}, {}", headers[2].1);
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    bridge.json("/hooks/supabase", &headers, SUPABASE).is(200, "accepted", "accepted");
}

#[test]
fn unsigned_hooks_are_refused() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &[&HOOKS[..], &CALLER[..]].concat());
    let refused = |headers: &[(&str, &str)], message: &str| {
        let response = bridge.json("/hooks/supabase", headers, SUPABASE);
        response.is_refused(401, "unauthenticated", message);
    };
    let headers = supabase_headers("msg_1", now(), SUPABASE.as_bytes());
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for missing in 0..3 {
        let mut headers = headers.clone();
        let (name, _) = headers.remove(missing);
        refused(&headers, &format!("the request is not signed: `{name}` is missing"));
    }
    for twice in 0..3 {
        let name = headers[twice].0;
        let headers = [headers.as_slice(), &[headers[twice]]].concat();
        refused(&headers, &format!("the header `{name}` cannot be read"));
    }
    let with = |place: usize, value| {
        let mut headers = headers.clone();
        headers[place].1 = value;
        headers
    };
    refused(&with(0, "msg.1"), "the header `webhook-id` cannot be read");
    refused(&with(1, "1e9"), "the header `webhook-timestamp` cannot be read");
    refused(&with(1, "99999999999999999999"), "the header `webhook-timestamp` cannot be read");
    refused(&with(2, ""), "the signature is wrong");
    refused(&with(2, "v1,"), "the signature is wrong");
    // The secret of a caller is no signature.
    refused(&[("x-api-key", SECRET)], "the request is not signed");
    let zitadel = bridge.json("/hooks/zitadel", &[("zitadel-signature", "t=1")], ZITADEL);
    zitadel.is_refused(401, "unauthenticated", "more than 300 s away");
    let unsigned = format!("t={}", now());
    let zitadel = bridge.json("/hooks/zitadel", &[("zitadel-signature", &unsigned)], ZITADEL);
    zitadel.is_refused(401, "unauthenticated", "the signature is wrong");
    assert_eq!(gateway.count(), 0);
}

/// Changes one bit in one of the signed parts of a hook, a thousand times.
#[test]
fn a_thousand_mutated_hooks_are_refused() {
    const ROUNDS: u64 = 1_000;
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &HOOKS);
    let seed = std::process::id().into();
    println!("seed {seed}");
    let mut random = Random(seed);
    let mut connection = BufReader::new(bridge.connect());
    for round in 0..ROUNDS {
        let is_supabase = round % 2 == 0;
        let mut parts = if is_supabase {
            let headers = supabase_headers(&format!("msg_{round}"), now(), SUPABASE.as_bytes());
            let headers = headers.into_iter().map(|(_, value)| value.into_bytes());
            headers.chain([SUPABASE.into()]).collect::<Vec<Vec<u8>>>()
        } else {
            vec![zitadel_signature(now(), ZITADEL.as_bytes()).into_bytes(), ZITADEL.into()]
        };
        // Each part has the same chance, and each of its bits.
        let part = random.below(parts.len());
        let place = random.below(parts[part].len());
        let before = parts[part][place];
        let after = before ^ (1 << random.below(7));
        let is_header = part + 1 < parts.len();
        // A header cannot have control characters: such a request is refused by the server.
        if is_header && !(b' '..0x7f).contains(&after) {
            continue;
        }
        parts[part][place] = after;
        let texts: Vec<_> = parts.iter().map(|part| std::str::from_utf8(part).unwrap()).collect();
        let (names, path): (&[&str], _) = if is_supabase {
            (&["webhook-id", "webhook-timestamp", "webhook-signature"], "/hooks/supabase")
        } else {
            (&["zitadel-signature"], "/hooks/zitadel")
        };
        let headers = names.iter().copied().zip(texts.iter().copied());
        let headers: Vec<_> = headers.chain([("content-type", "application/json")]).collect();
        let request = bridge.request("POST", path, &headers, &parts[parts.len() - 1]);
        connection.get_mut().write_all(&request).unwrap();
        let response = super::response(&mut connection);
        let changed = format!("{path}: part {part}, byte {place}: {before} to {after}");
        assert_eq!(response.status, 401, "{changed}\n{response:?}");
    }
    assert_eq!(gateway.count(), 0);
    // The same hooks without a change are accepted, so the test can fail.
    bridge.supabase("msg_unchanged", SUPABASE).is(200, "accepted", "accepted");
    bridge.zitadel(ZITADEL).is(200, "accepted", "accepted");
}

#[test]
fn a_deadline_that_is_too_long_for_hooks_causes_a_warning() {
    let warns = |options: &[&str]| {
        Bridge::start("http://127.0.0.1:9", options).log().contains("warning: --deadline")
    };
    for (deadline, is_long) in [("4", false), ("5", true), ("60", true)] {
        let deadline = ["--deadline", deadline];
        assert_eq!(warns(&[&HOOKS[..2], &deadline].concat()), is_long, "{deadline:?}");
        assert_eq!(warns(&[&HOOKS[2..], &deadline].concat()), is_long, "{deadline:?}");
        assert!(!warns(&[&CALLER[..], &deadline].concat()), "{deadline:?}");
    }
}

/// A generator of SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((value ^ (value >> 31)) % u64::try_from(limit).unwrap()).unwrap()
    }
}
