use super::captures::Captures;
use crate::gateway::error::SpecError;
use crate::gateway::request::symbols::Symbols;
use crate::gateway::request::values::{Slot, Source};
use crate::message::{Segments, SenderId};

/// The condition of a value, as far as it can be decided from a request.
#[derive(Clone, Debug, Default)]
pub(super) struct PresenceCondition {
    with: Vec<Slot>,
    when: Vec<(Slot, Vec<String>)>,
}

/// The need for a value in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// The value must not be there.
    Absent,
    Optional,
    Required,
}

impl PresenceCondition {
    pub(super) fn compile(
        with: &[String],
        when: &[(String, Vec<String>)],
        scope: &Symbols<'_>,
        path: &str,
    ) -> Result<Self, SpecError> {
        let with = with.iter().map(|name| scope.condition(name, path));
        let when = when
            .iter()
            .map(|(name, values)| scope.condition(name, path).map(|slot| (slot, values.clone())));
        Ok(Self { with: with.collect::<Result<_, _>>()?, when: when.collect::<Result<_, _>>()? })
    }

    /// Decides whether a value is present. `usually` is the answer if the condition holds.
    pub(super) fn presence(&self, known: Option<&Captures>, usually: Presence) -> Presence {
        if self.with.is_empty() && self.when.is_empty() {
            return usually;
        }
        // The first time, the variables are not known yet.
        let Some(known) = known else { return Presence::Optional };
        let mut presence = usually;
        for slot in &self.with {
            // A variable that nothing contains may have a value all the same.
            if value(slot, known).is_none() {
                presence = Presence::Optional;
            }
        }
        for (slot, wanted) in &self.when {
            match value(slot, known) {
                None => presence = Presence::Optional,
                Some(value) if wanted.contains(&value) => {}
                Some(_) => return Presence::Absent,
            }
        }
        presence
    }

    pub(super) const fn none() -> Self {
        Self { with: Vec::new(), when: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.with.is_empty() && self.when.is_empty()
    }
}

/// Returns the value of a variable, as far as the request shows it.
fn value(slot: &Slot, known: &Captures) -> Option<String> {
    let derived = match slot.source {
        Source::Encoding => {
            let text = known.0.iter().find(|it| it.name == "text" && it.is_exact);
            text.map(|text| Segments::of(text.value.expose()).encoding.as_str().to_owned())
        }
        Source::SenderKind => {
            let sender = known.get("sender").and_then(|sender| SenderId::parse(sender).ok());
            sender.map(|sender| sender.kind().as_str().to_owned())
        }
        _ => None,
    };
    let captured = known.0.iter().find(|it| it.name == slot.name && it.is_exact);
    derived.or_else(|| captured.map(|captured| captured.value.expose().to_owned()))
}
