use std::borrow::Borrow;
use std::hash::{Hash, Hasher};

use crate::phone::Region;
use crate::store::ChallengeId;

/// A message of a challenge in the delivery log. Its key is the id of the challenge.
///
/// It contains no phone number, only the region.
#[derive(Clone, Debug)]
pub(super) struct LoggedChallenge {
    pub(super) id: ChallengeId,
    pub(super) purpose: Box<str>,
    pub(super) region: Option<Region>,
}

impl PartialEq for LoggedChallenge {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for LoggedChallenge {}

impl Hash for LoggedChallenge {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl Borrow<ChallengeId> for LoggedChallenge {
    fn borrow(&self) -> &ChallengeId {
        &self.id
    }
}
