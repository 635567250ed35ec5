//! Keys as other programs hand them over: what is read is written so that the same is read, and nothing panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otpost::otp::{Code, KeyUri, Migration, Ocra, OcraInput, OcraSuite, Secret, SteamCode};

fuzz_target!(|text: &str| {
    uri(text);
    migration(text);
    base32(text);
    let _ = (Code::parse(text), SteamCode::parse(text), Secret::from_base64(text));
    let (suite, challenge) = text.split_once('\n').unwrap_or((text, "1234"));
    if let Ok(suite) = OcraSuite::parse(suite) {
        assert_eq!(suite.as_str().parse(), Ok(suite.clone()));
        let ocra = Ocra::new(&Secret::from_bytes([7; 16]).unwrap(), suite);
        let _ = ocra.generate(&OcraInput::mutual(challenge, challenge).with_counter(1));
        let _ = ocra.generate(&OcraInput::new(challenge));
    }
});

fn again(key: &KeyUri) {
    let uri = key.to_uri();
    assert!(uri.expose().is_ascii());
    // Percent-encoding makes it longer, at times too long.
    if uri.expose().len() <= 4_296 {
        assert_eq!(KeyUri::parse_with_short_secret(uri.expose()).as_ref(), Ok(key));
    }
    let _ = (key.to_totp(), key.to_hotp(), key.to_steam(), key.issuer_mismatch());
}

fn uri(text: &str) {
    if let Ok(key) = KeyUri::parse_with_short_secret(text) {
        again(&key);
        let strict = KeyUri::parse(text);
        assert_eq!(strict.is_ok(), key.secret().expose().len() >= 16);
    }
}

fn migration(text: &str) {
    let Ok(migration) = Migration::parse_with_short_secrets(text) else { return };
    let keys: Vec<KeyUri> = migration.keys.into_iter().flatten().collect();
    keys.iter().for_each(again);
    if let Ok(uris) = Migration::export(&keys, migration.id) {
        let read = uris.iter().flat_map(|uri| {
            let migration = Migration::parse_with_short_secrets(uri.expose()).unwrap();
            migration.keys.into_iter().map(Result::unwrap)
        });
        let read: Vec<KeyUri> = read.collect();
        assert_eq!(read.len(), keys.len());
        for (one, other) in keys.iter().zip(&read) {
            assert_eq!((one.issuer(), one.account()), (other.issuer(), other.account()));
            assert_eq!((one.secret(), one.kind()), (other.secret(), other.kind()));
            assert_eq!((one.algorithm(), one.digits()), (other.algorithm(), other.digits()));
        }
    }
}

fn base32(text: &str) {
    if let Ok(secret) = Secret::from_short_base32(text) {
        assert_eq!(Secret::from_short_base32(secret.to_base32().expose()), Ok(secret));
    }
}
