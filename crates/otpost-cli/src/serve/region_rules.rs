//! The rules of the allowed regions, at start.

use otpost::challenge::{Challenges, Pepper};
use otpost::phone::Region;
use otpost::provider::NullProvider;
use otpost::store::MemoryStore;

use super::composer::Composer;
use super::log::progress;

/// The number of warnings up to which each one is printed. A list of many regions has hundreds.
const PRINTED: usize = 30;

/// Prints the rules of the regions that concern senders, reports and the texts of this server.
///
/// They are those that the library finds for an application with the same texts. Callers can send
/// texts of their own, which are not checked here.
pub(super) fn warn_of_region_rules(regions: &[Region], composer: &Composer, app: Option<&str>) {
    let warnings = match region_rules(regions, composer, app) {
        Ok(warnings) => warnings,
        Err(problem) => vec![format!("the rules of the regions are not checked: {problem}")],
    };
    if warnings.len() > PRINTED {
        progress(&format!(
            "warning: the regions have {} rules on senders, texts and reports",
            warnings.len()
        ));
        return;
    }
    for warning in warnings {
        progress(&format!("warning: {warning}"));
    }
}

fn region_rules(
    regions: &[Region],
    composer: &Composer,
    app: Option<&str>,
) -> Result<Vec<String>, String> {
    let pepper = Pepper::random().map_err(|error| error.to_string())?;
    let builder = Challenges::builder(pepper)
        .provider(NullProvider)
        .store(MemoryStore::new())
        .message_templates(composer.templates().clone())
        .segments(composer.segments())
        .regions(regions.iter().map(|region| region.as_str()));
    // The brand is known only from the name of the application.
    let builder = match app {
        Some(app) => builder.app(app),
        None => builder,
    };
    let challenges = builder.build().map_err(|error| error.to_string())?;
    Ok(challenges.region_warnings().iter().map(ToString::to_string).collect())
}
