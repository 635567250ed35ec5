//! What the tests of the login examples share.

use std::error::Error;
use std::time::Duration;

use otpost::PhoneNumber;
use otpost::challenge::{Challenges, Client, Pepper, Policy, Purpose};
use otpost::store::{ChallengeStore, LimitStore};
use otpost::testing::RecordingProvider;

/// The pepper of the examples in tests, for their variable `OTPOST_PEPPER`.
pub const PEPPER: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const LOGIN: Purpose<'_> = Purpose::new("login");

/// Requests as many messages for a number as strangers, and possibly humans, may within an hour.
pub async fn use_up(
    store: impl ChallengeStore + LimitStore,
    number: &str,
    of_humans: bool,
) -> Result<(), Box<dyn Error>> {
    let challenges = Challenges::builder(Pepper::parse(PEPPER)?)
        .app("Acme")
        .provider(RecordingProvider::new())
        .store(store)
        .regions(["CH"])
        .policy(Policy::sms().with_cooldown(Duration::ZERO))
        .build()?;
    let to = PhoneNumber::parse(number)?;
    // Ends the cooldown after a message of the service.
    challenges.reset(&to, LOGIN).await?;
    for _ in 0..5 {
        challenges.issue(&to, LOGIN, Client::Internal).await?;
        if of_humans {
            challenges.issue(&to, LOGIN, Client::Internal).human().await?;
        }
    }
    Ok(())
}

/// Returns the code in a message of an example, or the whole text if it contains none.
#[track_caller]
pub fn code_in(text: &str) -> String {
    assert!(text.contains("ist Ihr Acme-Code."), "{text}");
    let mut words = text.split(' ');
    words.find(|word| word.len() == 6 && word.parse::<u32>().is_ok()).unwrap_or(text).to_owned()
}
