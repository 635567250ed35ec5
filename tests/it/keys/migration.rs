use std::time::Duration;

use data_encoding::BASE64;
use otpost::otp::{
    Algorithm, Digits, KeyKind, KeyUri, Migration, MigrationCombineError, MigrationError,
    MigrationExportError, MigrationKeyError, Secret, SecretError,
};
use proptest::prelude::*;

use super::secret;

fn uri(payload: &[u8]) -> String {
    format!("otpauth-migration://offline?data={}", BASE64.encode(payload).replace('+', "%2B"))
}

#[test]
fn what_the_app_wrote_is_read() {
    // The example that is passed around: "Hello!" and 0xdeadbeef, 80 bits.
    let example = "otpauth-migration://offline?data=CjEKCkhlbGxvId6tvu8SGEV4YW1wbGU6YWxpY2VAZ29vZ2xlLmNvbRoHRXhhbXBsZTAC";
    let migration = Migration::parse_with_short_secrets(example).unwrap();
    let [Ok(key)] = &migration.keys[..] else { panic!("one key") };
    assert_eq!(
        key.to_uri().expose(),
        "otpauth://totp/Example:alice@google.com?secret=JBSWY3DPEHPK3PXP&issuer=Example",
    );
    assert_eq!((migration.size, migration.index, migration.id), (1, 0, 0));
    // Without the opt-out the one key is refused, and not the migration.
    let strict = Migration::parse(example).unwrap();
    assert_eq!(strict.keys, [Err(MigrationKeyError::Secret(SecretError::TooShort))]);
    assert_eq!(
        format!("{migration:?}"),
        "Migration { keys: 1, index: 0, size: 1, .. }",
        "nothing of it shows"
    );
}

/// The changes that mail programs, web pages and chats make to a URI.
#[test]
fn a_pasted_export_is_read() {
    let key = KeyUri::totp(secret(), "alice@example.com").unwrap().with_issuer("Acme").unwrap();
    // Accounts of several lengths, so that the payload has a plus and a slash at some of them.
    let mut plus = 0;
    for at in 0..60_u8 {
        let account = format!("{}\u{3ff}\u{fbff}", "a".repeat(at.into()));
        let other = KeyUri::totp(secret(), &account).unwrap();
        let uri = Migration::export(&[key.clone(), other], 7).unwrap().remove(0);
        let expected = Migration::parse(uri.expose()).unwrap().keys;
        assert_eq!(expected.len(), 2);
        let (head, data) = uri.expose().split_once('=').unwrap();
        let plain = data.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
        plus += usize::from(plain.contains('+'));
        let (begin, end) = data.split_at(60);
        let (plain_begin, plain_end) = plain.split_at(60);
        let pasted = [
            format!("{head}={}", plain.replace('+', " ")),
            format!("{head}={}", plain.replace('+', "-").replace('/', "_").replace('=', "")),
            format!("{head}={plain_begin}\r\n  {plain_end}"),
            format!("{head}={plain_begin} {plain_end}"),
            format!("{head}={plain_begin}\u{200b}\u{a0}{plain_end}"),
            format!("{head}={begin}%0A{end}"),
            format!("{head}={begin}%E2%80%8B{end}\u{feff}"),
            format!("otpauth-migration://offline?v=1&amp;data={data}"),
            format!("otpauth-migration://offline?v=1&#38;data={data}&amp;x=1"),
            format!("otpauth-migration://offline/?DATA={data}"),
            format!("otpauth-migration://offline? data={data}"),
        ];
        for text in pasted {
            let read = Migration::parse(&text).map(|read| read.keys);
            assert_eq!(read.as_ref(), Ok(&expected), "{text}");
        }
    }
    assert!(plus > 10, "{plus}");
}

#[test]
fn keys_come_back_ten_a_code() {
    let key = |at: u64| {
        let account = format!("alice+{at}@example.com");
        let key = match at % 3 {
            0 => KeyUri::hotp(secret(), &account, at).unwrap().with_digits(Digits::Eight),
            1 => KeyUri::totp(secret(), &account).unwrap().with_issuer("Ä & B").unwrap(),
            _ => KeyUri::totp(secret(), &account).unwrap(),
        };
        key.with_algorithm(
            [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512]
                [usize::try_from(at).unwrap() % 3],
        )
    };
    let keys: Vec<KeyUri> = (0..25).map(key).collect();
    let uris = Migration::export(&keys, -7).unwrap();
    let read: Vec<Migration> =
        uris.iter().map(|uri| Migration::parse(uri.expose()).unwrap()).collect();
    let batches: Vec<_> =
        read.iter().map(|read| (read.keys.len(), read.size, read.index, read.id)).collect();
    assert_eq!(batches, [(10, 3, 0, -7), (10, 3, 1, -7), (5, 3, 2, -7)]);
    let again: Vec<KeyUri> =
        read.into_iter().flat_map(|read| read.keys).map(Result::unwrap).collect();
    assert_eq!(again, keys);
    assert!(Migration::export(&[], 1).unwrap().is_empty());
}

#[test]
fn parts_of_an_export_are_combined_in_any_order() {
    use MigrationCombineError::{Conflict, Empty, Foreign, Missing};
    let named = |at: usize| KeyUri::totp(secret(), &format!("account{at}")).unwrap();
    let keys: Vec<KeyUri> = (0..35).map(named).collect();
    let read = |keys: &[KeyUri], id| -> Vec<Migration> {
        let uris = Migration::export(keys, id).unwrap();
        uris.iter()
            .map(|uri| Migration::parse(&format!("\u{feff} {}\r\n", uri.expose())).unwrap())
            .collect()
    };
    let parts = read(&keys, 5);
    assert_eq!(parts.len(), 4);
    let of =
        |indices: &[usize]| Migration::combine(indices.iter().map(|index| parts[*index].clone()));
    for order in [&[0, 1, 2, 3][..], &[3, 1, 0, 2], &[2, 2, 3, 0, 1, 0]] {
        let whole = of(order).unwrap();
        assert_eq!((whole.size, whole.index, whole.id), (1, 0, 5));
        let found: Vec<KeyUri> = whole.keys.into_iter().map(Result::unwrap).collect();
        assert_eq!(found, keys);
    }
    // The naive way puts together what is there, and two QR codes are lost in silence.
    let error = of(&[2, 0]).map(drop).unwrap_err();
    assert_eq!(error, Missing { indices: vec![1, 3], size: 4 });
    assert_eq!(error.to_string(), "incomplete export: scan also QR codes 2, 4 of 4");
    assert_eq!(of(&[]).map(drop), Err(Empty));
    // A part of another export, also of one with as many parts, and one that cannot be a part.
    for (other, size) in [(read(&keys, 6), 4), (read(&keys[..25], 5), 3)] {
        assert_eq!(other.len(), size);
        let mixed = [parts[0].clone(), other[1].clone()];
        assert_eq!(Migration::combine(mixed).map(drop), Err(Foreign));
    }
    let mut late = parts[3].clone();
    late.index = 4;
    assert_eq!(Migration::combine([late]).map(drop), Err(Foreign));
    let mut changed = parts.clone();
    changed[1].keys.truncate(3);
    changed.push(parts[1].clone());
    assert_eq!(Migration::combine(changed).map(drop), Err(Conflict { index: 1 }));
    // A part that claims billions of others.
    let mut huge = parts[0].clone();
    huge.size = u32::MAX;
    let Err(Missing { indices, size: u32::MAX }) = Migration::combine([huge]) else { panic!() };
    assert_eq!((indices.len(), indices[99]), (100, 100));
    // A key that cannot be used stays in its place.
    let mut broken = parts.clone();
    broken[2].keys[4] = Err(MigrationKeyError::Kind);
    let whole = Migration::combine(broken).unwrap();
    assert_eq!(whole.keys[24], Err(MigrationKeyError::Kind));
}

#[test]
fn names_are_split_where_the_issuer_says() {
    #[track_caller]
    fn check(name: &str, issuer: &str, expected: (Option<&str>, &str, bool)) {
        let field = |number: u8, text: &str| {
            [&[number << 3 | 2, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
        };
        let entry = [&[0x0a, 16][..], &[7; 16], &field(2, name), &field(3, issuer)].concat();
        let payload = [&[0x0a, u8::try_from(entry.len()).unwrap()][..], &entry].concat();
        let key = Migration::parse(&uri(&payload)).unwrap().keys.remove(0).unwrap();
        let found = (key.issuer(), key.account(), key.issuer_mismatch().is_some());
        assert_eq!(found, expected, "{name}, {issuer}");
        // What is written is read again, by the app and as a URI.
        let uris = Migration::export(std::slice::from_ref(&key), 1).unwrap();
        let again = Migration::parse(uris[0].expose()).unwrap().keys.remove(0).unwrap();
        assert_eq!((again.issuer(), again.account()), (key.issuer(), key.account()));
        assert_eq!(KeyUri::parse(key.to_uri().expose()).as_ref(), Ok(&key));
    }
    check("Test: Foo:User", "Test: Foo", (Some("Test: Foo"), "User", false));
    check("User", "Test: Foo", (Some("Test: Foo"), "User", false));
    check(
        "Git (https://git.example.com):bob",
        "Git (https://git.example.com)",
        (Some("Git (https://git.example.com)"), "bob", false),
    );
    check("https://git.example.com:bob", "", (Some("https://git.example.com"), "bob", false));
    check("A:b:c", "A", (Some("A"), "b:c", false));
    check("A:b:c", "", (Some("A"), "b:c", false));
    check("Bank:bob", "Evil", (Some("Evil"), "bob", true));
    check("\u{feff}Bank: bob\n", " Bank\u{200b}", (Some("Bank"), "bob", false));
}

#[test]
fn what_the_app_cannot_take_is_named() {
    let good = KeyUri::totp(secret(), "a").unwrap();
    let bad = [
        good.clone().with_digits(Digits::Seven),
        good.clone().with_step(Duration::from_secs(60)),
        good.clone().with_parameter("image", "x").unwrap(),
        KeyUri::steam(secret(), "a").unwrap(),
        KeyUri::hotp(secret(), "a", u64::MAX).unwrap(),
    ];
    for bad in bad {
        let error = Migration::export(&[good.clone(), bad], 1).unwrap_err();
        assert!(matches!(error, MigrationExportError { at: 1, .. }), "{error}");
    }
    let long = KeyUri::totp(secret(), &"a".repeat(4_000)).unwrap();
    assert!(Migration::export(&[long], 1).is_err());
}

#[test]
fn a_key_that_cannot_be_used_spoils_no_other() {
    let secret = [&[0x0a, 16][..], &[7; 16]].concat();
    let key = |more: &[u8]| {
        let key = [&secret, more].concat();
        [&[0x0a, u8::try_from(key.len()).unwrap()][..], &key].concat()
    };
    let payload = [
        key(&[0x20, 4]),       // MD5
        key(&[0x28, 9]),       // no number of digits
        key(&[0x30, 3]),       // no kind
        key(&[0x12, 1, 0xff]), // no text
        key(&[0x12, 5, b'x']), // broken off
        key(&[0x12, 3, b':', b'a', b'a']),
        key(&[0x28, 3, 0x42, 1, b'u', 0x4d, 1, 2, 3, 4, 0x51, 1, 2, 3, 4, 5, 6, 7, 8]), // unknown fields
        key(&[0x30, 1, 0x38, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]), // a counter of -1
    ]
    .concat();
    let keys = Migration::parse(&uri(&payload)).unwrap().keys;
    let errors: Vec<_> = keys.iter().map(|key| key.as_ref().err().copied()).collect();
    use MigrationKeyError::{Algorithm, Digits, Kind, Message, Name};
    let expected = [
        Some(Algorithm),
        Some(Digits),
        Some(Kind),
        Some(Name),
        Some(Message),
        None,
        None,
        Some(Kind),
    ];
    assert_eq!(errors, expected);
    let seven = keys[6].as_ref().unwrap();
    assert_eq!(seven.digits(), otpost::Digits::Seven);
    assert_eq!(seven.kind(), KeyKind::Totp { step: Duration::from_secs(30) });
    assert_eq!(keys[5].as_ref().unwrap().account(), "aa");
}

#[test]
fn what_is_no_migration_is_refused() {
    let parse = |uri: &str| Migration::parse(uri).map(drop);
    assert_eq!(parse("otpauth://totp/bob"), Err(MigrationError::Scheme));
    assert_eq!(parse("otpauth-migration://offline?dat=CjEK"), Err(MigrationError::Missing));
    assert_eq!(parse("otpauth-migration://offline?data=&data="), Err(MigrationError::Duplicate));
    assert_eq!(
        parse("otpauth-migration://offline?data=C*EK"),
        Err(MigrationError::Character { character: '*', position: 2 })
    );
    assert_eq!(
        parse(" otpauth-migration://offline?data=C%4"),
        Err(MigrationError::Encoding { at: 35 })
    );
    assert_eq!(
        parse("otpauth-migration://offline?data=CjEK#x"),
        Err(MigrationError::Encoding { at: 37 })
    );
    assert_eq!(parse("otpauth-migration://offline?data=%20"), Err(MigrationError::Missing));
    assert_eq!(parse("otpauth-migration://offline?data=CjEKC"), Err(MigrationError::Message));
    assert_eq!(
        parse("\u{201c}otpauth-migration://offline?data=CjEK"),
        Err(MigrationError::Leading { character: '\u{201c}' })
    );
    assert_eq!(parse(&uri(&[0x0a, 200, 1])), Err(MigrationError::Message));
    assert_eq!(parse(&uri(&[0x0b, 1])), Err(MigrationError::Message)); // a group
    assert_eq!(parse(&uri(&[0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 1])), Err(MigrationError::Message));
    assert_eq!(parse(&uri(&[0xff; 12])), Err(MigrationError::Message));
    assert_eq!(parse(&uri(&[0; 5_000])), Err(MigrationError::TooLong));
    assert_eq!(parse("otpauth-migration://offline?data="), Err(MigrationError::Missing));
    // Base64 as programs pass it on.
    let payload = [&[0x0a, 18, 0x0a, 16][..], &[0xfb; 16]].concat();
    let plain = BASE64.encode(&payload);
    assert!(plain.contains('+') && plain.ends_with('='));
    for data in [
        plain.clone(),
        plain.replace('+', " "),
        plain.replace('+', "%2b").replace('=', ""),
        plain.replace('+', "-").replace('/', "_"),
    ] {
        let migration = Migration::parse(&format!("OTPAUTH-migration://offline?x=1&data={data}&y"));
        let keys = migration.unwrap().keys;
        assert_eq!(keys[0].as_ref().unwrap().secret(), &Secret::from_bytes([0xfb; 16]).unwrap());
    }
}

#[test]
fn fewer_keys_than_ten_where_their_names_are_long() {
    let named = |length: usize| KeyUri::totp(secret(), &"n".repeat(length)).unwrap();
    // Bytes of which Base64 makes characters that have to be encoded, which fills a code sooner.
    let odd =
        |length: usize| KeyUri::totp(Secret::from_bytes(vec![0xfb; length]).unwrap(), "x").unwrap();
    let keys: Vec<KeyUri> = (0..40)
        .map(|at| if at % 2 == 0 { named(at * 40 + 1) } else { odd(at * 15 + 16) })
        .collect();
    let uris = Migration::export(&keys, i32::MIN).unwrap();
    assert!(uris.len() > 10, "{}", uris.len());
    let mut again = Vec::new();
    for (at, uri) in (0..).zip(&uris) {
        assert!(uri.expose().len() <= 2_953, "no QR code holds it");
        let read = Migration::parse(uri.expose()).unwrap();
        assert_eq!(
            (read.index, read.size, read.id),
            (at, u32::try_from(uris.len()).unwrap(), i32::MIN)
        );
        again.extend(read.keys.into_iter().map(Result::unwrap));
    }
    assert_eq!(again, keys);
}

/// One field of a key: its bytes, right or not.
fn field() -> impl Strategy<Value = Vec<u8>> {
    let text = |number: u8| {
        proptest::collection::vec(any::<u8>(), 0..20).prop_map(move |bytes| {
            [&[number << 3 | 2, u8::try_from(bytes.len()).unwrap()], &bytes[..]].concat()
        })
    };
    let name = |number: u8| {
        "[a-z: %+é]{0,12}".prop_map(move |name| {
            [&[number << 3 | 2, u8::try_from(name.len()).unwrap()], name.as_bytes()].concat()
        })
    };
    let number = (4..8_u8, 0..5_u8).prop_map(|(field, number)| vec![field << 3, number]);
    prop_oneof![name(2), name(3), number, text(1), text(2), text(9)]
}

proptest! {
    #[test]
    fn every_key_that_is_read_is_written_and_read_again(fields in proptest::collection::vec(field(), 0..6)) {
        let entry = [&[0x0a, 16][..], &[7; 16], &fields.concat()].concat();
        let payload = [&[0x0a, u8::try_from(entry.len()).unwrap()][..], &entry].concat();
        for key in Migration::parse_with_short_secrets(&uri(&payload)).unwrap().keys.into_iter().flatten() {
            let again = KeyUri::parse_with_short_secret(key.to_uri().expose());
            prop_assert_eq!(again.as_ref(), Ok(&key));
            if let Ok(uris) = Migration::export(std::slice::from_ref(&key), 0) {
                let again = Migration::parse_with_short_secrets(uris[0].expose()).unwrap().keys.remove(0).unwrap();
                prop_assert_eq!((again.issuer(), again.account()), (key.issuer(), key.account()));
                prop_assert_eq!((again.secret(), again.kind()), (key.secret(), key.kind()));
                prop_assert_eq!((again.algorithm(), again.digits()), (key.algorithm(), key.digits()));
            } else {
                prop_assert_eq!(key.digits(), Digits::Seven);
            }
        }
    }

    #[test]
    fn no_payload_makes_it_panic(payload in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Migration::parse(&uri(&payload));
        let text = String::from_utf8_lossy(&payload);
        let _ = Migration::parse(&format!("otpauth-migration://offline?data={text}"));
        let _ = Migration::parse(&text);
        let _ = Migration::parse(&uri(&[&[0x0a, 100][..], &payload].concat()));
    }
}
