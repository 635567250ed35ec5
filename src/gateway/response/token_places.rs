use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use super::answer::Answer;
use super::extract::MAX_NAME;
use super::parse_retry_after;
use super::pattern::{Pattern, PatternBudget};
use super::place::{ExtractPlace, MAX_PLACE, first};
use crate::gateway::error::SpecError;
use crate::gateway::spec::{TokenAuth, WaitUnit};
use crate::secret::SecretString;

/// The maximum length of a token, in bytes, the same as that of a header.
const MAX_TOKEN: usize = 8 * 1_024;

/// The places of the values in the response to a token request.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct TokenPlaces {
    regex: Option<Pattern>,
    /// The token is the first.
    values: Vec<ExtractPlace>,
    expires_in: Option<(ExtractPlace, WaitUnit)>,
}

impl TokenPlaces {
    pub(in crate::gateway) fn compile(auth: &TokenAuth, path: &str) -> Result<Self, SpecError> {
        let budget = PatternBudget::new();
        let regex = auth.body_regex.as_deref();
        let regex = regex
            .map(|text| Pattern::compile(text, &budget, &format_args!("{path}.body_regex")))
            .transpose()?;
        let place = |key: &str, text: &str| {
            if text.len() > MAX_PLACE {
                let problem = "the place has more than 512 bytes";
                let hint = "write the place that the gateway documents";
                return Err(SpecError::new(format!("{path}.{key}"), problem, hint));
            }
            ExtractPlace::compile(text, regex.as_ref(), &format_args!("{path}.{key}"))
        };
        let mut values = vec![place("token", &auth.token)?];
        for (name, text) in auth.values.iter() {
            values.push(place(&format!("values.{name}"), &text.0)?);
        }
        let expires_in = auth.expires_in.as_ref();
        let expires_in = expires_in
            .map(|spec| Ok::<_, SpecError>((place("expires_in", &spec.at)?, spec.unit)))
            .transpose()?;
        Ok(Self { regex, values, expires_in })
    }

    /// Returns the values, or the reason why one is missing.
    pub(in crate::gateway) fn read(
        &self,
        answer: &Answer<'_>,
    ) -> Result<Vec<SecretString>, &'static str> {
        let read = |place: &ExtractPlace| {
            let found = first(std::slice::from_ref(place), answer, self.regex.as_ref(), MAX_TOKEN);
            let found = found.map(Zeroizing::new);
            found.map(|text| SecretString::from(text.as_str())).ok_or({
                match (place.is_readable(answer), place.is_json()) {
                    (true, _) => "the response to the token request contains no token",
                    (false, true) => "the response to the token request is not JSON",
                    (false, false) => "the response to the token request is not XML",
                }
            })
        };
        self.values.iter().map(read).collect()
    }

    /// Returns the lifetime of the token, if the response contains one.
    pub(in crate::gateway) fn lifetime(
        &self,
        answer: &Answer<'_>,
        now: SystemTime,
    ) -> Option<Duration> {
        let (place, unit) = self.expires_in.as_ref()?;
        let places = std::slice::from_ref(place);
        let text = first(places, answer, self.regex.as_ref(), MAX_NAME);
        parse_retry_after(&text.or_else(|| place.fraction(answer))?, *unit, now)
    }
}
