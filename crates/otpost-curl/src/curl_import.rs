//! A curl command as a spec: paste what works, and get what it means.

mod address;
mod assemble;
mod body;
mod call;
mod candidate;
mod cmd;
mod coding;
mod data;
mod guess;
mod headers;
mod json;
mod literals;
mod note;
mod options;
mod pairs;
mod places;
mod sample;
mod shell;
mod template;
mod variables;

use std::fmt;

use super::super::config::HttpGatewayBuilder;
use super::super::error::SpecError;
use super::super::http_gateway::HttpGateway;
use super::super::spec::GatewaySpec;
use crate::secret::SecretString;

pub use note::CurlNote;
pub use sample::Sample;

/// A curl command that was read: the spec, the values of its variables, and a report.
///
/// `Display` prints the report, a line for each note.
///
/// # Security
///
/// What is recognised as a secret is in [`expose_values`](Self::expose_values) alone. Recognition is by names and looks, and
/// so it is a guess: a password such as `sunshine` in a field called `x` looks like any other word, and stays in the spec.
/// Each literal that is left in the spec has a [`CurlNote::Literal`] with its place and its length, so that a person can look
/// at all of them before the spec is shared. The names of fields, headers, elements and members are taken over as they are.
/// The report holds names and lengths, and never a value.
#[derive(Clone, Debug)]
pub struct CurlImport {
    spec: GatewaySpec,
    values: Vec<(String, SecretString)>,
    notes: Vec<CurlNote>,
}

impl CurlImport {
    /// The spec. It has no rules for answers yet: [`CurlNote::NoRules`].
    #[must_use]
    pub const fn spec(&self) -> &GatewaySpec {
        &self.spec
    }

    /// The report: what was found, what was left out, and what to look at.
    #[must_use]
    pub fn notes(&self) -> &[CurlNote] {
        &self.notes
    }

    /// The variables whose values stood in the command, such as a password.
    pub fn expose_values(&self) -> impl Iterator<Item = (&str, &SecretString)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// A gateway with the values of the command. What the command had as a variable of the shell without a value is yet to
    /// be given.
    pub fn gateway(&self) -> HttpGatewayBuilder {
        let builder = HttpGateway::builder(self.spec.clone());
        self.values.iter().fold(builder, |builder, (name, value)| builder.var(name, value.clone()))
    }
}

impl fmt::Display for CurlImport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.notes.iter().try_for_each(|note| writeln!(f, "{note}"))
    }
}

impl GatewaySpec {
    /// Reads a curl command that works, and makes the spec that sends the same.
    ///
    /// What the command sends of the sample becomes a placeholder: the number as it stands there (with a plus or without,
    /// with zeros, national, as a JSON number), the text, the code, the sender. These become variables:
    ///
    /// - what `-u`, an `Authorization` header, a cookie or a field that is named like a secret holds;
    /// - values of six and more characters that mix letters and digits, and values of 20 and more characters without blanks,
    ///   unless they are times, URLs or the names of accounts, senders, formats and charsets; in the path from eight
    ///   characters, and behind `/bot`; at most 32 variables are made by looks alone;
    /// - the variables of the shell that have no value or one of three characters and more.
    ///
    /// All other values stay in the spec, where a secret may be among them that looks like a word. Each of them is listed by a
    /// [`CurlNote::Literal`] with its place and length: look at these before the spec is shared.
    ///
    /// Commands for POSIX shells and for the Windows command prompt are read, as people write them and as Postman, Insomnia and
    /// browsers export them.
    ///
    /// # Errors
    ///
    /// [`SpecError`] when the command cannot be read or otpost cannot make the request: an unknown option, a body in a file,
    /// no place with the number. It names the place and what to do, never a value.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::gateway::{GatewaySpec, Sample};
    /// use otpost::PhoneNumber;
    ///
    /// let command = r#"
    ///     curl https://sms.acme.example/send \
    ///       -H 'Accept: application/json' \
    ///       -d 'messageText=123456+is+your+code&destinationAddress=12025550123' \
    ///       -d username=acme -d password=hunter2
    /// "#;
    /// let sample = Sample::new(PhoneNumber::parse("+12025550123")?, "123456 is your code");
    /// let import = GatewaySpec::from_curl(command, &sample)?;
    ///
    /// let toml = import.spec().to_toml()?;
    /// assert!(toml.contains(r#"messageText = "{{text}}""#));
    /// assert!(toml.contains(r#"destinationAddress = "{{to|plain}}""#));
    /// assert!(toml.contains(r#"password = "{{password}}""#) && !toml.contains("hunter2"));
    /// println!("{import}"); // what was found, and what to look at
    ///
    /// # #[cfg(feature = "reqwest")]
    /// let gateway = import.gateway().build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_curl(command: &str, sample: &Sample) -> Result<CurlImport, SpecError> {
        assemble::import(command, sample)
    }
}

/// An error of the command itself.
fn refuse(problem: &str, hint: &str) -> SpecError {
    SpecError::new("curl", problem, hint)
}
