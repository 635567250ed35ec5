/// A gateway of the catalogue: its texts.
pub(super) struct CatalogueEntry {
    /// The name, which is the `id` of the file.
    pub(super) name: &'static str,
    /// The text without its examples.
    pub(super) spec: &'static str,
    /// The whole text.
    pub(super) file: &'static str,
}

/// Returns the length of a file without its examples, which are at its end.
///
/// A program that sends needs no examples, and without them the catalogue is half as large.
pub(super) const fn length_without_examples(file: &str) -> usize {
    let mut rest = file.as_bytes();
    loop {
        if let [b'\n', b'[', b'[', b'e', b'x', b'a', b'm', b'p', b'l', b'e', b']', b']', ..]
        | [b'\n', b'[', b'[', b'r', b'e', b'p', b'o', b'r', b't', b's', b'.', b'e', b'x', ..] =
            rest
        {
            break;
        }
        let Some((_, tail)) = rest.split_first() else { break };
        rest = tail;
    }
    file.len().saturating_sub(rest.len())
}

/// Returns the first `N` bytes of a file, as a copy: a part of the file would keep all of it in the
/// program.
pub(super) const fn first<const N: usize>(file: &str) -> [u8; N] {
    match file.as_bytes().first_chunk() {
        Some(bytes) => *bytes,
        None => [b' '; N],
    }
}

/// Returns the bytes of a spec as text.
pub(super) const fn spec_text(bytes: &'static [u8]) -> &'static str {
    // The cut is before an ASCII character, so the text is whole.
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => "",
    }
}

/// Declares the constructors and the table of the catalogue.
macro_rules! catalogue {
    ($($(#[doc = $docs:literal])* $function:ident = $name:literal ($($var:ident),*);)*) => {
        /// The texts of all gateways, in alphabetical order.
        pub(super) const CATALOGUE: &[CatalogueEntry] = &[$(CatalogueEntry {
            name: $name,
            spec: texts!($name),
            file: include_str!(concat!($name, ".toml")),
        }),*];

        $(
            $(#[doc = $docs])*
            pub fn $function($($var: impl Into<VarSource>),*) -> HttpGatewayBuilder {
                // An error of the file would be one of `build`, so no `Result` is needed here.
                HttpGatewayBuilder::new(GatewaySpec::from_toml(texts!($name)))
                    $(.var(stringify!($var), $var))*
            }
        )*
    };
}

/// The text of a file without its examples.
macro_rules! texts {
    ($name:literal) => {{
        const FILE: &str = include_str!(concat!($name, ".toml"));
        const SPEC: &[u8] = &first::<{ length_without_examples(FILE) }>(FILE);
        spec_text(SPEC)
    }};
}

pub(super) use {catalogue, texts};
