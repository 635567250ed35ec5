use std::fmt;

use super::quote::{ShellWord, variable};
use crate::gateway::request::header::Header;
use crate::gateway::request::masked::MaskedBytes;
use crate::secret::{SecretBytes, SecretString};

/// A request as a curl command.
///
/// The configured secrets are shell variables. A header that contains a secret is one variable.
/// Everything else is written out, including the phone number, the text and the code of the
/// message.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "reqwest")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let gateway = otpost::gateways::link_mobility("acme", "hunter2").build()?;
///
/// // With a sample number and a sample code, for a colleague or a support ticket.
/// let command = gateway.sample_curl()?;
/// assert_eq!(
///     command.to_string(),
///     "# PASSWORD: as it stands in the request, encoded for its place\n\
///      curl --request POST 'https://europe.ipx.com/restapi/v1/sms/send' \\\n  \
///        --header 'accept: application/json' \\\n  \
///        --header 'content-type: application/x-www-form-urlencoded; charset=UTF-8' \\\n  \
///        --data-raw 'messageText=123456+is+your+code&destinationAddress=12025550123&username=acme&password='\"$PASSWORD\"\n"
/// );
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "reqwest"))]
/// # fn main() {}
/// ```
///
/// # Security
///
/// `Display` contains the text of the message, but none of the configured secrets.
pub struct CurlCommand {
    text: String,
    variables: Vec<(String, SecretBytes)>,
}

impl CurlCommand {
    pub(in crate::gateway) fn new(
        method: &str,
        url: &MaskedBytes,
        login: Option<&SecretString>,
        headers: &[Header],
        body: &MaskedBytes,
    ) -> Self {
        let mut command = Self { text: String::new(), variables: Vec::new() };
        let url = command.word(url, "url");
        command.text = format!("curl --request {method} {url}");
        if let Some(login) = login {
            let mut word = ShellWord::default();
            word.push_variable(&command.take("digest_login", login.expose().as_bytes()));
            command.text.push_str(" \\\n  --digest --user ");
            command.text.push_str(&word.into_text());
        }
        for header in headers {
            let mut word = ShellWord::of(&format!("{}: ", header.name));
            let value = header.value.as_bytes();
            if header.is_configured {
                word.push_variable(&command.take(header.name.as_str(), value));
            } else {
                word = ShellWord::default();
                // curl takes `name:` for a header to be left out, and `name;` for an empty one.
                let colon: &[u8] = if value.is_empty() { b";" } else { b": " };
                word.push(&[header.name.as_str().as_bytes(), colon, value].concat());
            }
            command.text.push_str(" \\\n  --header ");
            command.text.push_str(&word.into_text());
        }
        if !body.is_empty() {
            let body = command.word(body, "body");
            // With `--data`, curl would read a file if the body begins with `@`.
            command.text.push_str(" \\\n  --data-raw ");
            command.text.push_str(&body);
        }
        command.text.push('\n');
        command
    }

    /// Returns the shell variables and their values, encoded for their place in the request.
    pub fn expose_variables(&self) -> impl Iterator<Item = (&str, &SecretBytes)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Returns a script for a POSIX shell that sets the variables and runs the command, which sends
    /// the message. It contains the secrets. [`to_curl`](crate::gateway::PreparedRequest::to_curl)
    /// tells what to change for a token, and how long a signature is valid.
    #[must_use]
    pub fn expose_script(&self) -> SecretString {
        let mut script = zeroize::Zeroizing::new(String::new());
        for (name, value) in &self.variables {
            let mut word = ShellWord::default();
            word.push(value.expose());
            let value = word.into_text();
            script.push_str(&format!("{name}={value}\n"));
        }
        script.push_str(&self.text);
        SecretString::from(script.as_str())
    }

    /// The shell's word for bytes of which some are secret.
    fn word(&mut self, sink: &MaskedBytes, fallback: &str) -> String {
        let mut word = ShellWord::default();
        for (bytes, secret) in sink.pieces() {
            match secret {
                None => word.push(bytes),
                // The name comes from the end of a key path, which can be empty.
                Some("") => word.push_variable(&self.take(fallback, bytes)),
                Some(name) => word.push_variable(&self.take(name, bytes)),
            }
        }
        word.into_text()
    }

    /// The variable that holds a value. The same value in another encoding is another variable.
    fn take(&mut self, name: &str, bytes: &[u8]) -> String {
        let value = SecretBytes::new(bytes);
        let base = variable(name);
        let mut name = base.clone();
        let mut number = 2_u32;
        // Different values can have the same name, such as a key in plain text and in base64.
        while let Some((_, known)) = self.variables.iter().find(|(known, _)| *known == name) {
            if *known == value {
                return name;
            }
            name = format!("{base}_{number}");
            number = number.saturating_add(1);
        }
        self.variables.push((name.clone(), value));
        name
    }
}

impl fmt::Display for CurlCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, _) in &self.variables {
            writeln!(f, "# {name}: as it stands in the request, encoded for its place")?;
        }
        f.write_str(&self.text)
    }
}

impl fmt::Debug for CurlCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.variables.iter().map(|(name, _)| name).collect();
        f.debug_struct("CurlCommand").field("variables", &names).finish_non_exhaustive()
    }
}
