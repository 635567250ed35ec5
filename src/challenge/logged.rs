use crate::phone::Region;
use crate::store::ChallengeId;

/// The note of a challenge's message in the delivery log. It contains no phone number, only the
/// region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LoggedChallenge {
    pub(super) id: ChallengeId,
    pub(super) region: Option<Region>,
    pub(super) purpose: String,
}

impl LoggedChallenge {
    /// Returns the text of the note: the id, the region or `-`, and the purpose, with spaces in
    /// between.
    pub(super) fn to_note(&self) -> String {
        let region = self.region.as_ref().map_or("-", Region::as_str);
        format!("{} {region} {}", self.id, self.purpose)
    }

    /// Reads a note. Returns `None` for another text.
    pub(super) fn parse(note: &str) -> Option<Self> {
        let (id, rest) = note.split_once(' ')?;
        let (region, purpose) = rest.split_once(' ')?;
        let id = ChallengeId::parse(id).ok()?;
        let region = match region {
            "-" => None,
            region => Some(Region::parse(region).ok()?),
        };
        Some(Self { id, region, purpose: purpose.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let id = ChallengeId::new(1, [2; 8], [3; 16]);
        for region in [None, Some(Region::parse("CH").unwrap())] {
            for purpose in ["", "login", "two words "] {
                let logged = LoggedChallenge { id, region, purpose: purpose.to_owned() };
                assert_eq!(LoggedChallenge::parse(&logged.to_note()), Some(logged));
            }
        }
        let note = LoggedChallenge { id, region: None, purpose: "login".to_owned() }.to_note();
        for other in ["", "order 5", &note[1..], &note[..36], &note.replace('-', "?")] {
            assert_eq!(LoggedChallenge::parse(other), None, "{other}");
        }
    }
}
