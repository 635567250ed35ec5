//! Requests with one change, written by another program: a change of what the spec fixes is
//! reported at its place and nowhere else, and a change of a variable is captured.

use otpost::gateway::imitation::{Imitation, ReceivedRequest};

use super::mutation::{BODIES, Body, Mutation, Written, toml};
use super::spec;
use crate::scale::cases;

fn received(written: &Written) -> ReceivedRequest {
    let (target, headers, body) = written.parts();
    let request = ReceivedRequest::new(written.method, target).with_body(body);
    headers.iter().fold(request, |request, (name, value)| request.with_header(name, value))
}

#[test]
fn imitation_reports_each_change_at_its_place() {
    let strict: Vec<(Body, Imitation)> = BODIES
        .iter()
        .map(|body| {
            let imitation = Imitation::new(&spec(&toml(*body))).unwrap();
            (*body, imitation.with_var("key", "hunter2").unwrap())
        })
        .collect();
    let mut counts = [0; 14];
    for case in 0..cases("OTPOST_IMITATIONS", 500, 10_000) {
        let Mutation { written, body, change, expected, additional, kind } = Mutation::new(case);
        let (_, imitation) = strict.iter().find(|(known, _)| *known == body).unwrap();
        let recognized = imitation.receive(&received(&written));
        let shown = format!("{case} {body:?} {change}: {:?}", recognized.mismatches());
        match &expected {
            Some(place) => {
                assert_eq!(recognized.mismatches().len(), 1, "{shown}");
                let mismatch = &recognized.mismatches()[0];
                assert_eq!((mismatch.place(), mismatch.kind()), (&**place, kind), "{shown}");
                assert!(!mismatch.to_string().contains("hunter"), "{shown}");
            }
            None => assert!(recognized.mismatches().is_empty(), "{shown}"),
        }
        let found: Vec<&str> = recognized.additional().collect();
        assert_eq!(
            found,
            additional
                .as_deref()
                .map(|it| it.to_lowercase())
                .iter()
                .map(|it| &**it)
                .collect::<Vec<_>>(),
            "{shown}"
        );
        for (_, value, variable) in written.fields.iter().filter(|_| expected.is_none()) {
            let Some(variable) = variable else { continue };
            let found = recognized.variable(variable).unwrap().expose();
            let value =
                value.strip_prefix("a:").and_then(|it| it.strip_suffix('!')).unwrap_or(value);
            assert_eq!(found.trim_start_matches('+'), value, "{shown} {variable}");
        }
        counts[usize::try_from(change).unwrap()] += 1;
    }
    assert!(counts.iter().all(|count| *count > 10), "{counts:?}");
}
