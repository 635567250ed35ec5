use otpost::otp::{IssuerMismatch, KeyUri, Secret};

use super::{PASSWORD, WORD, chain, debug};

#[test]
fn keys_do_not_show_themselves() {
    let secret = Secret::from_bytes(*b"12345678901234567890").unwrap();
    let key = KeyUri::totp(secret.clone(), WORD).unwrap().with_issuer(WORD).unwrap();
    let key = key.with_parameter("login", PASSWORD).unwrap();
    debug(&key);
    let uri = key.to_uri();
    for broken in ["", "&login=2", "&digits=5", "&secret=1", "%"] {
        let read = KeyUri::parse(&format!("{}{broken}", uri.expose()));
        if broken.is_empty() { debug(&read.unwrap()) } else { chain(&read.unwrap_err()) }
    }
    let two =
        format!("otpauth://totp/{WORD}:a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=x{WORD}");
    let two = KeyUri::parse(&two).unwrap();
    let mismatch: IssuerMismatch<'_> = two.issuer_mismatch().unwrap();
    debug(&mismatch);
    chain(&key.clone().with_issuer(&format!("{WORD}\n{PASSWORD}")).unwrap_err());
}

#[cfg(feature = "steam")]
#[test]
fn steam_codes_do_not_show_themselves() {
    use otpost::otp::{Steam, SteamCode};
    debug(&Steam::new(&Secret::from_bytes(*b"12345678901234567890").unwrap()));
    chain(&SteamCode::parse(WORD).unwrap_err());
    debug(&SteamCode::parse("2BCDF").unwrap());
}

#[cfg(feature = "migration")]
#[test]
fn exports_do_not_show_themselves() {
    use otpost::otp::Migration;
    let secret = Secret::from_bytes(*b"12345678901234567890").unwrap();
    let plain = KeyUri::totp(secret, WORD).unwrap();
    let exported = Migration::export(std::slice::from_ref(&plain), 1).unwrap();
    debug(&exported);
    debug(&Migration::parse(exported[0].expose()).unwrap());
    let mut part = Migration::parse(exported[0].expose()).unwrap();
    debug(&Migration::combine([part.clone()]).unwrap());
    part.size = 2;
    chain(&Migration::combine([part]).unwrap_err());
    let refused = plain.with_parameter("login", PASSWORD).unwrap();
    chain(&Migration::export(&[refused], 1).unwrap_err());
    chain(&Migration::parse(&format!("{}*{WORD}", exported[0].expose())).unwrap_err());
}

#[cfg(feature = "qr")]
#[test]
fn pictures_do_not_show_themselves() {
    use otpost::SecretString;
    use otpost::otp::Qr;
    let qr = Qr::of_text(&SecretString::new(PASSWORD)).unwrap();
    debug(&qr);
    chain(&Qr::of_text(&SecretString::new(WORD.repeat(300))).unwrap_err());
}

#[cfg(feature = "ocra")]
#[test]
fn challenges_and_pins_do_not_show_themselves() {
    use otpost::otp::{Ocra, OcraInput, OcraSuite};
    let suite = OcraSuite::parse("OCRA-1:HOTP-SHA1-6:QN08-PSHA1").unwrap();
    let secret = Secret::from_bytes(*b"12345678901234567890").unwrap();
    let ocra = Ocra::new(&secret, suite);
    debug(&ocra);
    let input = OcraInput::new(super::CODE).with_pin(PASSWORD).with_session(WORD);
    debug(&input);
    chain(&ocra.generate(&input).unwrap_err());
    chain(&OcraSuite::parse(WORD).unwrap_err());
}
