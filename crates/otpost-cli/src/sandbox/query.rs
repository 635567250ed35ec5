//! Parameters of the API.

use std::time::Duration;

use otpost::PhoneNumber;

/// The longest time to wait for a message.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// The query of a request.
pub(super) struct ApiQuery(Vec<(String, String)>);

impl ApiQuery {
    pub(super) fn parse(query: &str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// Returns an error for a parameter that is not one of these. A mistyped one would otherwise
    /// have no effect.
    pub(super) fn check(&self, known: &[&str]) -> Result<(), String> {
        if self.0.iter().all(|(name, _)| known.contains(&name.as_str())) {
            return Ok(());
        }
        Err(format!("unknown parameter: expected {}", known.join(", ")))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns the number in `to`. An error repeats no part of it.
    pub(super) fn to(&self) -> Result<Option<String>, String> {
        self.get("to").map(|number| parse_number(number, "to")).transpose()
    }

    pub(super) fn since(&self) -> Result<Option<u64>, String> {
        let expected = "since: expected the number of a message, from 0";
        self.get("since").map(|text| text.parse().map_err(|_| expected.to_owned())).transpose()
    }

    pub(super) fn wait(&self) -> Result<Duration, String> {
        let Some(text) = self.get("wait") else { return Ok(Duration::ZERO) };
        let wait = humantime::parse_duration(text).ok().filter(|wait| *wait <= MAX_WAIT);
        wait.ok_or_else(|| "wait: expected a time of at most 60 s, such as 5s".to_owned())
    }
}

/// Decodes a segment of a path.
pub(super) fn decode_segment(segment: &str) -> String {
    // A plus in a path is a plus, and in a form it is a blank.
    let form = segment.replace('+', "%2B");
    let decoded = form_urlencoded::parse(form.as_bytes()).next();
    decoded.map(|(text, _)| text.into_owned()).unwrap_or_default()
}

/// Parses a number in E.164. A plus that was read as a blank, or left out, is added.
pub(super) fn parse_number(text: &str, name: &str) -> Result<String, String> {
    let digits = text.trim_start_matches([' ', '+']);
    let number = PhoneNumber::parse(&format!("+{digits}"));
    number.map(|number| number.e164().to_owned()).map_err(|error| format!("{name}: {error}"))
}
