//! Shows what a text costs, which characters make it expensive, and whether a phone fills in the
//! code.
//!
//! Pass a text, or run the example without arguments to see three texts:
//!
//! ```sh
//! cargo run --example message_doctor
//! cargo run --example message_doctor -- "123456 is your code" acme.example 123456
//! ```

use std::error::Error;

use otpost::Code;
use otpost::message::{Autofill, Encoding, OriginBound, Segments, smart_encode};

/// The price of one segment, in thousandths of a cent. This is an example: prices depend on the
/// route.
const PRICE: usize = 4_200;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    if let Some(text) = arguments.next() {
        let text = text.replace("\\n", "\n");
        let host = arguments.next().unwrap_or_else(|| "acme.example".to_owned());
        let code = arguments.next().unwrap_or_else(|| "123456".to_owned());
        return examine(&text, &Autofill::new(&host)?, &Code::parse(&code)?);
    }
    let (autofill, code) = (Autofill::new("acme.example")?, Code::parse("123456")?);
    let good = autofill.compose("123456 is your Acme code. Do not share it.", &code)?;
    for text in [
        good.expose(),
        "123456 is your code \u{2013} it\u{2019}s valid for 5 minutes. Don\u{2019}t share it with anyone.",
        "Ваш код: 123456\n\n@acme.example #123456\nОтправлено через Gateway",
    ] {
        examine(text, &autofill, &code)?;
    }
    Ok(())
}

fn examine(text: &str, autofill: &Autofill, code: &Code) -> Result<(), Box<dyn Error>> {
    println!("{text}\n");
    let segments = Segments::of(text);
    let alphabet = match segments.encoding {
        Encoding::Gsm7 => "the GSM alphabet",
        Encoding::Ucs2 => "UCS-2",
    };
    println!(
        "  {} in {alphabet}, {} units; {} more fit",
        counted(segments.count),
        segments.units,
        segments.left
    );
    let cost = PRICE.saturating_mul(segments.count);
    println!("  cost: {}.{:03} cents at 4.200 per segment", cost / 1_000, cost % 1_000);
    for culprit in Segments::non_gsm_characters(text).take(3) {
        println!("  outside of the GSM alphabet: {culprit}");
    }
    let plain = smart_encode(text);
    if plain != text {
        println!("  with smart encoding: {}", counted(Segments::of(&plain).count));
    }
    match OriginBound::parse(text) {
        Some(read) => println!("  filled in on https://{} only", read.host()),
        None => println!("  not filled in: add \"{autofill}\" as the last line"),
    }
    for warning in autofill.lint(text, code) {
        println!("  autofill: {warning}");
    }
    println!();
    Ok(())
}

fn counted(parts: usize) -> String {
    if parts == 1 { "1 segment".to_owned() } else { format!("{parts} segments") }
}
