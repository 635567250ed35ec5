//! Nothing is sent to whom has not agreed, nor while nobody knows.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use otpost::message::Message;
#[cfg(feature = "reqwest")]
use otpost::provider::Failover;
use otpost::provider::{ConsentGate, Fate, Provider, RequireConsent, SendErrorKind};
use otpost::testing::RecordingProvider;
use otpost::{PhoneNumber, async_trait};

struct Gate(Option<bool>, Arc<AtomicUsize>);

#[async_trait]
impl ConsentGate for Gate {
    async fn allows(&self, message: &Message) -> Result<bool, Box<dyn Error + Send + Sync>> {
        assert_eq!(message.to().e164(), "+12025550123");
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.ok_or_else(|| "the table is locked".into())
    }
}

#[tokio::test]
async fn only_who_has_agreed_gets_a_message() {
    let to = PhoneNumber::parse("+12025550123").unwrap();
    let message = Message::new(to, "123456 is your code").unwrap();
    for (answer, expected) in [
        (Some(true), None),
        (Some(false), Some((SendErrorKind::Regulatory, "has not agreed"))),
        (None, Some((SendErrorKind::Unavailable, "the table is locked"))),
    ] {
        let (asked, recording) = (Arc::<AtomicUsize>::default(), RecordingProvider::new());
        let provider = RequireConsent::new(recording.clone(), Gate(answer, asked.clone()));
        assert_eq!(provider.name(), "recording");
        let sent = provider.send(&message).await;
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        assert_eq!(recording.messages().len(), usize::from(expected.is_none()));
        let Some((kind, words)) = expected else {
            sent.unwrap();
            continue;
        };
        let error = sent.unwrap_err();
        assert_eq!((error.kind(), error.fate()), (kind, Fate::NotSent));
        assert!(error.source().unwrap().to_string().contains(words), "{error:?}");
        assert!(!format!("{provider:?}{error:?}").contains("123456"));
    }
}

#[cfg(feature = "reqwest")]
#[tokio::test]
async fn without_consent_no_other_provider_is_asked() {
    let to = PhoneNumber::parse("+12025550123").unwrap();
    let message = Message::new(to, "123456 is your code").unwrap();
    let (inner, other) = (RecordingProvider::new(), RecordingProvider::new());
    let gate = Gate(Some(false), Arc::default());
    let row = Failover::new(RequireConsent::new(inner.clone(), gate)).with_fallback(other.clone());
    assert_eq!(row.send(&message).await.unwrap_err().kind(), SendErrorKind::Regulatory);
    assert!(inner.messages().is_empty() && other.messages().is_empty());
}
