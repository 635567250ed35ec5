//! The spans of a challenge, and the words that stand for its results in spans and metrics.

use super::error::{ChallengeError, ChallengeErrorKind};
use super::issued::{Challenge, Delivery};
use super::purpose::Purpose;
use super::step::Step;
use super::verdict::Verdict;
use crate::clock::Stopwatch;
use crate::phone::{PhoneNumber, Region};
use crate::store::StoreErrorKind;
use crate::telemetry::{self, Ended, Span};

type Issued = Result<Challenge, ChallengeError>;

pub(super) async fn issue(
    purpose: Purpose<'_>,
    to: Option<&PhoneNumber>,
    work: impl Future<Output = Issued>,
) -> Issued {
    let region = to.and_then(PhoneNumber::region);
    let span = Span::issue(purpose.as_str(), region.as_ref().map(Region::as_str));
    let watch = Stopwatch::start();
    let issued = span.run(work).await;
    telemetry::end_issue(&span, &ended(&issued, watch));
    issued
}

pub(super) async fn resend(purpose: Purpose<'_>, work: impl Future<Output = Issued>) -> Issued {
    let (span, watch) = (Span::resend(purpose.as_str()), Stopwatch::start());
    let sent = span.run(work).await;
    telemetry::end_resend(&span, &ended(&sent, watch));
    sent
}

pub(super) async fn verify(
    purpose: Purpose<'_>,
    work: impl Future<Output = Result<Verdict, ChallengeError>>,
) -> Result<Verdict, ChallengeError> {
    let (span, watch) = (Span::verify(purpose.as_str()), Stopwatch::start());
    let verdict = span.run(work).await;
    let elapsed = watch.elapsed();
    let ended = match &verdict {
        Ok(Verdict::Accepted(accepted)) => {
            let challenge = Some(accepted.challenge_id() as _);
            Ended { result: "accepted", is_error: false, challenge, elapsed }
        }
        Ok(verdict) => Ended { result: verdict.code(), is_error: false, challenge: None, elapsed },
        Err(error) => {
            Ended { result: error_kind(error.kind()), is_error: true, challenge: None, elapsed }
        }
    };
    telemetry::end_verify(&span, &ended);
    verdict
}

fn ended(issued: &Issued, watch: Stopwatch) -> Ended<'_> {
    let elapsed = watch.elapsed();
    match issued {
        Ok(challenge) => {
            let result = delivery(challenge.delivery());
            Ended { result, is_error: false, challenge: Some(challenge.id()), elapsed }
        }
        Err(error) => {
            Ended { result: error_kind(error.kind()), is_error: true, challenge: None, elapsed }
        }
    }
}

const fn delivery(delivery: &Delivery) -> &'static str {
    match delivery {
        Delivery::Accepted(_) => "accepted",
        Delivery::Queued => "queued",
        Delivery::Unknown(_) => "unknown",
        Delivery::Unneeded => "unneeded",
    }
}

const fn error_kind(kind: ChallengeErrorKind) -> &'static str {
    match kind {
        ChallengeErrorKind::Binding => "binding",
        ChallengeErrorKind::Contested => "contested",
        ChallengeErrorKind::Cooldown => "cooldown",
        ChallengeErrorKind::Gone => "gone",
        ChallengeErrorKind::Limited => "limited",
        ChallengeErrorKind::Locked => "locked",
        ChallengeErrorKind::Message => "message",
        ChallengeErrorKind::Quota => "quota",
        ChallengeErrorKind::Random => "random",
        ChallengeErrorKind::Region => "region",
        ChallengeErrorKind::Send => "send",
        ChallengeErrorKind::Unavailable => "unavailable",
        ChallengeErrorKind::Unconfirmed => "unconfirmed",
    }
}

pub(super) const fn store_error_kind(kind: StoreErrorKind) -> &'static str {
    match kind {
        StoreErrorKind::Corrupt => "corrupt",
        StoreErrorKind::Full => "full",
        StoreErrorKind::Unavailable => "unavailable",
    }
}

pub(super) const fn step(step: Step) -> &'static str {
    match step {
        Step::Decoy => "decoy",
        Step::Dropped => "dropped",
        Step::Expired => "expired",
        Step::Idle => "idle",
        Step::Postponed => "postponed",
        Step::Sent => "sent",
    }
}
