/// A text of the catalogue.
#[derive(Clone, Copy)]
pub(super) struct CatalogueEntry {
    /// The name of the gateway, which is the `id` of its file.
    pub(super) name: &'static str,
    pub(super) text: &'static str,
}

/// The texts of specs without comments and examples, by the names of their constructors: each is
/// evaluated once.
pub(super) struct BareSpec;

/// The specs of all gateways in one text, with the end of each.
///
/// A table of texts would take 80 bytes more for each of them: pointers, lengths and relocations.
pub(super) struct JoinedSpecs {
    pub(super) text: &'static str,
    pub(super) ends: &'static [usize],
}

impl JoinedSpecs {
    /// Returns the name and the text of each gateway, in alphabetical order.
    pub(super) fn entries(&self) -> impl Iterator<Item = CatalogueEntry> + Clone {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(self.ends).filter_map(|(start, end)| {
            let text = self.text.get(start..*end)?;
            // A test requires that every file begins like this.
            let (name, _) = text.strip_prefix("spec = 1\nid = \"")?.split_once('"')?;
            Some(CatalogueEntry { name, text })
        })
    }
}

/// Returns the length of all texts together.
pub(super) const fn total(texts: &[&str]) -> usize {
    let (mut rest, mut length) = (texts, 0_usize);
    while let [text, more @ ..] = rest {
        length = length.saturating_add(text.len());
        rest = more;
    }
    length
}

/// Returns where each of the texts ends if they follow each other.
pub(super) const fn ends<const N: usize>(texts: &[&str]) -> [usize; N] {
    let mut ends = [0; N];
    let (mut free, mut rest, mut length): (&mut [usize], _, usize) = (&mut ends, texts, 0);
    while let ([end, free_ends @ ..], [text, more @ ..]) = (free, rest) {
        length = length.saturating_add(text.len());
        *end = length;
        (free, rest) = (free_ends, more);
    }
    ends
}

/// Returns the texts behind each other.
pub(super) const fn joined<const N: usize>(texts: &[&str]) -> [u8; N] {
    let mut bytes = [b' '; N];
    let (mut free, mut rest): (&mut [u8], _) = (&mut bytes, texts);
    while let [text, more @ ..] = rest {
        let Some((place, free_bytes)) = free.split_at_mut_checked(text.len()) else { break };
        place.copy_from_slice(text.as_bytes());
        (free, rest) = (free_bytes, more);
    }
    bytes
}

/// Returns the length of a file without its comments and without its examples, which are at its
/// end.
///
/// A program that sends needs neither, and without them the catalogue is half as large. They are
/// left out of a copy, because a part of the file would keep all of the file in the program.
pub(super) const fn bare_length(file: &str) -> usize {
    let (mut rest, mut length) = (file.as_bytes(), 0_usize);
    while let Some((line, behind)) = next_line(rest) {
        if !is_comment(line) {
            length = length.saturating_add(line.len());
        }
        rest = behind;
    }
    length
}

/// Copies the first `N` bytes of a file without its comments and examples.
pub(super) const fn bare<const N: usize>(file: &str) -> [u8; N] {
    let mut copy = [b' '; N];
    let (mut free, mut rest): (&mut [u8], _) = (&mut copy, file.as_bytes());
    while let Some((line, behind)) = next_line(rest) {
        if !is_comment(line) {
            let Some((place, free_bytes)) = free.split_at_mut_checked(line.len()) else { break };
            place.copy_from_slice(line);
            free = free_bytes;
        }
        rest = behind;
    }
    copy
}

/// Splits off the first line, with the line break before it. Returns `None` at the end, and before
/// the examples.
const fn next_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut rest = match text {
        []
        | [b'\n', b'[', b'[', b'e', b'x', b'a', b'm', b'p', b'l', b'e', b']', b']', ..]
        | [b'\n', b'[', b'[', b'r', b'e', b'p', b'o', b'r', b't', b's', b'.', b'e', b'x', ..] => {
            return None;
        }
        [_, rest @ ..] => rest,
    };
    // The compiler runs this for half a megabyte, so there are few steps and no calls.
    while let [byte, behind @ ..] = rest {
        if *byte == b'\n' {
            break;
        }
        rest = behind;
    }
    text.split_at_checked(text.len().saturating_sub(rest.len()))
}

/// Returns whether a line with the line break before it is a comment.
const fn is_comment(line: &[u8]) -> bool {
    matches!(line, [b'\n', b'#', ..])
}

/// Returns the bytes of a spec as text.
pub(super) const fn spec_text(bytes: &'static [u8]) -> &'static str {
    // Whole lines were left out, so the text is whole.
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => "",
    }
}

/// Declares the constructors and the table of the catalogue.
macro_rules! catalogue {
    ($($(#[doc = $docs:literal])* $function:ident = $name:literal ($($var:ident),*);)*) => {
        /// The names of all gateways, in alphabetical order.
        pub(super) const NAMES: &[&str] = &[$($name),*];

        #[expect(non_upper_case_globals, reason = "the names of the constructors")]
        impl BareSpec {
            $(const $function: &str = texts!($name);)*
        }

        // One text and one table, because a program contains all of what it uses a part of: one
        // that needs a spec by its name does not need the examples.

        /// The texts of all gateways without comments and examples.
        pub(super) static SPECS: JoinedSpecs = {
            const TEXTS: &[&str] = &[$(BareSpec::$function),*];
            const ENDS: [usize; TEXTS.len()] = ends(TEXTS);
            const JOINED: &[u8] = &joined::<{ total(TEXTS) }>(TEXTS);
            JoinedSpecs { text: spec_text(JOINED), ends: &ENDS }
        };

        /// The whole files of all gateways.
        pub(super) const FILES: &[CatalogueEntry] = &[$(CatalogueEntry {
            name: $name,
            text: include_str!(concat!($name, ".toml")),
        }),*];

        $(
            $(#[doc = $docs])*
            pub fn $function($($var: impl Into<VarSource>),*) -> HttpGatewayBuilder {
                // An error of the file would be one of `build`, so no `Result` is needed here.
                HttpGatewayBuilder::new(GatewaySpec::from_toml(BareSpec::$function))
                    $(.var(stringify!($var), $var))*
            }
        )*
    };
}

/// The text of a file without its comments and examples.
macro_rules! texts {
    ($name:literal) => {{
        const FILE: &str = include_str!(concat!($name, ".toml"));
        const LENGTH: usize = bare_length(FILE);
        const SPEC: &[u8] = &bare::<LENGTH>(FILE);
        spec_text(SPEC)
    }};
}

pub(super) use {catalogue, texts};
