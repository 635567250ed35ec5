//! Segments and encodings as Twilio's published calculator counts them.
//!
//! The fixed list is of its making; OTPOST_SEGMENTS names another, as `.ci/twilio` makes it.

use std::borrow::Cow;

use otpost::message::{Encoding, Segments, smart_encode};

fn cases() -> Vec<(Encoding, usize, String)> {
    let list: Cow<'_, str> = match std::env::var("OTPOST_SEGMENTS") {
        Ok(path) => std::fs::read_to_string(path).unwrap().into(),
        Err(_) => include_str!("../../fixtures/segments.txt").into(),
    };
    list.lines()
        .map(|line| {
            let mut parts = line.splitn(3, ' ');
            let encoding = match parts.next().unwrap() {
                "GSM-7" => Encoding::Gsm7,
                "UCS-2" => Encoding::Ucs2,
                other => panic!("{other}"),
            };
            let count = parts.next().unwrap().parse().unwrap();
            (encoding, count, serde_json::from_str(parts.next().unwrap()).unwrap())
        })
        .collect()
}

#[test]
fn all_texts_are_counted_as_twilio_counts_them() {
    let cases = cases();
    assert!(cases.len() >= 300, "{}", cases.len());
    for (encoding, parts, text) in &cases {
        let segments = Segments::of(text);
        assert_eq!((segments.encoding, segments.count), (*encoding, *parts), "{text:?}");
    }
    // The naive twin: units divided by the room of a part. It has to be wrong where a pair does not fit.
    let naive = |text: &str| {
        let segments = Segments::of(text);
        let (single, part) =
            if segments.encoding == Encoding::Gsm7 { (160, 153) } else { (70, 67) };
        if segments.units <= single { 1 } else { segments.units.div_ceil(part) }
    };
    let wrong = cases.iter().filter(|(_, parts, text)| naive(text) != *parts).count();
    assert!(wrong >= 3, "{wrong}");
}

#[test]
fn what_is_left_fits_and_one_more_does_not() {
    for (encoding, parts, text) in cases() {
        let segments = Segments::of(&text);
        let one = if encoding == Encoding::Gsm7 { "a" } else { "ж" };
        let more = Segments::of(&format!("{text}{}", one.repeat(segments.left)));
        assert_eq!((more.count, more.left), (parts, 0), "{text:?}");
        let most = Segments::of(&format!("{text}{}", one.repeat(segments.left + 1)));
        // A text of one part that gets longer is cut anew, with the room for a header taken off.
        assert!(most.count > parts, "{text:?}");
    }
}

#[test]
fn culprits_are_named_with_their_places() {
    let mut seen = 0;
    for (encoding, _, text) in cases() {
        let non_gsm_characters: Vec<_> = Segments::non_gsm_characters(&text).collect();
        assert_eq!(non_gsm_characters.is_empty(), encoding == Encoding::Gsm7, "{text:?}");
        for culprit in &non_gsm_characters {
            assert!(text[culprit.position..].starts_with(culprit.character));
            if let Some(replacement) = culprit.replacement {
                assert_eq!(Segments::of(replacement).encoding, Encoding::Gsm7, "{culprit}");
                assert!(!replacement.contains(culprit.character));
            }
            seen += 1;
        }
    }
    assert!(seen > 5_000, "{seen}");
}

#[test]
fn smart_texts_keep_their_letters() {
    let mut changed = 0;
    for (encoding, _, text) in cases() {
        let sent = smart_encode(&text);
        if sent == text {
            continue;
        }
        changed += 1;
        assert_eq!(encoding, Encoding::Ucs2);
        assert_eq!(Segments::of(&sent).encoding, Encoding::Gsm7, "{text:?}");
        let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
        // The only letter that comes from a sign is the x of a times sign.
        assert_eq!(letters(&text), letters(&sent).replace('x', ""), "{text:?}");
    }
    assert!(changed > 5, "{changed}");
    assert_eq!(
        smart_encode("it\u{2019}s \u{201c}123456\u{201d}\u{a0}\u{2014} ok\u{2026}"),
        "it's \"123456\" - ok..."
    );
    for kept in ["plain", "ça va \u{2013} 123456", "Ваш код \u{2013} 123456", "😀\u{2026}"]
    {
        assert_eq!(smart_encode(kept), kept);
    }
}

#[test]
fn counting_allocates_nothing() {
    let text = "a".repeat(159) + "€";
    let counted = allocation_counter::measure(|| {
        std::hint::black_box(Segments::of(std::hint::black_box(&text)));
    });
    assert_eq!(counted.count_total, 0);
}
