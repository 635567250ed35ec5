use super::place::MAX_VALUE;
use crate::gateway::error::SpecError;
use crate::gateway::spec::PlainText;
use crate::provider::ReportStatus;

/// The maximum number of words. The gateway with the most has 50.
const MAX_WORDS: usize = 512;

/// The meaning of a gateway's words for the status of a message.
#[derive(Clone, Debug)]
pub(super) struct StatusWords(Vec<(String, ReportStatus)>);

impl StatusWords {
    pub(super) fn compile(lists: &[(ReportStatus, Vec<PlainText>)]) -> Result<Self, SpecError> {
        let mut words: Vec<(String, ReportStatus)> = Vec::new();
        for (status, list) in lists {
            let refuse = |problem: String, hint: &str| {
                Err(SpecError::new(format!("reports.statuses.{status}"), problem, hint))
            };
            for PlainText(word) in list {
                if word.is_empty() || word.len() > MAX_VALUE || word.trim() != word {
                    let hint = "write it as it is in the report, without white space around it";
                    return refuse("a word is empty or has more than 256 bytes".to_owned(), hint);
                }
                let word = word.to_lowercase();
                if words.iter().any(|(known, _)| *known == word) {
                    let hint = "keep it under one status: upper and lower case are the same";
                    return refuse(format!("the word `{word}` is listed twice"), hint);
                }
                words.push((word, *status));
            }
            if words.len() > MAX_WORDS {
                return refuse("there are more than 512 words".to_owned(), "remove rare ones");
            }
        }
        Ok(Self(words))
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the meaning of a word, if it is listed.
    pub(super) fn find(&self, word: &str) -> Option<ReportStatus> {
        // Almost all words are ASCII, for which nothing is allocated.
        let lower;
        let is = |known: &str| known.eq_ignore_ascii_case(word);
        let found = self.0.iter().find(|(known, _)| is(known));
        let found = match found {
            None if !word.is_ascii() => {
                lower = word.to_lowercase();
                self.0.iter().find(|(known, _)| *known == lower)
            }
            found => found,
        };
        found.map(|(_, status)| *status)
    }
}
