//! Clones: of wrappers they share what protects a gateway, of errors they say the same.

use std::error::Error;
use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use otpost::challenge::{Challenges, Client, Delivery, Limits, Pepper, Policy, Purpose};
use otpost::phone::Region;
use otpost::provider::{
    CircuitBreaker, CircuitBreakerState, Failover, Fate, Provider, Receipt, Retry, Route,
    RouteTarget, SendError, SendErrorKind, Stage, Throttle,
};
use otpost::store::{MemoryStore, StoreError, StoreErrorKind};
use otpost::testing::RecordingProvider;
use otpost::transport::TransportError;
use otpost::{Message, PhoneNumber, async_trait};

/// A provider that is not `Clone`, and is always down.
#[derive(Debug)]
struct Down;

#[async_trait]
impl Provider for Down {
    fn name(&self) -> &str {
        "down"
    }

    async fn send(&self, _: &Message) -> Result<Receipt, SendError> {
        Err(SendError::new(SendErrorKind::Transport, Fate::NotSent))
    }
}

fn message() -> Message {
    Message::new(PhoneNumber::parse("+41791234567").unwrap(), "012345 is your code").unwrap()
}

#[tokio::test(start_paused = true)]
async fn clones_of_wrappers_share_their_state() {
    let one = CircuitBreaker::new(Down).with_failures(2);
    let other = one.clone();
    for provider in [&one, &other] {
        provider.send(&message()).await.unwrap_err();
    }
    assert_eq!([one.state(), other.state()], [CircuitBreakerState::Open; 2]);

    let one = Throttle::new(RecordingProvider::new())
        .with_rate(NonZeroU32::new(2).unwrap(), Duration::from_secs(60))
        .with_concurrency(NonZeroUsize::MIN)
        .with_max_wait(Duration::ZERO);
    let other = one.clone();
    one.send(&message()).await.unwrap();
    other.send(&message()).await.unwrap();
    for provider in [&one, &other] {
        let error = provider.send(&message()).await.unwrap_err();
        assert_eq!(error.kind(), SendErrorKind::Throttled);
    }

    // 35 retries in a row are all that a budget has.
    let one = Retry::new(Down).with_retries(1);
    let other = one.clone();
    let mut retries = 0;
    for provider in [&one, &other].into_iter().cycle().take(100) {
        retries += provider.send(&message()).await.unwrap_err().attempts().len() - 1;
    }
    assert_eq!(retries, 35);
}

#[tokio::test]
async fn clones_of_rows_share_their_providers() {
    let phone = RecordingProvider::new();
    let row = Failover::new(Down).with_fallback(phone.clone());
    let route = Route::new().with_target(
        RouteTarget::new(row.clone()).with_region(Region::parse("CH").unwrap()).clone(),
    );
    for provider in [&row as &dyn Provider, &row.clone(), &route, &route.clone()] {
        provider.send(&message()).await.unwrap();
    }
    assert_eq!(phone.messages().len(), 4);
}

/// What an error says, with all that is below it.
fn told(error: &(dyn Error + 'static)) -> String {
    let chain =
        std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source());
    chain.map(|error| format!("{error}\n{error:?}\n")).collect()
}

#[track_caller]
fn check<E: Error + Clone + 'static>(error: E) {
    let clone = error.clone();
    assert_eq!(told(&error), told(&clone));
    drop(error);
    assert!(clone.source().is_some());
    assert_eq!(size_of::<E>(), size_of::<usize>());
}

#[tokio::test]
async fn clones_of_errors_say_the_same() {
    let below = || std::io::Error::other("the cable is cut");
    check(StoreError::new(StoreErrorKind::Unavailable).with_source(below()));
    check(TransportError::not_sent(Stage::Tcp, "refused").with_source(below()));
    check(
        SendError::new(SendErrorKind::Transport, Fate::NotSent)
            .with_gateway_message("secret words")
            .with_source(TransportError::not_sent(Stage::Tcp, "refused").with_source(below())),
    );
    let challenges = challenges(MemoryStore::new(), Down);
    let error = issue(&challenges).await.unwrap_err();
    assert_eq!(error.clone().fate(), Some(Fate::NotSent));
    check(error);
}

const LOGIN: Purpose<'static> = Purpose::new("login");

fn challenges(store: MemoryStore, provider: impl Provider) -> Challenges {
    Challenges::builder(Pepper::new(1, vec![7; 32]).unwrap())
        .app("Acme")
        .provider(provider)
        .store(store)
        .regions(["CH"])
        .policy(Policy::default())
        .limits(Limits::default())
        .build()
        .unwrap()
}

async fn issue(
    challenges: &Challenges,
) -> Result<otpost::challenge::Challenge, otpost::challenge::ChallengeError> {
    let to = PhoneNumber::parse("+41791234567").unwrap();
    challenges.issue(&to, LOGIN, Client::Internal).await
}

#[tokio::test]
async fn clones_of_a_store_keep_the_same_challenges() {
    let (store, phone) = (MemoryStore::new(), RecordingProvider::new());
    let one = challenges(store.clone(), phone.clone());
    let other = challenges(store.clone(), phone.clone());
    let challenge = issue(&one).await.unwrap().clone();
    assert_eq!(store.len(), 1);
    assert!(matches!(challenge.delivery().clone(), Delivery::Accepted(_)));
    let code = phone.messages()[0].code().unwrap().expose().to_owned();
    let verdict = other.verify(challenge.token(), LOGIN, &code).await.unwrap();
    assert!(verdict.is_accepted());
    // A store of its own knows nothing of it.
    let stranger = challenges(MemoryStore::new(), phone);
    let verdict = stranger.verify(challenge.token(), LOGIN, &code).await.unwrap();
    assert!(!verdict.is_accepted());
}

#[test]
fn defaults_are_those_of_sms() {
    assert_eq!(Policy::default(), Policy::sms());
    assert_eq!(Limits::default(), Limits::standard());
}
