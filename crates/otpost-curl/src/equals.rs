//! Equal signs in values. A spec encodes them as `%3D`, which is the same value, but some devices
//! do not decode it. They stay as they are in a query that is written in the URL of the spec.

use crate::draft::{DraftValue, NamedTemplates, NamedValues};
use crate::note::CurlNote;
use crate::pairs::EncodedPair;
use crate::places::Places;

/// Characters that have a meaning in a query that is written in a URL.
const MARKUP: [char; 6] = ['#', '%', '&', '+', '{', '}'];

/// Returns the parameters to write in the URL, and the others, which follow them.
///
/// The first part ends with the last parameter whose equal signs stay as they are only there. All
/// before it are in the URL as well, so that the order stays. For equal signs that the spec encodes
/// in spite of this, there is a note.
pub(crate) fn split_written(
    query: Vec<EncodedPair>,
    places: &mut Places<'_>,
) -> (NamedTemplates, NamedValues) {
    let can_be = query.iter().take_while(|pair| written(pair).is_some()).count();
    let end = query.iter().take(can_be).rposition(|pair| pair.equal_signs > 0);
    let end = end.map_or(0, |last| last.saturating_add(1));
    let (mut in_url, mut others) = (NamedTemplates::new(), Vec::new());
    for (at, pair) in query.into_iter().enumerate() {
        match written(&pair).filter(|_| at < end) {
            Some(template) => {
                let own = places.notes.get_mut(pair.notes.clone()).into_iter().flatten();
                own.for_each(|note| note.move_to("request.url"));
                in_url.push((pair.name, template));
            }
            None => others.push(pair),
        }
    }
    (in_url, noted(others, "request.query", places))
}

/// Adds a note for each value with equal signs that the spec encodes.
pub(crate) fn noted(pairs: Vec<EncodedPair>, within: &str, places: &mut Places<'_>) -> NamedValues {
    for pair in pairs.iter().filter(|pair| pair.equal_signs > 0) {
        places.notes.push(CurlNote::EqualSign { place: format!("{within}.{}", pair.name) });
    }
    pairs.into_iter().map(|pair| (pair.name, pair.value)).collect()
}

/// Returns the template of a parameter if it can be written in the URL with the same equal signs.
fn written(pair: &EncodedPair) -> Option<String> {
    let DraftValue::Text(template) = &pair.value else { return None };
    // Those before the first placeholder stay as they are. So an encoded one among them would be
    // decoded, and one that follows a placeholder or is a part of a variable would be encoded.
    let literal = template.split("{{").next().unwrap_or_default();
    let is_same = literal.matches('=').count() == pair.equal_signs;
    let outside = template.replace("{{", "").replace("}}", "");
    let is_plain = |text: &str| text.is_ascii() && !text.contains(MARKUP);
    let is_written = is_same && !pair.name.contains('=') && is_plain(&pair.name);
    (is_written && is_plain(&outside)).then(|| template.clone())
}
