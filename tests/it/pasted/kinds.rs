//! More inputs of each kind.

use otpost::otp::KeyUri;
use otpost::{Code, PhoneNumber};
use proptest::prelude::*;

use super::complaints;

/// In the columns of the fixture: an id, a call, an input and what is right.
const KINDS: &str = concat!(
    "id\tcall\tinput\tright\n",
    // Entities of HTML and escapes of JSON for the ampersand.
    "amp twice\tKeyUri::parse\totpauth://totp/E:u?secret=SECRET&amp;amp;issuer=E&AMP;digits=8\tissuer=E account=u mismatch=false code=80406058\n",
    "amp number\tKeyUri::parse\totpauth://totp/E:u?secret=SECRET&#38;issuer=E&#x26;digits=8\tissuer=E account=u mismatch=false code=80406058\n",
    "amp json\tKeyUri::parse\totpauth://totp/E:u?secret=SECRET\\u{5c}u0026issuer=E\\u{5c}u0026digits=8\tissuer=E account=u mismatch=false code=80406058\n",
    "amp zeros\tKeyUri::parse\totpauth://totp/E:u?secret=SECRET&#0038;issuer=E&#x0026;digits=8\tissuer=E account=u mismatch=false code=80406058\n",
    "amp encoded\tKeyUri::parse\totpauth://totp/E:u?secret=SECRET&amp%3Bissuer=E&amp%3Bdigits=8\tissuer=E account=u mismatch=false code=80406058\n",
    "amp bare\tKeyUri::parse\totpauth://totp/E:u?secret=SECRET&ampdigits=8\tcode=80406058\n",
    "amp script\tKeyUri::parse\totpauth://totp/E:u?secret=SECRET\\u{5c}x26issuer=E\\u{5c}x26digits=8\tissuer=E account=u mismatch=false code=80406058\n",
    "name blank\tKeyUri::parse\totpauth://totp/E:u? secret =SECRET& digits=8\tcode=80406058\n",
    "name marks\tKeyUri::parse\totpauth://totp/E:u?secret=SECRET&\\u{200b}digits=8\tcode=80406058\n",
    "name wide\tKeyUri::parse\totpauth://totp/E:u?secret=SECRET&\\u{ff24}igits=8\tcode=80406058\n",
    "name twice\tKeyUri::parse\totpauth://totp/E:u?secret=SECRET&digits=8&amp%3Bdigits=6\terr duplicate parameter at byte 68\n",
    "hash spellings\tKeyUri::parse\totpauth://totp/E:u?secret=SECRET&algorithm=HMAC_SHA\\u{2011}256\tcode=053238\n",
    "before quote\tKeyUri::parse\t\\u{201c}otpauth://totp/E:u?secret=SECRET\\u{201d}\terr U+201C before otpauth://\n",
    "before word\tKeyUri::parse\tURI: otpauth://totp/E:u?secret=SECRET\terr U+0055 before otpauth://\n",
    "label blanks\tKeyUri::parse\totpauth://totp/Acme%0A:%09bob%0A?secret=SECRET\tissuer=Acme account=bob mismatch=false\n",
    "label control\tKeyUri::parse\totpauth://totp/Acme:bo%07b?secret=SECRET\terr U+0007 at byte 22\n",
    // Colons in the issuer, in the account, and in both.
    "colon raw\tKeyUri::parse\totpauth://totp/Test: Foo:User?secret=SECRET&issuer=Test: Foo\tissuer=Test: Foo account=User mismatch=false\n",
    "colon blank\tKeyUri::parse\totpauth://totp/Test%3AFoo%3A%20User?secret=SECRET&issuer=Test%3AFoo\tissuer=Test:Foo account=User mismatch=false\n",
    "colon account\tKeyUri::parse\totpauth://totp/A:b:c?secret=SECRET&issuer=A\tissuer=A account=b:c mismatch=false\n",
    "colon both\tKeyUri::parse\totpauth://totp/A:B:c:d?secret=SECRET&issuer=A:B\tissuer=A:B account=c:d mismatch=false\n",
    "colon port\tKeyUri::parse\totpauth://totp/https%3A%2F%2Fgit.example.com%3A3000:bob?secret=SECRET&issuer=https%3A%2F%2Fgit.example.com%3A3000\tissuer=https://git.example.com:3000 account=bob mismatch=false\n",
    "colon url\tKeyUri::parse\totpauth://totp/https://git.example.com:bob?secret=SECRET\tissuer=https://git.example.com account=bob mismatch=false\n",
    "colon encoded\tKeyUri::parse\totpauth://totp/Test%3A%20Foo:User?secret=SECRET\tissuer=Test: Foo account=User mismatch=false\n",
    "colon first\tKeyUri::parse\totpauth://totp/A:b%3Ac?secret=SECRET\tissuer=A account=b:c mismatch=false\n",
    "colon other\tKeyUri::parse\totpauth://totp/Bank:bob?secret=SECRET&issuer=Evil:Bank\taccount=bob mismatch=true\n",
    // Kinds that are none of ours, and other URIs.
    "kind yaotp\tKeyUri::parse\totpauth://yaotp/bob?secret=6SB2IKNM6OBZPAVBVTOHDKS4FAAAAAAADFUTQMBTRY&pin_length=5\terr the kind of key|err invalid kind of key\n",
    "kind motp\tKeyUri::parse\totpauth://motp/Acme:bob?pin=1234&secret=0\terr kind of key\n",
    "kind hex\tKeyUri::parse\totpauth://hex/bob?secret=zz\terr kind of key\n",
    "kind none\tKeyUri::parse\totpauth://bob?secret=SECRET\terr kind of key\n",
    "kind export\tKeyUri::parse\totpauth-migration://offline?data=CjEK\terr Migration\n",
    "kind scheme\tKeyUri::parse\tsteam://SECRET\terr otpauth://\n",
    // Blanks, line ends and marks around and within.
    "uri bom\tKeyUri::parse\t\\u{feff}\\u{202a}otpauth://totp/Acme:bob?secret=SECRET&issuer=Acme\\u{202c}\\r\\n\tissuer=Acme account=bob mismatch=false code=406058\n",
    "uri lines\tKeyUri::parse\totpauth://totp/Acme:bob\\r\\n?secret=JBSWY3DPEHPK3PXP\\nJBSWY3DPEHPK3PXP&iss\\nuer=Acme\tissuer=Acme account=bob mismatch=false code=406058\n",
    "uri name end\tKeyUri::parse\totpauth://totp/Acme%3Abob%0A?secret=SECRET&issuer=Acme%0D%0A\tissuer=Acme account=bob mismatch=false\n",
    "uri marks\tKeyUri::parse\totpauth://totp/Acme:bob?secret=%E2%80%8BSECRET%E2%80%8B&digits=%E2%80%8E8&period=30%20&algorithm=%20SHA1\tcode=80406058\n",
    "uri bad\tKeyUri::parse\totpauth://totp/Acme:bob?secret=JBSWY3DP%D0%95HPK3PXP\terr U+0415 at position 9\n",
    "secret zero\tSecret::from_base32\t\\u{200b}JBSW\\u{2003}Y3DP\\u{2011}EHPK\\u{2028}3PXP\\tJBSW\\u{ad}Y3DP\\u{3000}EHPK\\u{feff}3PXP\tok 20 bytes\n",
    "secret wide\tSecret::from_base32\t\\u{ff2a}\\u{ff22}SWY\\u{ff13}DPEHPK3PXPJBSWY3DPEHPK3PXP\tok 20 bytes\n",
    "secret letter\tSecret::from_base32\tJBSW Y3DP \\u{415}HPK\terr U+0415 at position 11\n",
    "secret one\tSecret::from_base32\tJBSW1\terr U+0031 at position 5\n",
    "secret short\tSecret::from_base32\tJBSWY3DPEHPK3PXPJ\terr missing or mistyped\n",
    "code arabic\tCode::parse\t\\u{200f}\\u{661}\\u{662}\\u{663} \\u{664}\\u{665}\\u{666}\\u{200f}\tok 123456\n",
    "code hindi\tCode::parse\t\\u{967}\\u{968}\\u{969}\\u{96a}\\u{96b}\\u{96c}\tok 123456\n",
    "code bengali\tCode::parse\t\\u{9e7}\\u{9e8}\\u{9e9}\\u{9ea}\\u{9eb}\\u{9ec}\tok 123456\n",
    "code bold\tCode::parse\t\\u{1d7cf}\\u{1d7d0}\\u{1d7d1}\\u{1d7d2}\\u{1d7d3}\\u{1d7d4}\tok 123456\n",
    "code dashes\tCode::parse\t123\\u{2013}456\\u{2014}\\u{2212}\\u{2011}\tok 123456\n",
    "code marks\tCode::parse\t\\u{2066}123\\u{200b}\\u{2060}456\\u{2069}\\u{85}\\u{b}\tok 123456\n",
    "code keyboard\tCode::parse\t\\u{ff11}\\u{ff12}\\u{ff13}\\u{30fc}\\u{ff14}\\u{ff15}\\u{ff16}\tok 123456\n",
    "code letter\tCode::parse\t12\\u{435}456\terr U+0435 at position 3\n",
    "code o\tCode::parse\t12O456\terr U+004F at position 3\n",
    "code circled\tCode::parse\t\\u{2460}23456\terr U+2460 at position 1\n",
    "code word\tCode::parse\tG-123456\terr U+0047 at position 1\n",
    "mark rlm\tnormalize\t\\u{200f}\\u{202b}+972 50-234-5678\\u{202c}\tok +972502345678\n",
    "mark wide\tnormalize\t\\u{ff0b}\\u{ff18}\\u{ff11}\\u{3000}\\u{ff08}\\u{ff10}\\u{ff09}90\\u{30fc}1234\\u{ff0d}5678\tok +819012345678\n",
    "mark bom\tnormalize\t\\u{feff}+41\\u{202f}79\\u{2009}123\\u{2010}45\\u{2012}67\\n\tok +41791234567\n",
    "mark farsi\tnormalize\t+\\u{6f9}\\u{6f8}\\u{6f9}\\u{6f1}\\u{6f2}\\u{6f1}\\u{6f2}\\u{6f3}\\u{6f4}\\u{6f5}\\u{6f6}\\u{6f7}\tok +989121234567\n",
    "mark letter\tnormalize\t+41 79 123 45 6\\u{417}\terr U+0417 at position 16\n",
    "mark behind\tnormalize\t972502345678+\terr U+002B at position 13\n",
    "mark plus\tnormalize\t041 79 123 45 67\terr \"+\"\n",
    "trunk 8\tnormalize\t+7 8 (916) 123-45-67\tok +79161234567\n",
    "trunk kz\tnormalize\t+7 8 701 234 56 78\tok +77012345678\n",
    "trunk 06\tnormalize\t+36 06 20 123 4567\tok +36201234567\n",
    "trunk by\tnormalize\t+375 80 29 491 19 11\tok +375294911911\n",
    "trunk 15\tnormalize\t+54 11 15 2345 6789\tok +5491123456789\n",
    "trunk 0 15\tnormalize\t+54 0343 15 555 1212\tok +5493435551212\n",
    "trunk br\tnormalize\t+55 0 11 96123 4567\tok +5511961234567\n",
    "trunk carrier\tnormalize\t+55 015 11 96123 4567\tok +5511961234567\n",
    "trunk lt\tnormalize\t+370 8 612 34567\tok +37061234567\n",
    "trunk it\tnormalize\t+39 06 698 12345\tok +390669812345\n",
    "trunk it none\tnormalize\t+39 0 347 12345678\terr\n",
    "trunk fr\tnormalize\t+33 (0) 6 12 34 56 78\tok +33612345678\n",
    "trunk cn\tnormalize\t+86 0138 0013 8000\tok +8613800138000\n",
    "trunk jm\tnormalize\t+1 1 876 555 1234\tok +18765551234\n",
    "trunk wrong\tnormalize\t+49 0 0 170 1234567\terr trunk prefix\n",
    "trunk mx\tnormalize\t+52 1 55 1234 5678\terr no numbering plan\n",
    "region gg\tregion\t+4407781123456\tok none\n",
    "region kz\tregion\t+787012345678\tok none\n",
    "region long\tregion\t+187655512345\tok none\n",
    "region de\tregion\t+4901701234567\tok none\n",
    "national ru\tnational RU\t8 (916) 123\\u{2011}45\\u{2011}67\tok +79161234567\n",
    "national ir\tnational IR\t\\u{6f0}\\u{6f9}\\u{6f1}\\u{6f2}\\u{6f1}\\u{6f2}\\u{6f3}\\u{6f4}\\u{6f5}\\u{6f6}\\u{6f7}\tok +989121234567\n",
    "national in\tnational IN\t\\u{966}\\u{96f}\\u{96e}\\u{96d}\\u{96c}\\u{96b}\\u{96a}\\u{969}\\u{968}\\u{967}\\u{966}\tok +919876543210\n",
    "national ar\tnational AR\t011 15-2345-6789\tok +5491123456789\n",
    "national plus\tnational US\t\\u{ff0b}44 (0) 7400 123456\tok +447400123456\n",
    "national idd\tnational DE\t00 44 07400 123456\tok +447400123456\n",
    "national letter\tnational JP\t090-1234-567\\u{4e03}\terr U+4E03 at position 13\n",
);

#[test]
fn pasted_inputs_of_each_kind_are_read() {
    let table = KINDS.replace("SECRET", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP");
    let (checked, wrong) = complaints(&table);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(checked >= 60, "{checked}");
}

/// Each digit of each script, and each blank and dash, by Unicode's own properties where the standard library has them.
#[test]
fn pasted_characters_are_digits_blanks_dashes_or_named() {
    let (mut digits, mut blanks) = (0, 0);
    for c in (char::MIN..=char::MAX).filter(|c| !c.is_ascii()) {
        let code = Code::parse(&format!("12{c}456"));
        let without = Code::parse(&format!("123{c}456"));
        match (code, without) {
            // A digit: with it there are six, and without it seven.
            (Ok(code), Ok(seven)) => {
                assert!(c.is_numeric(), "{c:?}");
                assert_eq!((code.expose().len(), seven.expose().len()), (6, 7));
                digits += 1;
            }
            // Left out: with it there are five, and without it six.
            (Err(_), Ok(six)) => {
                assert_eq!(six.expose(), "123456", "{c:?}");
                assert!(
                    !c.is_alphabetic()
                        || "\u{115f}\u{1160}\u{3164}\u{ffa0}\u{30fc}\u{ff70}".contains(c),
                    "{c:?}"
                );
                blanks += 1;
            }
            (code, without) => {
                assert!(!c.is_whitespace(), "{c:?}");
                let name = format!("U+{:04X} at position ", u32::from(c));
                for error in [code.unwrap_err(), without.unwrap_err()] {
                    assert!(error.to_string().contains(&name), "{error}");
                }
            }
        }
    }
    // 76 scripts beside ASCII.
    assert_eq!(digits, 760);
    assert!((300..1_000).contains(&blanks), "{blanks}");
}

#[test]
fn pasted_names_keep_what_can_be_seen() {
    let uri = "otpauth://totp/%E2%9D%A4%EF%B8%8F:%20caf%C3%A9%20?secret=JBSWY3DPEHPK3PXPJBSWY3DPEE&issuer=%E2%9D%A4%EF%B8%8F";
    let key = KeyUri::parse(uri).unwrap();
    assert_eq!((key.issuer(), key.account()), (Some("\u{2764}\u{fe0f}"), "caf\u{e9}"));
    assert!(key.issuer_mismatch().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn pasted_texts_are_numbers_in_a_plan_or_errors(text in "[+ ]{0,2}[1-9][-0-9 .()+\u{660}\u{ff10}\u{200e}]{0,20}\\PC{0,2}") {
        if let Ok(number) = PhoneNumber::normalize(&text) {
            prop_assert!(number.is_possible());
            prop_assert_eq!(PhoneNumber::normalize(number.e164()), Ok(number));
        }
    }

    #[test]
    fn pasted_texts_of_any_kind_do_not_panic(text in "\\PC{0,80}") {
        let _ = (Code::parse(&text), PhoneNumber::normalize(&text), PhoneNumber::parse(&text));
        let _ = KeyUri::parse(&format!("otpauth://totp/{text}?{text}"));
    }
}
