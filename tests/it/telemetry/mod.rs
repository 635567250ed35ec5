//! Names, levels and fields of all spans, events and metrics, and what is never in them.

mod cost;
mod flow;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(feature = "metrics")]
mod monitoring;
mod sends;
mod sentinel;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{DefaultGuard, Interest};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// A span or an event of the target `otpost`.
#[derive(Clone, Debug)]
struct Seen {
    name: &'static str,
    level: String,
    is_span: bool,
    /// The names that the call site declares.
    declared: BTreeSet<&'static str>,
    fields: BTreeMap<&'static str, String>,
    /// The open spans, the outermost first.
    within: Vec<&'static str>,
    is_closed: bool,
}

impl Seen {
    fn get(&self, field: &str) -> &str {
        self.fields.get(field).map_or("", |value| value.as_str())
    }
}

struct Fields<'a>(&'a mut BTreeMap<&'static str, String>);

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        let before = self.0.insert(field.name(), value.to_owned());
        assert_eq!(before, None, "{} is recorded twice", field.name());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

/// Everything that is recorded on this thread, until it is dropped.
struct Capture {
    seen: Arc<Mutex<Vec<Seen>>>,
    _guard: DefaultGuard,
}

struct CaptureLayer {
    seen: Arc<Mutex<Vec<Seen>>>,
    most: tracing::Level,
}

/// The place of a span in the list.
struct Place(usize);

impl Capture {
    fn start() -> Self {
        Self::up_to(tracing::Level::TRACE)
    }

    fn up_to(most: tracing::Level) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let layer = CaptureLayer { seen: seen.clone(), most };
        let subscriber = tracing_subscriber::registry().with(layer);
        Self { seen, _guard: tracing::subscriber::set_default(subscriber) }
    }

    /// Takes what was recorded, and compares it with the guide.
    fn take(&self) -> Vec<Seen> {
        let seen = std::mem::take(&mut *self.seen.lock().unwrap());
        let documented = documented();
        for seen in &seen {
            let (level, fields) = documented.get(seen.name).expect(seen.name);
            assert_eq!(level, &seen.level, "{}", seen.name);
            let declared: BTreeSet<_> =
                seen.declared.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(fields, &declared, "{}", seen.name);
            assert!(!seen.is_span || seen.is_closed, "{} stays open", seen.name);
        }
        seen
    }
}

/// The levels and fields of all spans and events, as the guide lists them.
fn documented() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let guide = include_str!("../../../src/guide/observability.md");
    let word = |cell: &str| cell.trim().trim_matches('`').to_owned();
    let rows = guide.lines().filter_map(|line| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let [_, name, level @ ("WARN" | "INFO" | "DEBUG"), fields, _] = cells[..] else {
            return None;
        };
        let fields = fields.split(',').map(word).filter(|field| !field.is_empty());
        Some((word(name), (level.to_owned(), fields.collect())))
    });
    rows.collect()
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for CaptureLayer {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        // Ask each thread: other tests measure what is done without a subscriber.
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target() == "otpost" && *metadata.level() <= self.most
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let metadata = attributes.metadata();
        let span = context.span(id).unwrap();
        let within = span.scope().from_root().map(|span| span.name());
        let mut within: Vec<_> = within.collect();
        within.pop();
        let mut fields = BTreeMap::new();
        attributes.record(&mut Fields(&mut fields));
        let mut seen = self.seen.lock().unwrap();
        span.extensions_mut().insert(Place(seen.len()));
        seen.push(new(metadata, true, fields, within));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let span = context.span(id).unwrap();
        let place = span.extensions().get::<Place>().unwrap().0;
        values.record(&mut Fields(&mut self.seen.lock().unwrap()[place].fields));
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let span = context.span(&id).unwrap();
        let place = span.extensions().get::<Place>().unwrap().0;
        // A span that was taken while it was open has no place any more.
        if let Some(seen) = self.seen.lock().unwrap().get_mut(place) {
            seen.is_closed = true;
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let scope = context.event_scope(event).into_iter().flat_map(|scope| scope.from_root());
        let within = scope.map(|span| span.name()).collect();
        let mut fields = BTreeMap::new();
        event.record(&mut Fields(&mut fields));
        let mut seen = new(event.metadata(), false, fields, within);
        assert!(seen.declared.remove("message"), "{} has no text", seen.name);
        seen.fields.remove("message");
        self.seen.lock().unwrap().push(seen);
    }
}

fn new(
    metadata: &'static Metadata<'static>,
    is_span: bool,
    fields: BTreeMap<&'static str, String>,
    within: Vec<&'static str>,
) -> Seen {
    Seen {
        name: metadata.name(),
        level: metadata.level().to_string(),
        is_span,
        declared: metadata.fields().iter().map(|field| field.name()).collect(),
        fields,
        within,
        is_closed: false,
    }
}

fn names(seen: &[Seen]) -> Vec<&'static str> {
    seen.iter().map(|seen| seen.name).collect()
}

/// The only one of this name.
#[track_caller]
fn only<'a>(seen: &'a [Seen], name: &str) -> &'a Seen {
    let all = all(seen, name);
    assert_eq!(all.len(), 1, "{name} in {:?}", names(seen));
    all[0]
}

fn all<'a>(seen: &'a [Seen], name: &str) -> Vec<&'a Seen> {
    seen.iter().filter(|seen| seen.name == name).collect()
}

/// Compares all fields but the durations, which are only required to be numbers.
#[track_caller]
fn check(seen: &Seen, fields: &[(&str, &str)]) {
    let mut found: BTreeMap<_, _> = seen.fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let elapsed = found.remove("elapsed");
    assert_eq!(elapsed.is_some(), seen.declared.contains("elapsed"), "{seen:?}");
    assert!(elapsed.is_none_or(|time| time.parse::<f64>().is_ok()), "{seen:?}");
    let expected: BTreeMap<_, _> = fields.iter().copied().collect();
    assert_eq!(found, expected, "{}", seen.name);
}

#[test]
fn telemetry_names_are_those_of_the_guide() {
    let guide = include_str!("../../../src/guide/observability.md");
    let sources = [
        include_str!("../../../src/telemetry/tracing.rs"),
        include_str!("../../../src/telemetry/metrics.rs"),
    ];
    let mut used = BTreeSet::new();
    for part in sources.iter().flat_map(|source| source.split('"')) {
        if part.starts_with("otpost.") {
            used.insert(part.to_owned());
        }
    }
    let listed = guide.lines().filter_map(|line| line.strip_prefix("| `otpost."));
    let listed: BTreeSet<_> =
        listed.map(|row| format!("otpost.{}", row.split('`').next().unwrap())).collect();
    assert_eq!(used, listed);
    assert!(used.len() > 30, "{used:?}");
    assert_eq!(documented().len(), 23);
}
