//! The texts and numbers that a place accepts.

use serde_json::json;

use super::spot::{Learned, Spot, any_of};
use super::trace::{Complaint, Doc};

/// The units of times and sizes.
const UNITS: [&str; 7] = ["B", "KiB", "MiB", "ms", "s", "m", "h"];

/// Texts of a form that cannot be found out: the key, its pattern and an example.
const PATTERNS: [(&str, &str, &str); 3] = [
    ("Connection.min_tls", r"^1\.[23]$", "1.2"),
    (
        "Connection.pin_sha256",
        "^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$",
        "d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM=",
    ),
    // The loader also refuses a range that ends before it begins.
    ("StatusSet", r"^ *[1-9][0-9]{2} *(- *[1-9][0-9]{2} *)?$", "200"),
];

/// Returns the schema of the texts that are accepted.
pub(super) fn text(spot: &Spot<'_>) -> Option<Learned> {
    let accepts = |text: &str| spot.accepts(Doc::text(text));
    let learned = |schema, sample: &str| Some(Learned { schema, sample: Doc::text(sample) });
    let Some(complaint) = spot.complaint(Doc::text("x")) else {
        let mut schema = json!({ "type": "string" });
        if !accepts("") {
            schema["minLength"] = json!(1);
        }
        if !accepts("xx") {
            schema["maxLength"] = json!(1);
        }
        return learned(schema, "x");
    };
    if let Complaint::UnknownVariant(words) = complaint {
        let words: Vec<_> = words.iter().filter(|word| accepts(word)).collect();
        let mut schemas = vec![json!({ "type": "string", "enum": words })];
        if accepts(&format!("{}:x", words[0])) {
            let words: Vec<_> = words.iter().map(ToString::to_string).collect();
            let pattern = format!("^({}):", words.join("|"));
            schemas.push(json!({ "type": "string", "pattern": pattern }));
        }
        return learned(any_of(schemas), words[0]);
    }
    let amounts: Vec<_> = UNITS.iter().filter_map(|unit| amount(&accepts, unit)).collect();
    if !amounts.is_empty() {
        let sample = UNITS.iter().map(|unit| format!("1{unit}")).find(|text| accepts(text))?;
        let pattern = format!("^0*({})$", amounts.join("|"));
        return learned(json!({ "type": "string", "pattern": pattern }), &sample);
    }
    let known = PATTERNS.iter().find(|(label, ..)| *label == spot.label);
    match (known, complaint) {
        (Some((_, pattern, example)), _) => {
            assert!(accepts(example), "{} refuses {example}", spot.label);
            learned(json!({ "type": "string", "pattern": pattern }), example)
        }
        (None, Complaint::WrongType) => None,
        (None, complaint) => {
            panic!("{} has texts of an unknown form, see PATTERNS: {complaint}", spot.label)
        }
    }
}

/// Returns the pattern of the amounts in a unit, without leading zeros.
fn amount(accepts: &dyn Fn(&str) -> bool, unit: &str) -> Option<String> {
    let is_good = |count: i64| accepts(&format!("{count}{unit}"));
    is_good(1).then(|| {
        let zero = if is_good(0) { "0|" } else { "" };
        format!("({zero}{}){unit}", at_most(last(1, i64::MAX, is_good)))
    })
}

/// Returns the schema of the whole numbers that are accepted.
pub(super) fn whole_numbers(spot: &Spot<'_>) -> Option<Learned> {
    let is_good = |number: i64| spot.accepts(Doc::Int(number));
    let one = [0, 1, 200].into_iter().find(|number| is_good(*number))?;
    let (least, most) =
        (-last(-one, i64::MAX, |number| is_good(-number)), last(one, i64::MAX, is_good));
    let mut schema = json!({ "type": "integer" });
    // TOML has no larger numbers.
    if least != -i64::MAX {
        schema["minimum"] = json!(least);
    }
    if most != i64::MAX {
        schema["maximum"] = json!(most);
    }
    Some(Learned { schema, sample: Doc::Int(one) })
}

/// Returns the last number that is accepted, from one that is.
fn last(good: i64, end: i64, is_good: impl Fn(i64) -> bool) -> i64 {
    if is_good(end) {
        return end;
    }
    let (mut good, mut bad) = (i128::from(good), i128::from(end));
    while bad - good > 1 {
        let middle = (good + bad) / 2;
        *(if is_good(middle.try_into().unwrap()) { &mut good } else { &mut bad }) = middle;
    }
    good.try_into().unwrap()
}

/// Returns the pattern of the numbers from 1 to `most`, without leading zeros.
fn at_most(most: i64) -> String {
    let digits = most.to_string();
    let more = |count: usize| match count {
        0 => String::new(),
        1 => "[0-9]".to_owned(),
        _ => format!("[0-9]{{{count}}}"),
    };
    let mut parts = Vec::new();
    if digits.len() > 1 {
        parts.push(format!("[1-9][0-9]{{0,{}}}", digits.len() - 2));
    }
    for (at, digit) in digits.char_indices() {
        let first = if at == 0 { '1' } else { '0' };
        if let Some(below) = char::from_digit(digit.to_digit(10).unwrap().wrapping_sub(1), 10)
            && below >= first
        {
            let range =
                if below == first { first.to_string() } else { format!("[{first}-{below}]") };
            parts.push(format!("{}{range}{}", &digits[..at], more(digits.len() - at - 1)));
        }
    }
    parts.push(digits);
    parts.join("|")
}

#[test]
fn patterns_of_numbers_have_exact_ends() {
    for most in [1, 9, 10, 12, 99, 100, 600, 999, 1_440, 86_400] {
        let pattern = regex_lite::Regex::new(&format!("^({})$", at_most(most))).unwrap();
        for number in 0..most * 11 + 20 {
            let is_match = pattern.is_match(&number.to_string());
            assert_eq!(is_match, (1..=most).contains(&number), "{number} of {most}");
        }
    }
}
