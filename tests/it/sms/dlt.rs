//! MessageTemplates against templates that are registered in India.

use otpost::message::{DltError, DltTemplate};
use otpost::{Message, PhoneNumber};

const ENTITY: &str = "1101234567890123456";
const TEMPLATE: &str = "1107123456789012345";

fn template(text: &str) -> DltTemplate {
    DltTemplate::new(ENTITY, TEMPLATE, text).unwrap()
}

#[test]
fn texts_are_compared_letter_for_letter() {
    let one = template("{#var#} is your Acme code. Valid for {#var#} minutes.");
    for good in [
        "123456 is your Acme code. Valid for 5 minutes.",
        "1 is your Acme code. Valid for 5 is your Acme code. minutes.",
        "кодъ is your Acme code. Valid for 10 minutes.",
    ] {
        assert_eq!(one.check(good), Ok(()), "{good}");
    }
    for bad in [
        "",
        "123456 is your Acme code. Valid for 5 minutes",
        "123456 is your acme code. Valid for 5 minutes.",
        "123456  is your Acme code. Valid for 5 minutes.\n",
        " is your Acme code. Valid for 5 minutes.",
        "123456 is your Acme code. Valid for  minutes. ",
        "1234567890123456789012345678901 is your Acme code. Valid for 5 minutes.",
        "123456 is your Acme code.\u{a0}Valid for 5 minutes.",
    ] {
        assert_eq!(one.check(bad), Err(DltError::Text), "{bad:?}");
    }
    // A value may hold what follows it.
    let twice = template("Code {#var#} a {#var#} a");
    assert_eq!(twice.check("Code 1 a 2 a 3 a"), Ok(()));
    assert_eq!(twice.check("Code 1 a"), Err(DltError::Text));
    // The ends are ends: without a place there, nothing may follow.
    assert_eq!(template("Hello").check("Hello"), Ok(()));
    assert_eq!(template("Hello").check("Hello!"), Err(DltError::Text));
    assert_eq!(template("Hi {#var#}").check("Hi you"), Ok(()));
}

#[test]
fn a_long_text_of_many_values_is_no_burden() {
    let many = template(&["a"; 200].join("{#var#}"));
    let text = "a".repeat(1_500);
    assert_eq!(many.check(&text), Ok(()));
    assert_eq!(many.check(&format!("{text}b")), Err(DltError::Text));
}

#[test]
fn templates_and_identities_are_checked() {
    for bad in ["", "12a", "1234567890123456789012345678901", "१२३"] {
        assert_eq!(DltTemplate::new(bad, TEMPLATE, "x {#var#}"), Err(DltError::Id), "{bad}");
        assert_eq!(DltTemplate::new(ENTITY, bad, "x {#var#}"), Err(DltError::Id), "{bad}");
    }
    for bad in ["", " ", "{#var#}", "{#var#}{#var#} x", "x {#var#}{#var#} y", " {#var#} "] {
        assert_eq!(DltTemplate::new(ENTITY, TEMPLATE, bad), Err(DltError::Template), "{bad:?}");
    }
}

#[test]
fn a_message_gets_the_identities_or_none() {
    let registered = template("{#var#} is your Acme code.");
    let message =
        |text: &str| Message::new(PhoneNumber::parse("+919876543210").unwrap(), text).unwrap();
    let sent = message("123456 is your Acme code.").with_dlt(&registered).unwrap();
    assert_eq!(sent.var("dlt.entity_id").unwrap().expose(), ENTITY);
    assert_eq!(sent.var("dlt.template_id").unwrap().expose(), TEMPLATE);
    let refused = message("123456 is your code.").with_dlt(&registered).unwrap_err();
    assert_eq!(refused, DltError::Text);
    assert!(!format!("{registered:?}").contains("Acme"));
}
