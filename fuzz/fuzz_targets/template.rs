//! Any text as a template: what it renders holds its code and its values, and no value is read again.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use otpost::Code;
use otpost::message::{Filter, TextTemplate};

const CODE: &str = "482913";

fuzz_target!(|input: (&str, &str)| {
    let (text, value) = input;
    let _ = Filter::parse(text).map(|filter| filter.apply(value.into()).map(|_| ()));
    let Ok(mut template) = TextTemplate::parse(&format!("{text}{{{{code}}}}")) else { return };
    let code = Code::parse(CODE).unwrap();
    let mut variables = 0;
    let rendered = loop {
        match template.render(&code, Duration::from_secs(300)) {
            Ok(rendered) => break rendered,
            Err(error) => {
                // A filter can refuse the value.
                let Some(name) = error.missing().map(str::to_owned) else { return };
                let Ok(next) = template.with_var(&name, value) else { return };
                template = next;
                variables += 1;
            }
        }
    };
    assert!(rendered.expose().ends_with(CODE));
    // A filter can change the value.
    if variables > 0 && !text.contains('|') {
        assert!(rendered.expose().contains(value));
    }
});
