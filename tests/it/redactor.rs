//! Whether a redactor finds what it is told to, in every form, and nothing else.

use otpost::redact::Redactor;

/// Characters that each encoding changes, and some that it does not.
const SECRET: &str = "p&ss \"w/rd%7 <é>";

fn base64(bytes: &[u8]) -> String {
    data_encoding::BASE64.encode(bytes)
}

#[test]
fn each_form_is_found() {
    let redactor = Redactor::new().with_secret(SECRET).with_login("acme", SECRET);
    let form: String = form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    let json = serde_json::to_string(SECRET).unwrap();
    let hex: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![
        SECRET.to_owned(),
        form.clone(),
        form.to_lowercase(),
        form.replace('+', "%20"),
        json.trim_matches('"').to_owned(),
        json.trim_matches('"').replace('/', "\\/").replace('é', "\\u00e9"),
        SECRET.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
        hex.to_uppercase(),
        hex,
        base64(SECRET.as_bytes()),
        base64(format!("acme:{SECRET}").as_bytes()),
    ];
    // Somewhere inside of a larger base64.
    for before in ["", "x", "xy", "xyz", "xyzw"] {
        for after in ["", "1", "12", "123"] {
            forms.push(base64(format!("{before}{SECRET}{after}").as_bytes()));
        }
    }
    for form in forms {
        let text = format!("before {form} after");
        assert!(redactor.finds(&text), "{form}");
        let redacted = redactor.redact(&text);
        assert!(redacted.contains("***") && redacted.starts_with("before "), "{form}: {redacted}");
        assert!(!redactor.finds(&redacted), "{redacted}");
    }
    for innocent in ["", "password", "p&ss", "acme", "no credit for you, 012345"] {
        assert_eq!(redactor.redact(innocent), innocent);
    }
    assert_eq!(format!("{redactor:?}"), "Redactor { .. }");
}

#[test]
fn numbers_are_found_in_each_form_and_short_secrets_nowhere() {
    let redactor = Redactor::new().with_number("+41791234567").with_secret("123").with_secret("");
    for number in ["+41791234567", "41791234567", "0041791234567", "%2B41791234567"] {
        let redacted = redactor.redact(number).into_owned();
        assert!(!redacted.contains("4179"), "{number}: {redacted}");
    }
    assert_eq!(redactor.redact("123 and 4179123"), "123 and 4179123");
    // The longest is masked first, so that no tail of it is left.
    let redactor = Redactor::new().with_secret("abcd").with_secret("abcdefgh");
    assert_eq!(redactor.redact("abcdefgh abcd"), "*** ***");
}

#[test]
fn random_secrets_are_found_in_random_places() {
    let mut state = 7_u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        u8::try_from(state >> 56).unwrap()
    };
    for _ in 0..2_000 {
        let secret: String = (0..4 + next() % 20).map(|_| char::from(b' ' + next() % 95)).collect();
        let redactor = Redactor::new().with_secret(&secret);
        let before: Vec<u8> = (0..next() % 7).map(|_| next()).collect();
        let after: Vec<u8> = (0..next() % 7).map(|_| next()).collect();
        let bytes = [&before, secret.as_bytes(), &after].concat();
        assert!(redactor.finds(&base64(&bytes)), "{secret:?} after {before:?}");
        let form: String = form_urlencoded::byte_serialize(&bytes).collect();
        assert!(redactor.finds(&form), "{secret:?}");
    }
}
