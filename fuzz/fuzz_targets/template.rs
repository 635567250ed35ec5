//! Any text as a template: what it renders holds its values once, and no value is read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otpost::template::{Filter, Template};

fuzz_target!(|input: (&str, &str)| {
    let (text, value) = input;
    let _ = Filter::parse(text).map(|filter| filter.apply(value.into()).map(|_| ()));
    let Ok(template) = Template::parse(text) else { return };
    let plain = template.placeholders().all(|placeholder| placeholder.filters.is_empty());
    let count = template.placeholders().count();
    if let Ok(rendered) = template.render(|_| Some(value.into()))
        && plain
    {
        let written: usize = text.len();
        assert!(rendered.len() <= written + count * value.len());
        assert!(count == 0 || rendered.contains(value));
    }
});
