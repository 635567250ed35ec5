use std::time::Duration;

use otpost::otp::{Algorithm, Digits, KeyKind, KeyUri, KeyUriError, Secret, SecretError};
use proptest::prelude::*;

use super::{SECRET, secret};

/// A URI with this secret in the place of `SECRET`.
fn parse(uri: &str) -> Result<KeyUri, KeyUriError> {
    KeyUri::parse(&uri.replace("SECRET", SECRET))
}

#[test]
fn what_the_format_shows_is_read() {
    // The examples of the Key URI format, with a longer secret.
    let key =
        parse("otpauth://totp/Example:alice@google.com?secret=SECRET&issuer=Example").unwrap();
    assert_eq!((key.issuer(), key.account()), (Some("Example"), "alice@google.com"));
    assert_eq!(key.kind(), KeyKind::Totp { step: Duration::from_secs(30) });
    assert_eq!((key.algorithm(), key.digits()), (Algorithm::Sha1, Digits::Six));
    assert_eq!(key.secret(), &secret());
    assert_eq!(key.issuer_mismatch(), None);

    let long = "otpauth://totp/ACME%20Co:john.doe@email.com?secret=SECRET&issuer=ACME%20Co&algorithm=SHA512&digits=8&period=60";
    let key = parse(long).unwrap();
    assert_eq!((key.issuer(), key.account()), (Some("ACME Co"), "john.doe@email.com"));
    assert_eq!(key.kind(), KeyKind::Totp { step: Duration::from_secs(60) });
    assert_eq!((key.algorithm(), key.digits()), (Algorithm::Sha512, Digits::Eight));
    assert_eq!(key.to_uri().expose(), long.replace("SECRET", SECRET));

    for label in ["Big%20Corp:%20alice", "Big%20Corp%3Aalice", "Big%20Corp%3A%20%20alice"] {
        let key = parse(&format!("otpauth://hotp/{label}?secret=SECRET&counter=7")).unwrap();
        assert_eq!((key.issuer(), key.account()), (Some("Big Corp"), "alice"), "{label}");
        assert_eq!(key.kind(), KeyKind::Hotp { counter: 7 });
        assert_eq!(
            key.to_uri().expose(),
            format!("otpauth://hotp/Big%20Corp:alice?secret={SECRET}&counter=7"),
        );
    }
}

#[test]
fn what_programs_write_is_read() {
    #[track_caller]
    fn check(uri: &str, expected: (Option<&str>, &str, Algorithm)) {
        let key = parse(uri).unwrap();
        assert_eq!((key.issuer(), key.account(), key.algorithm()), expected, "{uri}");
        assert!(key.issuer_mismatch().is_none(), "{uri}");
    }
    let sha1 = Algorithm::Sha1;
    check("OTPAUTH://TOTP/bob?secret=SECRET", (None, "bob", sha1));
    check("otpauth://totp?secret=SECRET", (None, "", sha1));
    check("otpauth://totp/:bob?secret=SECRET", (None, "bob", sha1));
    check("otpauth://totp/?&secret=SECRET&", (None, "", sha1));
    check("otpauth://totp/a+b@c.d?secret=SECRET", (None, "a+b@c.d", sha1));
    check("otpauth://totp/Müller & Co:jürg?secret=SECRET", (Some("Müller & Co"), "jürg", sha1));
    check("otpauth://totp/%20bob%20?secret=SECRET", (None, "bob", sha1));
    check("otpauth://totp/x:bob?secret=SECRET&issuer=", (Some("x"), "bob", sha1));
    check("otpauth://totp/bob?secret=SECRET&issuer=A%3AB", (Some("A:B"), "bob", sha1));
    check("otpauth://totp/b%3Fo%26b?secret=SECRET", (None, "b?o&b", sha1));
    // A plus for a blank is no other issuer, and stays as it was written.
    check("otpauth://totp/A%20B:bob?secret=SECRET&issuer=A+B", (Some("A+B"), "bob", sha1));
    let cased = parse("otpauth://totp/x?Secret=SECRET&DIGITS=8&Period=60&Image=y").unwrap();
    assert_eq!(
        (cased.digits(), cased.kind()),
        (Digits::Eight, KeyKind::Totp { step: Duration::from_secs(60) })
    );
    assert_eq!(cased.parameters().collect::<Vec<_>>(), [("Image", "y")]);
    for (name, expected) in [
        ("sha1", sha1),
        ("HmacSHA1", sha1),
        ("SHA-256", Algorithm::Sha256),
        ("hmacsha512", Algorithm::Sha512),
    ] {
        check(
            &format!("otpauth://totp/bob?secret=SECRET&algorithm={name}"),
            (None, "bob", expected),
        );
    }
    let spaced = SECRET.to_lowercase().replace("jbsw", "jbsw%20-") + "%3D%3D=";
    let key = KeyUri::parse(&format!("otpauth://totp/bob?secret={spaced}")).unwrap();
    assert_eq!(key.secret(), &secret());
    for steam in
        ["steam/Steam:bob?secret=SECRET", "totp/Steam:bob?secret=SECRET&digits=5&encoder=steam"]
    {
        let key = parse(&format!("otpauth://{steam}")).unwrap();
        assert_eq!(key.kind(), KeyKind::Steam);
        assert!(key.to_totp().is_none() && key.to_hotp().is_none());
        #[cfg(feature = "steam")]
        assert!(key.to_steam().is_some());
        assert_eq!(KeyUri::parse(key.to_uri().expose()).unwrap(), key);
    }
}

#[test]
fn what_is_wrong_is_said_and_where() {
    #[track_caller]
    fn check(uri: &str, expected: KeyUriError) {
        assert_eq!(parse(uri), Err(expected), "{uri}");
    }
    use KeyUriError::{
        Account, Character, Duplicate, Encoding, Fragment, Invalid, Kind, Migration, Missing,
        Scheme, TooLong,
    };
    check("", Scheme);
    check("https://totp/bob?secret=SECRET", Scheme);
    check("otpauth:totp/bob?secret=SECRET", Scheme);
    check("otpauth-migration://offline?data=CjEK", Migration);
    check("otpauth://", Kind);
    check("otpauth://totp", Missing("secret"));
    // The kind is the cause, whatever else there is.
    check("otpauth://yaotp/bob?secret=SECRET", Kind);
    check("otpauth://motp/Acme:bob?secret=e3152afee62599c8", Kind);
    check("otpauth://yaotp/b#b?pin=1&pin=1", Kind);
    check("otpauth://totp/bob", Missing("secret"));
    check("otpauth://totp/bob?secret=", KeyUriError::Secret(SecretError::TooShort));
    let zero = SecretError::Character { character: '0', position: 1 };
    check("otpauth://totp/bob?secret=0189", KeyUriError::Secret(zero));
    check("otpauth://totp/bob?secret=GEZ", KeyUriError::Secret(SecretError::Base32));
    check("otpauth://totp/bob?secret=GEZDGNBVGY3TQOJQ", KeyUriError::Secret(SecretError::TooShort));
    check("otpauth://hotp/bob?secret=SECRET", Missing("counter"));
    check("otpauth://hotp/bob?secret=SECRET&counter=-1", Invalid("counter"));
    check("otpauth://hotp/bob?secret=SECRET&counter=+1", Invalid("counter"));
    check("otpauth://hotp/bob?secret=SECRET&counter=18446744073709551616", Invalid("counter"));
    check("otpauth://hotp/bob?secret=SECRET&counter=", Invalid("counter"));
    check("otpauth://totp/bob?secret=SECRET&period=0", Invalid("period"));
    check("otpauth://totp/bob?secret=SECRET&period=0.5", Invalid("period"));
    check("otpauth://totp/bob?secret=SECRET&digits=5", Invalid("digits"));
    check("otpauth://totp/bob?secret=SECRET&digits=six", Invalid("digits"));
    let says = Invalid("digits").to_string();
    assert_eq!(says, "invalid parameter `digits`: expected 6, 7 or 8 (5 for Steam Guard)");
    check("otpauth://totp/bob?secret=SECRET&algorithm=MD5", Invalid("algorithm"));
    check("otpauth://steam/bob?secret=SECRET&algorithm=SHA256", Invalid("algorithm"));
    check("otpauth://steam/bob?secret=SECRET&digits=6", Invalid("digits"));
    check("otpauth://steam/bob?secret=SECRET&encoder=x", Invalid("encoder"));
    check("otpauth://steam/bob?secret=SECRET&period=60", Invalid("period"));
    check("otpauth://totp/bob?secret=AAAA&digits=6&secret=SECRET", Duplicate { at: 40 });
    check("otpauth://totp/bob?digits=8&secret=SECRET&Digits=6", Duplicate { at: 62 });
    check("otpauth://totp/bob?x=1&x=1&secret=SECRET", Duplicate { at: 23 });
    check("otpauth://totp/bob?sec%72et=AAAA&secret=SECRET", Duplicate { at: 33 });
    check("otpauth://totp/b%6?secret=SECRET", Encoding { at: 16 });
    check("otpauth://totp/b%zzob?secret=SECRET", Encoding { at: 16 });
    check("otpauth://totp/%ff?secret=SECRET", Encoding { at: 15 });
    check("otpauth://totp/b#b?secret=SECRET", Fragment { at: 16 });
    check("otpauth://totp/b%0Ab?secret=SECRET", Character { character: '\n', at: 16 });
    let nul = |at| Character { character: '\0', at };
    check("otpauth://totp/bob?secret=SECRET&issuer=a%00b", nul(61));
    check("otpauth://totp/bob?secret=SECRET&x=%C3%A4%00", nul(61));
    check("otpauth://totp/bob?secret=SECRET&%61%00=1", nul(56));
    // Positions are those in the given text, with all that was removed from it.
    check("\u{feff} otpauth://totp/b%zzob?secret=SECRET", Encoding { at: 20 });
    check("otpauth://to", Kind);
    check("otpauth://totp/bo\r\nb%ffx?secret=SECRET", Encoding { at: 20 });
    check("otpauth://totp/bob?x=1&amp;amp;x=1", Duplicate { at: 31 });
    check("otpauth://totp/bob?x=1\\u0026y=%", Encoding { at: 30 });
    check("otpauth://totp/:b:b?secret=SECRET", Account);
    check(&format!("otpauth://totp/{}?secret=SECRET", "a".repeat(4_296)), TooLong);
    let short = "otpauth://totp/bob?secret=GEZDGNBVGY3TQOJQ";
    assert_eq!(KeyUri::parse_with_short_secret(short).unwrap().secret().expose().len(), 10);
    let empty = KeyUri::parse_with_short_secret("otpauth://totp/bob?secret=%E2%80%8B");
    assert_eq!(empty, Err(KeyUriError::Secret(SecretError::Empty)));
    // The opt-out is for the length alone.
    let left_over = "otpauth://totp/bob?secret=GEZDGNBVGY3TQOJR3";
    let error = KeyUri::parse_with_short_secret(left_over).unwrap_err();
    assert_eq!(error, KeyUriError::Secret(SecretError::Base32));
}

#[test]
fn what_is_built_is_read() {
    let key = KeyUri::hotp(secret(), "alice:x", 5);
    assert_eq!(key.unwrap_err(), KeyUriError::Account);
    for account in ["", "  ", "a\nb"] {
        assert_eq!(KeyUri::totp(secret(), account).unwrap_err(), KeyUriError::Account);
    }
    let key = KeyUri::totp(secret(), "alice").unwrap();
    for issuer in ["", "\u{200b} ", "\u{7}"] {
        assert_eq!(key.clone().with_issuer(issuer).unwrap_err(), KeyUriError::Issuer);
    }
    let key = key
        .with_issuer("Ä & B + C")
        .unwrap()
        .with_parameter("image", "https://a.b/?c=d&e")
        .unwrap();
    for name in ["", "image", "secret", "PERIOD", "encoder", "a\0"] {
        assert_eq!(key.clone().with_parameter(name, "1").unwrap_err(), KeyUriError::Parameter);
    }
    let key = key.with_algorithm(Algorithm::Sha256).with_digits(Digits::Seven);
    let key = key.with_step(Duration::from_millis(59_999));
    assert_eq!(
        key.to_uri().expose(),
        format!(
            "otpauth://totp/%C3%84%20%26%20B%20%2B%20C:alice?secret={SECRET}&issuer=%C3%84%20%26%20B%20%2B%20C\
             &algorithm=SHA256&digits=7&period=59&image=https%3A%2F%2Fa.b%2F%3Fc%3Dd%26e"
        ),
    );
    assert_eq!(KeyUri::parse(key.to_uri().expose()).unwrap(), key);
    assert_eq!(key.parameters().collect::<Vec<_>>(), [("image", "https://a.b/?c=d&e")]);
    let (totp, unix) = (key.to_totp().unwrap(), 1_700_000_000);
    assert_eq!(totp.step_at(unix), unix / 59);
    assert_eq!((totp.algorithm(), totp.digits()), (Algorithm::Sha256, Digits::Seven));
    let hotp = KeyUri::hotp(secret(), "alice", 5).unwrap();
    assert_eq!(hotp.clone().with_counter(9).kind(), KeyKind::Hotp { counter: 9 });
    assert_eq!(key.clone().with_counter(9), key);
    // Steam Guard is what it is.
    let steam = KeyUri::steam(secret(), "bob").unwrap().with_digits(Digits::Eight);
    let steam = steam.with_algorithm(Algorithm::Sha512).with_step(Duration::from_secs(60));
    assert_eq!(steam, KeyUri::steam(secret(), "bob").unwrap());
}

#[test]
fn nothing_of_it_shows() {
    let uri =
        format!("otpauth://totp/Needle1:needle2?secret={SECRET}&issuer=needle3&needle4=needle5");
    let key = KeyUri::parse(&uri).unwrap();
    assert_eq!(format!("{key:?}"), "KeyUri { kind: Totp { step: 30s }, .. }");
    for broken in
        [uri.clone() + "&needle4=2", uri.replace("needle2", "needle2%"), uri + "&digits=needle6"]
    {
        let error = KeyUri::parse(&broken).unwrap_err();
        let shown = format!("{error} {error:?}").to_lowercase();
        assert!(!shown.contains("needle") && !shown.contains("jbsw"), "{shown}");
    }
}

/// Names with something to see in them, with colons or without.
fn names(pattern: &'static str) -> impl Strategy<Value = String> {
    pattern.prop_filter("a blank name", |name| name.contains(char::is_alphanumeric))
}

proptest! {
    #[test]
    fn every_key_comes_back(
        (account, issuer) in (names("[^:\\p{Cc}]{1,30}"), proptest::option::of(names("[^\\p{Cc}]{1,20}[:/+ a]{0,9}"))),
        bytes in proptest::collection::vec(any::<u8>(), 16..100),
        (algorithm, digits, kind) in (0..3_usize, 6..9_usize, 0..2),
        number in 1..u64::MAX,
        others in proptest::collection::btree_map("[a-z_]{7,12}", "[^\\p{Cc}]{0,20}", 0..3),
    ) {
        let secret = Secret::from_bytes(bytes).unwrap();
        let mut key = if kind == 0 {
            KeyUri::hotp(secret, &account, number).unwrap()
        } else {
            KeyUri::totp(secret, &account).unwrap().with_step(Duration::from_secs(number))
        };
        if let Some(issuer) = issuer {
            key = key.with_issuer(&issuer).unwrap();
        }
        key = key.with_algorithm([Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512][algorithm]);
        key = key.with_digits(Digits::from_count(digits).unwrap());
        for (name, value) in &others {
            key = key.clone().with_parameter(name, value).unwrap_or(key);
        }
        let uri = key.to_uri();
        prop_assert!(uri.expose().is_ascii() && !uri.expose().contains([' ', '+']));
        if uri.expose().len() <= 4_296 {
            prop_assert_eq!(KeyUri::parse(uri.expose()).unwrap(), key);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}", cut in 0..60_usize) {
        let _ = KeyUri::parse(&text);
        let begun = format!("otpauth://totp/{text}?secret={SECRET}&{text}");
        if let Ok(key) = KeyUri::parse(&begun) {
            // What was read is written so that the same is read.
            prop_assert_eq!(KeyUri::parse(key.to_uri().expose()).unwrap(), key);
        }
        let _ = KeyUri::parse(&begun.chars().skip(cut).collect::<String>());
        let _ = Secret::from_base32(&text);
        let _ = Secret::from_short_base32(&text);
    }

    #[test]
    fn colons_are_read_as_they_were_written(label in "([ab:+/ \u{200e}]|%3A){0,9}", issuer in "[ab:+/ \u{200e}]{0,5}") {
        let uri = format!("otpauth://totp/{label}?secret={SECRET}&issuer={issuer}");
        if let Ok(key) = KeyUri::parse(&uri) {
            prop_assert_eq!(KeyUri::parse(key.to_uri().expose()).unwrap(), key);
        }
    }

    #[test]
    fn base32_is_read_in_one_way(text in "[A-Za-z2-7 =-]{0,64}") {
        if let Ok(secret) = Secret::from_short_base32(&text) {
            let letters: String = text.replace([' ', '-', '='], "");
            prop_assert_eq!(secret.to_base32().expose().to_owned(), letters.to_uppercase());
        }
    }
}
