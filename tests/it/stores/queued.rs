//! Another message of a challenge in the queue.

use std::time::Duration;

use otpost::store::{Finish, Intent, OutboxStore, QueueTag};

use super::shared::{challenge, free};

const MINUTE: Duration = Duration::from_secs(60);

/// The intent of a resend takes the place of an earlier one, whose claim then finishes nothing.
pub(super) async fn queue_replaces_an_earlier_intent(store: &impl OutboxStore) {
    let (new, lifetime) = (challenge(5), free().lifetime);
    let [queue, next] = [QueueTag::new(*b"queue 01"), QueueTag::new(*b"queue 02")];
    let [first, second] = [Intent::new(*b"first"), Intent::new(*b"second")];
    let _ = store.open_queued(&new, &free(), &queue, &first).await.unwrap();
    let older = store.claim(&queue, MINUTE, Duration::ZERO).await.unwrap().unwrap();
    assert!(store.finish(&older, Finish::Unknown(Duration::ZERO)).await.unwrap());
    let older = store.claim(&queue, MINUTE, Duration::ZERO).await.unwrap().unwrap();
    assert!(older.is_repeated);
    let _ = store.queue(&new.id, &next, &second, lifetime).await.unwrap();
    assert!(!store.finish(&older, Finish::Done).await.unwrap());
    assert_eq!(store.claim(&queue, MINUTE, Duration::ZERO).await.unwrap(), None);
    let claim = store.claim(&next, MINUTE, Duration::ZERO).await.unwrap().unwrap();
    assert_eq!((claim.id, &claim.intent, claim.is_repeated), (new.id, &second, false));
    assert_eq!(claim.salt, Some(new.salt));
    assert!(!store.finish(&older, Finish::Done).await.unwrap());
    assert!(store.finish(&claim, Finish::Done).await.unwrap());
    // Without an earlier one, too.
    let _ = store.queue(&new.id, &queue, &first, lifetime).await.unwrap();
    assert!(store.revoke(&new.id).await.unwrap());
    let late = store.claim(&queue, MINUTE, Duration::ZERO).await.unwrap().unwrap();
    assert_eq!((&late.intent, late.salt, late.expires_in), (&first, None, Duration::ZERO));
    assert!(store.finish(&late, Finish::Done).await.unwrap());
}
