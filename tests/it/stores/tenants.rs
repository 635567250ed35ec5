//! Tenants that share a pepper and a store share nothing else: whatever one has issued does not exist for the others.

use std::cell::Cell;
use std::time::Duration;

use otpost::PhoneNumber;
use otpost::async_trait;
use otpost::challenge::{
    ChallengeErrorKind, ChallengeToken, Challenges, ChallengesBuilder, Client, Limits, Pepper,
    Policy, Step, Verdict,
};
use otpost::store::{LimitStore, MemoryStore, OutboxStore, QueueTag};
use otpost::testing::RecordingProvider;

use crate::challenges::LOGIN;
use crate::hooked::{Hook, Hooked};

/// What one tenant does with the identity of a challenge that another one has issued, or with what both count.
const OPERATIONS: [&str; 8] = [
    "client limit",
    "range limit",
    "resend",
    "resend of a decoy",
    "revoke",
    "rotation",
    "verify",
    "worker",
];

/// One tenant's application.
struct Tenant {
    challenges: Challenges,
    phone: RecordingProvider,
}

impl Tenant {
    fn new(name: &str, with: impl FnOnce(ChallengesBuilder) -> ChallengesBuilder) -> Self {
        let phone = RecordingProvider::new();
        let builder = Challenges::builder(Pepper::new(1, vec![7; 32]).unwrap())
            .app("Acme")
            .provider(phone.clone())
            .store_timeout(None)
            // The rules of all regions take many times as long to check as all else here.
            .regions(["CH"])
            .limits(Limits::none())
            .policy(Policy::sms().with_cooldown(Duration::ZERO).with_sends(1_000, 1_000))
            .tenant(name);
        Self { challenges: with(builder).build().unwrap(), phone }
    }

    fn code(&self) -> String {
        self.phone.messages().last().unwrap().code().unwrap().expose().to_owned()
    }
}

/// The operations of which a tenant reaches what another one has issued, as (operation, issuer, other).
async fn reached<S>(store: &S, names: [&str; 3]) -> Vec<(&'static str, usize, usize)>
where
    S: LimitStore + OutboxStore + Clone,
{
    let next = Cell::new(0);
    let mut reached = Vec::new();
    for operation in OPERATIONS {
        for issuer in 0..names.len() {
            for other in 0..names.len() {
                next.set(next.get() + 1);
                let pair = [names[issuer], names[other]];
                if reaches(operation, store, pair, next.get()).await {
                    reached.push((operation, issuer, other));
                }
            }
        }
    }
    reached
}

async fn reaches<S>(operation: &str, store: &S, names: [&str; 2], at: u32) -> bool
where
    S: LimitStore + OutboxStore + Clone,
{
    let kept = store.clone();
    let with = move |builder: ChallengesBuilder| match operation {
        "client limit" => builder.store(kept.clone()).limits(Limits::none().with_client(1)),
        "range limit" => builder.store(kept.clone()).limits(Limits::none().with_range(1)),
        "rotation" => {
            let policy = Policy::sms().with_cooldown(Duration::ZERO).with_rotation();
            builder.store(kept.clone()).policy(policy)
        }
        "worker" => builder.outbox(kept.clone()),
        _ => builder.store(kept.clone()),
    };
    let [issuer, other] = names.map(|name| Tenant::new(name, &with));
    let to = PhoneNumber::parse(&format!("+4179{at:04}123")).unwrap();
    let client = Client::new(&format!("{operation} {at}"));
    if operation == "resend of a decoy" {
        let (from, by) = (&issuer.challenges, &other.challenges);
        let decoy = from.issue(&to, LOGIN, Client::Internal).decoy(true).await.unwrap();
        return match by.resend(decoy.token(), LOGIN, Client::Internal).await {
            Ok(_) => true,
            Err(error) if error.kind() == ChallengeErrorKind::Gone => false,
            Err(error) => panic!("{operation}: {error:?}"),
        };
    }
    let issued = issuer.challenges.issue(&to, LOGIN, client.clone()).await.unwrap();
    let (token, by) = (issued.token().clone(), &other.challenges);
    let gone = |kind| match kind {
        None => true,
        Some(ChallengeErrorKind::Gone) => false,
        Some(kind) => panic!("{operation}: {kind:?}"),
    };
    let is_reached = match operation {
        "client limit" | "range limit" => {
            let again = by.issue(&to, LOGIN, client).await;
            return match again.map_err(|error| error.kind()) {
                Ok(_) => false,
                // A range is refused to strangers only.
                Err(ChallengeErrorKind::Limited) => operation == "client limit",
                Err(ChallengeErrorKind::Contested) => operation == "range limit",
                Err(kind) => panic!("{operation}: {kind:?}"),
            };
        }
        "resend" | "rotation" => {
            gone(by.resend(&token, LOGIN, Client::Internal).await.err().map(|error| error.kind()))
        }
        "revoke" => by.revoke(&token, LOGIN).await.unwrap(),
        "verify" => {
            let code = issuer.code();
            match by.verify(&token, LOGIN, &code).await.unwrap() {
                Verdict::Accepted(_) => true,
                Verdict::Gone => false,
                verdict => panic!("{operation}: {verdict:?}"),
            }
        }
        "worker" => match by.worker().unwrap().step().await.unwrap() {
            Step::Sent => true,
            Step::Idle => false,
            step => panic!("{operation}: {step:?}"),
        },
        _ => panic!("{operation} is unknown"),
    };
    if !is_reached {
        is_intact(operation, &issuer, &token).await;
        assert!(other.phone.messages().is_empty(), "{operation}");
    }
    is_reached
}

/// The challenge still has its message, all of its guesses, and its code.
async fn is_intact(operation: &str, issuer: &Tenant, token: &ChallengeToken) {
    if operation == "worker" {
        let step = issuer.challenges.worker().unwrap().step().await.unwrap();
        assert_eq!(step, Step::Sent, "the other worker took the message");
    }
    assert_eq!(issuer.phone.messages().len(), 1, "{operation}");
    let code = issuer.code();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let seen = issuer.challenges.verify(token, LOGIN, wrong).await.unwrap();
    assert!(matches!(seen, Verdict::Wrong { attempts_left: 4, .. }), "{operation}: {seen:?}");
    assert!(issuer.challenges.verify(token, LOGIN, &code).await.unwrap().is_accepted());
}

/// Every operation by every pair of three tenants; in the end with three tenants that have one name, which have to reach everything.
pub(super) async fn tenants_are_apart<S: LimitStore + OutboxStore + Clone>(store: S) {
    let pairs = |is_one: fn(usize, usize) -> bool| {
        let all = OPERATIONS
            .into_iter()
            .flat_map(|operation| (0..9).map(move |pair| (operation, pair / 3, pair % 3)));
        all.filter(move |(_, issuer, other)| is_one(*issuer, *other)).collect::<Vec<_>>()
    };
    // The empty name is the one of an application that names none.
    let seen = reached(&store, ["", "bank-a", "bank-b"]).await;
    assert_eq!(seen, pairs(|issuer, other| issuer == other));
    let seen = reached(&store, ["bank-c"; 3]).await;
    assert_eq!(seen, pairs(|_, _| true));
}

#[tokio::test]
async fn tenants_are_apart_in_memory() {
    tenants_are_apart(std::sync::Arc::new(MemoryStore::new())).await;
}

/// A store with one queue for all, as it was.
#[derive(Debug)]
struct OneQueue;

#[async_trait]
impl Hook for OneQueue {
    fn queue(&self, _: &QueueTag) -> QueueTag {
        QueueTag::new([0; 8])
    }
}

#[tokio::test]
async fn tenants_lose_messages_where_they_share_a_queue() {
    let store = Hooked::new(MemoryStore::new(), OneQueue);
    let [bank_a, bank_b] =
        ["bank-a", "bank-b"].map(|name| Tenant::new(name, |builder| builder.outbox(store.clone())));
    let to = PhoneNumber::parse("+41791234567").unwrap();
    let _ = bank_a.challenges.issue(&to, LOGIN, Client::Internal).await.unwrap();
    let step = async |tenant: &Tenant| tenant.challenges.worker().unwrap().step().await.unwrap();
    assert_eq!((step(&bank_b).await, step(&bank_a).await), (Step::Dropped, Step::Idle));
}

/// While processes change to a new key, those that do not know it yet leave alone what it has queued, and what the old key has queued
/// is sent by all.
#[tokio::test]
async fn tenants_rotate_keys_without_losing_messages() {
    let store = std::sync::Arc::new(MemoryStore::new());
    let with = |pepper: Pepper| {
        let phone = RecordingProvider::new();
        let challenges = Challenges::builder(pepper)
            .app("Acme")
            .provider(phone.clone())
            .any_region()
            .outbox(store.clone());
        Tenant { challenges: challenges.build().unwrap(), phone }
    };
    let old = with(Pepper::new(1, vec![7; 32]).unwrap());
    let new = with(Pepper::new(2, vec![8; 32]).unwrap().with_old(1, vec![7; 32]).unwrap());
    let step = async |tenant: &Tenant| tenant.challenges.worker().unwrap().step().await.unwrap();
    let number = |at: u32| PhoneNumber::parse(&format!("+4179123450{at}")).unwrap();
    let by_new = new.challenges.issue(&number(1), LOGIN, Client::Internal).await.unwrap();
    assert_eq!(step(&old).await, Step::Idle);
    let by_old = old.challenges.issue(&number(2), LOGIN, Client::Internal).await.unwrap();
    assert_eq!(
        (step(&new).await, step(&new).await, step(&new).await),
        (Step::Sent, Step::Sent, Step::Idle)
    );
    for (issued, message) in [by_old, by_new].iter().zip(new.phone.messages()) {
        let code = message.code().unwrap().expose().to_owned();
        let verdict = new.challenges.verify(issued.token(), LOGIN, &code).await.unwrap();
        assert!(verdict.is_accepted());
    }
}
