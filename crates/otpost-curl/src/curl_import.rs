use std::fmt;

use otpost::SecretString;
use otpost::gateway::{GatewaySpec, HttpGateway, HttpGatewayBuilder};

use crate::note::CurlNote;

/// The result of [`import`](crate::import()): a spec, the values of its variables, and a report.
///
/// `Display` prints the report: one line for all literals, and one for each other note.
///
/// # Security
///
/// Values that were recognized as secrets are only in [`expose_values`](Self::expose_values).
/// Secrets are recognized by names and patterns, so the detection can miss one: a password such as
/// `sunshine` in a field called `x` looks like any other word and stays in the spec. Each literal
/// that stays in the spec has a [`CurlNote::Literal`] with its place and length: review them before
/// you share the spec. The names of fields, headers, elements and members are copied as they are.
/// The report holds names and lengths, and never a value.
#[derive(Clone, Debug)]
pub struct CurlImport {
    pub(crate) spec: GatewaySpec,
    pub(crate) values: Vec<(String, SecretString)>,
    pub(crate) notes: Vec<CurlNote>,
}

impl CurlImport {
    /// Returns the spec. It has no rules for responses yet: see [`CurlNote::NoRules`].
    #[must_use]
    pub const fn spec(&self) -> &GatewaySpec {
        &self.spec
    }

    /// Returns the report: what was found, what was omitted, and what needs a review.
    #[must_use]
    pub fn notes(&self) -> &[CurlNote] {
        &self.notes
    }

    /// Returns the names and values of the variables whose values were in the command, such as a
    /// password.
    pub fn expose_values(&self) -> impl Iterator<Item = (&str, &SecretString)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Returns a builder for a gateway that uses the values of the command.
    ///
    /// A shell variable without a value in the command, such as `$TOKEN`, has no value here either:
    /// set it before you build the gateway.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::PhoneNumber;
    /// use otpost_curl::Sample;
    ///
    /// let command = "curl https://sms.acme.example/send -H \"X-Key: $KEY\" \
    ///                -d to=12025550123 -d text=hello";
    /// let sample = Sample::new(PhoneNumber::parse("+12025550123")?, "hello");
    /// let import = otpost_curl::import(command, &sample)?;
    ///
    /// let gateway = import.gateway().var("key", "hunter2").build()?;
    /// # let _ = gateway;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn gateway(&self) -> HttpGatewayBuilder {
        let builder = HttpGateway::builder(self.spec.clone());
        self.values.iter().fold(builder, |builder, (name, value)| builder.var(name, value.clone()))
    }
}

impl fmt::Display for CurlImport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The words of a path and media types are literals, too. With a line for each of them, the
        // other notes are hard to find.
        let is_literal = |note: &&CurlNote| matches!(note, CurlNote::Literal { .. });
        let mut others = self.notes.iter().filter(|note| !is_literal(note));
        others.try_for_each(|note| writeln!(f, "{note}"))?;
        let mut literals = self.notes.iter().filter_map(|note| match note {
            CurlNote::Literal { place, length } => Some((place, length)),
            _ => None,
        });
        let Some(first) = literals.next() else { return Ok(()) };
        write!(f, "literals that stay in the spec, with their lengths: {} ({}", first.0, first.1)?;
        let mut last = first.0;
        for (place, length) in literals {
            match place == last {
                true => write!(f, ", {length}")?,
                false => write!(f, "), {place} ({length}")?,
            }
            last = place;
        }
        // A literal of one character is too short for a secret.
        let is_question = self
            .notes
            .iter()
            .any(|note| matches!(note, CurlNote::Literal { length, .. } if *length > 1));
        writeln!(f, "){}", if is_question { ". Is one of them a secret?" } else { "" })
    }
}
