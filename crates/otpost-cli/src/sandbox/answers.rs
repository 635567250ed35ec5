//! The next responses: per gateway, and per number.

use std::collections::HashMap;

use super::magic::magic_answer;
use super::wanted::WantedAnswer;

/// The maximum number of numbers with responses of their own.
const MAX_NUMBERS: usize = 1_000;

/// A wanted response, and the number of messages that still get it.
#[derive(Clone, Copy)]
pub(super) struct NextAnswer {
    pub(super) answer: WantedAnswer,
    /// `None` for all messages.
    pub(super) times: Option<u64>,
}

/// The next responses of all gateways.
pub(super) struct NextAnswers {
    of_gateways: Vec<NextAnswer>,
    of_numbers: HashMap<(usize, String), NextAnswer>,
}

impl NextAnswer {
    const USUAL: Self = Self { answer: WantedAnswer::USUAL, times: None };

    /// Uses the answer for one message. Returns `true` if no further message gets it.
    fn is_last(&mut self) -> bool {
        let Some(times) = &mut self.times else { return false };
        *times = times.saturating_sub(1);
        *times == 0
    }
}

impl NextAnswers {
    pub(super) fn new(gateways: usize) -> Self {
        Self { of_gateways: vec![NextAnswer::USUAL; gateways], of_numbers: HashMap::new() }
    }

    /// Returns the next response of a gateway.
    pub(super) fn of(&self, gateway: usize) -> NextAnswer {
        self.of_gateways.get(gateway).copied().unwrap_or(NextAnswer::USUAL)
    }

    /// Sets the next response of a gateway, or only that to a number.
    pub(super) fn set(
        &mut self,
        gateway: usize,
        to: Option<String>,
        next: NextAnswer,
    ) -> Result<(), String> {
        match to {
            None => {
                if let Some(known) = self.of_gateways.get_mut(gateway) {
                    *known = next;
                }
            }
            Some(to) => {
                let key = (gateway, to);
                if self.of_numbers.len() >= MAX_NUMBERS && !self.of_numbers.contains_key(&key) {
                    return Err(format!(
                        "to: at most {MAX_NUMBERS} numbers can have a response of their own"
                    ));
                }
                self.of_numbers.insert(key, next);
            }
        }
        Ok(())
    }

    /// Uses the response to a message. The flag is `true` if that of the gateway has changed.
    ///
    /// A response that was set for the number comes first, then a magic number, then the response
    /// of the gateway. So a test that sets a response for its own number is not disturbed.
    pub(super) fn take(&mut self, gateway: usize, to: Option<&str>) -> (WantedAnswer, bool) {
        if let Some(to) = to {
            let key = (gateway, to.to_owned());
            if let Some(next) = self.of_numbers.get_mut(&key) {
                let answer = next.answer;
                if next.is_last() {
                    self.of_numbers.remove(&key);
                }
                return (answer, false);
            }
            if let Some(answer) = magic_answer(to) {
                return (answer, false);
            }
        }
        let Some(next) = self.of_gateways.get_mut(gateway) else {
            return (WantedAnswer::USUAL, false);
        };
        let answer = next.answer;
        let has_changed = next.times.is_some();
        if next.is_last() {
            *next = NextAnswer::USUAL;
        }
        (answer, has_changed)
    }
}
