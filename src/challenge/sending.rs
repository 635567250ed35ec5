//! The common steps of `issue` and `resend`.

use std::hint::black_box;
use std::time::Duration;

use super::event::{Event, EventKind, ProviderMessageId};
use super::issued::Delivery;
use super::options::Options;
use super::purpose::Purpose;
use super::reported::decoy_id;
use super::store_calls::StoreCalls;
use super::{ChallengeError, ChallengeErrorKind, Challenges, test_number};
use crate::clock::Stopwatch;
use crate::message::{Locale, Message, MessageError, MessageId, MessageTemplates, Segments};
use crate::otp::{Code, fill_random};
use crate::phone::PhoneNumber;
use crate::provider::{Fate, Provider, Receipt, SendError, trace};
use crate::store::{ChallengeId, Salt};

/// The parts of a message other than its code.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) to: &'a PhoneNumber,
    pub(super) purpose: Purpose<'a>,
    pub(super) locale: Option<&'a Locale>,
    pub(super) vars: &'a [(String, String)],
}

impl<'a> About<'a> {
    pub(super) fn new(to: &'a PhoneNumber, purpose: Purpose<'a>, options: &'a Options<'_>) -> Self {
        Self { to, purpose, locale: options.locale.as_ref(), vars: &options.vars }
    }
}

impl Challenges {
    /// Draws random bytes for an id and a salt.
    pub(super) fn draw(&self) -> Result<([u8; 16], Salt), ChallengeError> {
        // Two draws: the id may be logged, so the salt must not be derivable from it.
        let (mut random, mut salt) = ([0; 16], [0; 16]);
        fill_random(&mut random)?;
        fill_random(&mut salt)?;
        Ok((random, Salt::new(salt)))
    }

    /// Returns the code of a challenge. A test number has a fixed one. Returns `None` if the key of
    /// the id is missing.
    pub(super) fn code(&self, id: &ChallengeId, salt: &Salt, to: &PhoneNumber) -> Option<Code> {
        let fixed = self.fixed_code(to).cloned();
        fixed.or_else(|| self.0.keys.code(id, salt, self.0.policy.digits))
    }

    fn fixed_code(&self, to: &PhoneNumber) -> Option<&Code> {
        test_number::find(&self.0.test_numbers, to, self.0.clock.now())
    }

    pub(super) fn is_test(&self, to: &PhoneNumber) -> bool {
        self.fixed_code(to).is_some()
    }

    /// Creates the message that contains a code.
    pub(super) fn message(
        &self,
        about: About<'_>,
        code: &Code,
        lifetime: Duration,
        id: MessageId,
    ) -> Result<Message, ChallengeError> {
        let texts = &self.0.texts;
        let found = texts.find(about.purpose.as_str(), about.locale);
        let found = found.or_else(|| texts.find(MessageTemplates::LOGIN, about.locale));
        let template = found.ok_or_else(|| ChallengeError::new(ChallengeErrorKind::Message))?;
        let rendered = match about.vars {
            [] => template.render(code, lifetime),
            vars => vars
                .iter()
                .try_fold(template.clone(), |template, (name, value)| {
                    template.with_var(name, value)
                })
                .and_then(|template| template.render(code, lifetime)),
        };
        let mut text = rendered.map_err(MessageError::from)?;
        if let Some(autofill) = &self.0.autofill {
            let composed = autofill.compose(text.expose(), code);
            text = composed.map_err(ChallengeError::message)?;
        }
        // `build` skips texts with variables, as it does not know their values. So check the length
        // here.
        self.0.segments.check(text.expose()).map_err(ChallengeError::message)?;
        let message = Message::new_with_id(about.to.clone(), text, id)?;
        let values = about.vars.iter().map(|(_, value)| value.as_str());
        // A gateway may repeat the text in its error. Record the values, so that they are masked
        // there.
        let message = message.with_personal(values);
        let message = message.with_code(code.clone()).with_lifetime(lifetime);
        Ok(match about.locale {
            Some(locale) => message.with_locale(locale.clone()),
            None => message,
        })
    }

    /// Checks that a message can be created, with a code of zeros and the whole lifetime, before
    /// the store counts it.
    pub(super) fn check_message(&self, about: About<'_>) -> Result<(), ChallengeError> {
        let kind = ChallengeErrorKind::Message;
        let zeros = "0".repeat(self.0.policy.digits.count());
        let code = Code::parse(&zeros).map_err(|_| ChallengeError::new(kind))?;
        let id = MessageId::from_bytes([0; 16]);
        self.message(about, &code, self.0.policy.lifetime(), id).map(drop)
    }

    /// Sends the message of an open challenge, and records it in the delivery log.
    ///
    /// That of a decoy takes the same steps, but is neither given to the provider nor reported nor
    /// counted. So it takes as long as with a provider that accepts at once.
    pub(super) async fn deliver(
        &self,
        calls: &StoreCalls<'_>,
        id: &ChallengeId,
        message: &Message,
        purpose: Purpose<'_>,
        is_decoy: bool,
    ) -> Result<Delivery, SendError> {
        let delivery = self.deliver_unlogged(id, message, purpose, is_decoy).await?;
        self.log_delivery(calls, id, message, purpose, &delivery, is_decoy).await;
        Ok(delivery)
    }

    /// Sends the message of an open challenge. The caller then records it with
    /// [`log_delivery`](Self::log_delivery).
    pub(super) async fn deliver_unlogged(
        &self,
        id: &ChallengeId,
        message: &Message,
        purpose: Purpose<'_>,
        is_decoy: bool,
    ) -> Result<Delivery, SendError> {
        let to = message.to();
        if self.is_test(to) {
            return Ok(Delivery::Unneeded);
        }
        // Without an observer nobody asks how long it took.
        let watch = self.0.observer.is_some().then(Stopwatch::start);
        let tell = |kind: EventKind<'_>| {
            // The compiler must not skip the work for an event that is not reported.
            let event = black_box(Event::new(kind, purpose).of(id).to(to));
            if !is_decoy {
                self.tell(event);
            }
        };
        let failed = match self.send(message, is_decoy).await {
            Ok(receipt) => {
                if let Some(watch) = watch {
                    tell(sent(&receipt, message, watch));
                }
                self.0.counts.sent(to.region(), is_decoy);
                return Ok(Delivery::Accepted(receipt));
            }
            Err(error) => error,
        };
        if let Some(watch) = watch {
            tell(send_failed(self.0.provider.name(), &failed, message, watch));
        }
        // The message may arrive, so the user must be able to enter its code.
        if failed.fate() == Fate::Unknown {
            self.0.counts.sent(to.region(), is_decoy);
            return Ok(Delivery::Unknown(failed));
        }
        Err(failed)
    }

    /// Records a message that was or may have been sent in the delivery log.
    pub(super) async fn log_delivery(
        &self,
        calls: &StoreCalls<'_>,
        id: &ChallengeId,
        message: &Message,
        purpose: Purpose<'_>,
        delivery: &Delivery,
        is_decoy: bool,
    ) {
        let name = match delivery {
            Delivery::Accepted(receipt) => {
                let id_there =
                    if is_decoy { Some(decoy_id(message)) } else { receipt.message_id() };
                (receipt.provider(), id_there)
            }
            Delivery::Unknown(error) => (failed_provider(self.0.provider.name(), error), None),
            Delivery::Queued | Delivery::Unneeded => return,
        };
        self.log_sent(calls, id, message, purpose, name).await;
    }

    /// Sends a message in a span, also with a provider of the application.
    async fn send(&self, message: &Message, is_decoy: bool) -> Result<Receipt, SendError> {
        // Both are called in the same way, so that the time does not tell them apart.
        let provider: &dyn Provider = match is_decoy {
            true => &self.0.decoy_provider,
            false => &*self.0.provider,
        };
        // The compiler must not turn this into two branches.
        let provider = black_box(provider);
        let traced = if is_decoy { None } else { trace::send(provider, message) };
        match traced {
            Some(traced) => traced.await,
            None => provider.send(message).await,
        }
    }
}

fn sent<'a>(receipt: &'a Receipt, message: &Message, watch: Stopwatch) -> EventKind<'a> {
    EventKind::Sent {
        provider: receipt.provider(),
        message_id: receipt.message_id().map(ProviderMessageId::new),
        segments: Segments::of(message.text().expose()).count,
        duration: watch.elapsed(),
    }
}

fn send_failed<'a>(
    provider: &'a str,
    error: &'a SendError,
    message: &Message,
    watch: Stopwatch,
) -> EventKind<'a> {
    EventKind::SendFailed {
        provider: failed_provider(provider, error),
        kind: error.kind(),
        fate: error.fate(),
        stage: error.stage(),
        gateway_code: error.gateway_code(),
        gateway_words: error.gateway_words(),
        segments: Segments::of(message.text().expose()).count,
        duration: watch.elapsed(),
    }
}

/// Returns the name of the gateway that failed. A wrapper such as `Failover` has one name for
/// several gateways.
fn failed_provider<'a>(provider: &'a str, error: &'a SendError) -> &'a str {
    error.attempts().last().map_or(provider, |last| &last.provider)
}
