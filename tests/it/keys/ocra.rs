//! RFC 6287, appendix C.

use otpost::otp::{Code, Ocra, OcraInput, OcraInputError, OcraSuite, OcraSuiteError, Secret};
use proptest::prelude::*;

const DIGITS: &[u8] = b"1234567890123456789012345678901234567890123456789012345678901234";
/// 25 March 2008, 12:06:30 GMT: 0x132d0b6 minutes.
const UNIX: u64 = 0x0132_d0b6 * 60 + 30;

fn ocra(suite: &str) -> Ocra {
    let length = [("HOTP-SHA1", 20), ("HOTP-SHA256", 32), ("HOTP-SHA512", 64)];
    let length = length.into_iter().find(|(name, _)| suite.contains(name)).unwrap().1;
    Ocra::new(&Secret::from_bytes(&DIGITS[..length]).unwrap(), OcraSuite::parse(suite).unwrap())
}

/// The code of each input, which is accepted, and no other is.
#[track_caller]
fn check(suite: &str, cases: impl IntoIterator<Item = (OcraInput, &'static str)>) {
    let ocra = ocra(suite);
    for (input, expected) in cases {
        assert_eq!(ocra.generate(&input).unwrap().expose(), expected, "{suite}");
        assert!(ocra.verify(&input, &Code::parse(expected).unwrap()).unwrap());
        let other = expected.replace(['0', '1'], "2").replace('9', "3");
        let same = other == expected;
        assert_eq!(ocra.verify(&input, &Code::parse(&other).unwrap()).unwrap(), same);
    }
}

/// `00000000`, `11111111` and so on.
fn repeated(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|digit| digit.to_string().repeat(8))
}

#[test]
fn one_way_c_1() {
    let sha1 = [
        "237653", "243178", "653583", "740991", "608993", "388898", "816933", "224598", "750600",
        "294470",
    ];
    check("OCRA-1:HOTP-SHA1-6:QN08", repeated(10).map(|q| OcraInput::new(&q)).zip(sha1));
    let sha256 = [
        "65347737", "86775851", "78192410", "71565254", "10104329", "65983500", "70069104",
        "91771096", "75011558", "08522129",
    ];
    let inputs = (0..10).map(|c| OcraInput::new("12345678").with_counter(c).with_pin("1234"));
    check("OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1", inputs.zip(sha256));
    let pin = ["83238735", "01501458", "17957585", "86776967", "86807031"];
    let inputs = repeated(5).map(|q| OcraInput::new(&q).with_pin("1234"));
    check("OCRA-1:HOTP-SHA256-8:QN08-PSHA1", inputs.zip(pin));
    let sha512 = [
        "07016083", "63947962", "70123924", "25341727", "33203315", "34205738", "44343969",
        "51946085", "20403879", "31409299",
    ];
    let inputs = repeated(10).zip(0..).map(|(q, c)| OcraInput::new(&q).with_counter(c));
    check("OCRA-1:HOTP-SHA512-8:C-QN08", inputs.zip(sha512));
    let timed = ["95209754", "55907591", "22048402", "24218844", "36209546"];
    let inputs = repeated(5).map(|q| OcraInput::new(&q).with_time(UNIX));
    check("OCRA-1:HOTP-SHA512-8:QN08-T1M", inputs.zip(timed));
}

/// `CLI2222n` and `SRV1111n`, and the other way.
fn mutual(count: u32, server_first: bool) -> impl Iterator<Item = OcraInput> {
    (0..count).map(move |at| {
        let (client, server) = (format!("CLI2222{at}"), format!("SRV1111{at}"));
        if server_first {
            OcraInput::mutual(&server, &client)
        } else {
            OcraInput::mutual(&client, &server)
        }
    })
}

#[test]
fn mutual_c_2() {
    let server = ["28247970", "01984843", "65387857", "03351211", "83412541"];
    check("OCRA-1:HOTP-SHA256-8:QA08", mutual(5, false).zip(server));
    let client = ["15510767", "90175646", "33777207", "95285278", "28934924"];
    check("OCRA-1:HOTP-SHA256-8:QA08", mutual(5, true).zip(client));
    let server = ["79496648", "76831980", "12250499", "90856481", "12761449"];
    check("OCRA-1:HOTP-SHA512-8:QA08", mutual(5, false).zip(server));
    let client = ["18806276", "70020315", "01600026", "18951020", "32528969"];
    let inputs = mutual(5, true).map(|input| input.with_pin("1234"));
    check("OCRA-1:HOTP-SHA512-8:QA08-PSHA1", inputs.zip(client));
}

#[test]
fn signatures_c_3() {
    let plain = ["53095496", "04110475", "31331128", "76028668", "46554205"];
    let inputs = (0..5).map(|at| OcraInput::new(&format!("SIG1{at}000")));
    check("OCRA-1:HOTP-SHA256-8:QA08", inputs.zip(plain));
    let timed = ["77537423", "31970405", "10235557", "95213541", "65360607"];
    let inputs = (0..5).map(|at| OcraInput::new(&format!("SIG1{at}00000")).with_time(UNIX));
    check("OCRA-1:HOTP-SHA512-8:QA10-T1M", inputs.zip(timed));
}

/// HMAC over `DataInput` (RFC 6287 §5.1) with a session of this length, by the crate `hmac`.
fn by_hmac<M: hmac::Mac + hmac::KeyInit>(suite: &str, session: &[u8]) -> String {
    let length = [("HOTP-SHA1", 20), ("HOTP-SHA256", 32), ("HOTP-SHA512", 64)];
    let length = length.into_iter().find(|(name, _)| suite.contains(name)).unwrap().1;
    let mut mac = <M as hmac::KeyInit>::new_from_slice(&DIGITS[..length]).unwrap();
    for part in [suite.as_bytes(), &[0], &[0x12, 0x34], &[0; 126], session] {
        mac.update(part);
    }
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[digest.len() - 1] & 15);
    let word = u32::from_be_bytes(digest[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:08}", word % 100_000_000)
}

#[test]
fn messages_of_all_lengths_end_as_they_should() {
    for length in 1..=300 {
        let session: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
        for hash in ["SHA1", "SHA256", "SHA512"] {
            let suite = format!("OCRA-1:HOTP-{hash}-8:QH04-S{length:03}");
            let expected = match hash {
                "SHA1" => by_hmac::<hmac::Hmac<sha1::Sha1>>(&suite, &session),
                "SHA256" => by_hmac::<hmac::Hmac<sha2::Sha256>>(&suite, &session),
                _ => by_hmac::<hmac::Hmac<sha2::Sha512>>(&suite, &session),
            };
            let input = OcraInput::new("1234").with_session(session.clone());
            assert_eq!(ocra(&suite).generate(&input).unwrap().expose(), expected, "{suite}");
        }
    }
}

#[test]
fn inputs_that_do_not_suit_are_refused() {
    #[track_caller]
    fn check(suite: &str, input: OcraInput, expected: Result<(), OcraInputError>) {
        assert_eq!(ocra(suite).generate(&input).map(drop), expected);
        assert_eq!(format!("{input:?}"), "OcraInput { .. }");
    }
    use OcraInputError::{Challenge, Counter, Pin, Session, Time};
    let plain = "OCRA-1:HOTP-SHA1-6:QN08";
    check(plain, OcraInput::new(""), Err(Challenge));
    check(plain, OcraInput::new("123456789"), Err(Challenge));
    check(plain, OcraInput::new("1234567a"), Err(Challenge));
    check("OCRA-1:HOTP-SHA1-6:QA08", OcraInput::new("abc 123"), Err(Challenge));
    check("OCRA-1:HOTP-SHA1-6:QH08", OcraInput::new("123g"), Err(Challenge));
    check("OCRA-1:HOTP-SHA1-6:QH07", OcraInput::new("12abCDe"), Ok(()));
    check("OCRA-1:HOTP-SHA1-6:QN64", OcraInput::mutual(&"9".repeat(64), &"9".repeat(64)), Ok(()));
    check(plain, OcraInput::new("1").with_counter(0), Err(Counter));
    check("OCRA-1:HOTP-SHA1-6:C-QN08", OcraInput::new("1"), Err(Counter));
    check(plain, OcraInput::new("1").with_pin("1"), Err(Pin));
    check("OCRA-1:HOTP-SHA1-6:QN08-PSHA512", OcraInput::new("1"), Err(Pin));
    check(plain, OcraInput::new("1").with_session([1]), Err(Session));
    check("OCRA-1:HOTP-SHA1-6:QN08-S064", OcraInput::new("1"), Err(Session));
    check("OCRA-1:HOTP-SHA1-6:QN08-S064", OcraInput::new("1").with_session([1; 65]), Err(Session));
    check("OCRA-1:HOTP-SHA1-6:QN08-S512", OcraInput::new("1").with_session([1; 512]), Ok(()));
    check(plain, OcraInput::new("1").with_time(0), Err(Time));
    check("OCRA-1:HOTP-SHA1-6:QN08-T30S", OcraInput::new("1"), Err(Time));
    // A short session is filled up from the left.
    let session = |bytes: &[u8]| OcraInput::new("1").with_session(bytes);
    let short = ocra("OCRA-1:HOTP-SHA512-8:QN08-S004");
    assert_eq!(short.generate(&session(&[5])), short.generate(&session(&[0, 0, 0, 5])));
    // The digits of a hexadecimal challenge are filled up from the right: 7 is 70.
    let hex = ocra("OCRA-1:HOTP-SHA256-6:QH08");
    assert_eq!(hex.generate(&OcraInput::new("7")), hex.generate(&OcraInput::new("70")));
    assert_ne!(hex.generate(&OcraInput::new("7")), hex.generate(&OcraInput::new("07")));
    // A code of other digits is another code.
    let code = Code::parse("2376530").unwrap();
    assert_eq!(ocra(plain).verify(&OcraInput::new("00000000"), &code), Ok(false));
}

#[test]
fn suites_are_read_whole() {
    #[track_caller]
    fn check(suite: &str, expected: Result<(), OcraSuiteError>) {
        assert_eq!(OcraSuite::parse(suite).map(drop), expected, "{suite}");
    }
    use OcraSuiteError::{Challenge, Digits, Function, Pin, Session, Step, Unknown, Version};
    check("OCRA-1:HOTP-SHA512-7:C-QH64-PSHA256-S128-T48H", Ok(()));
    check("OCRA-1:HOTP-SHA1-6:Q-P-S-T", Ok(()));
    check("OCRA-2:HOTP-SHA1-6:QN08", Err(Version));
    check("OCRA-1:HOTP-SHA1-6:QN08:x", Err(Version));
    check("", Err(Version));
    check("OCRA-1", Err(Function));
    check("OCRA-1:TOTP-SHA1-6:QN08", Err(Function));
    check("OCRA-1:HOTP-MD5-6:QN08", Err(Function));
    check("OCRA-1:HOTP-SHA1:QN08", Err(Function));
    check("OCRA-1:HOTP-SHA1-0:QN08", Err(Digits));
    check("OCRA-1:HOTP-SHA1-10:QN08", Err(Digits));
    for challenge in ["", "C", "QX08", "QN8", "QN03", "QN65", "QN+8", "Qé8", "PSHA1"] {
        check(&format!("OCRA-1:HOTP-SHA1-6:{challenge}"), Err(Challenge));
    }
    for pin in ["PMD5", "PPSHA1"] {
        check(&format!("OCRA-1:HOTP-SHA1-6:QN08-{pin}"), Err(Pin));
    }
    for session in ["S64", "S000", "S513", "S0é"] {
        check(&format!("OCRA-1:HOTP-SHA1-6:QN08-{session}"), Err(Session));
    }
    for step in
        ["T0M", "T60S", "T60M", "T49H", "T1D", "T+1M", "TM", "T001M", "T99999999999999999999S"]
    {
        check(&format!("OCRA-1:HOTP-SHA1-6:QN08-{step}"), Err(Step));
    }
    for order in ["QN08-T1M-PSHA1", "QN08-C", "QN08-X", "QN08-"] {
        check(&format!("OCRA-1:HOTP-SHA1-6:{order}"), Err(Unknown));
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(suite in "(OCRA-1:HOTP-SHA(1|256|512)-[678]:)?[CQNAHPST0-9:SHAM-]{0,30}", challenge in "\\PC{0,80}") {
        if let Ok(suite) = OcraSuite::parse(&suite) {
            let ocra = Ocra::new(&Secret::from_bytes([1; 16]).unwrap(), suite);
            let _ = ocra.generate(&OcraInput::new(&challenge));
            let _ = ocra.generate(&OcraInput::mutual(&challenge, &challenge).with_counter(1).with_time(2));
        }
    }
}
