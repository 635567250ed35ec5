//! The rules of the allowed regions, at start-up.

use otpost::challenge::{ChallengesBuilder, RegionWarningKind};
use otpost::message::{Autofill, Locale, MessageTemplates, TextTemplate};
use otpost::phone::{Region, RegionPolicy, RegionRules, SenderRule, TextRule};

use super::world;

/// The warnings as `REGION name`.
fn names(with: impl FnOnce(ChallengesBuilder) -> ChallengesBuilder) -> Vec<String> {
    let world = world(with);
    let warnings = world.challenges.region_warnings().iter();
    warnings.map(|warning| format!("{} {}", warning.region, warning.kind.name())).collect()
}

fn texts(source: &str) -> MessageTemplates {
    let english = Locale::parse("en").unwrap();
    MessageTemplates::new().with_template("login", english, TextTemplate::parse(source).unwrap())
}

#[test]
fn warnings_are_those_of_the_allowed_regions() {
    assert_eq!(names(|builder| builder.regions(["CH", "DE"])), [""; 0]);
    let some = names(|builder| builder.regions(["SG", "AU", "CH", "US", "GB", "GG"]));
    let expected = [
        "AU names_registered",
        "AU generic_names",
        "AU quiet_hours",
        "GB names",
        "GB generic_names",
        "SG names_registered",
        "SG generic_names",
        "SG bank",
        "US names_refused",
        "US reports",
    ];
    assert_eq!(some, expected);
    let policy = RegionPolicy::all().without_region(Region::parse("SG").unwrap());
    let all = names(|builder| builder.region_policy(policy));
    assert!(all.len() > 150 && all.contains(&"BR quiet_hours".to_owned()), "{}", all.len());
    assert!(!all.iter().any(|name| name.starts_with("SG")));
}

#[test]
fn warnings_that_the_application_knows_are_left_out() {
    let known = |builder: ChallengesBuilder| {
        builder.regions(["SG", "US"]).without_region_warnings(["SG", "AU"])
    };
    assert_eq!(names(known), ["US names_refused", "US reports"]);
}

#[test]
fn warnings_are_about_the_texts_that_are_sent() {
    // The built-in texts name the application and have no link.
    let builtin = names(|builder| builder.regions(["EG", "AE"]));
    assert!(!builtin.iter().any(|name| ["EG brand", "AE no_links"].contains(&&**name)));
    let line = Autofill::new("acme.example").unwrap();
    let with_line = names(|builder| builder.regions(["AE"]).autofill(line));
    assert!(with_line.contains(&"AE no_links".to_owned()), "{with_line:?}");
    // The name of the application is the brand.
    let own = |text| names(move |builder| builder.regions(["EG"]).message_templates(texts(text)));
    assert!(own("{{code}} is your code.").contains(&"EG brand".to_owned()));
    assert!(!own("{{code}} is your Acme code.").contains(&"EG brand".to_owned()));

    let world = world(|builder| builder.regions(["MY"]));
    let warning = world.challenges.region_warnings().last().copied().unwrap();
    let RegionWarningKind::Text { rule, count, .. } = warning.kind else { panic!("{warning:?}") };
    assert_eq!((rule, count), (TextRule::Prefix("RM0 "), 32));
    let expected = format!(
        "MY: 32 texts break a rule: expected begins with `RM0 ` (as of {})",
        RegionRules::AS_OF
    );
    assert_eq!(warning.to_string(), expected);
}

#[test]
fn warnings_say_what_is_known() {
    let world = world(|builder| builder.regions(["AE", "AU", "NZ", "PH", "BE"]));
    let shown: Vec<_> =
        world.challenges.region_warnings().iter().map(ToString::to_string).collect();
    let has = |part: &str| assert!(shown.iter().any(|it| it.contains(part)), "{part}: {shown:#?}");
    has("AU: names as senders must be registered: ACMA register: since 1 Jul 2026");
    has("AU: quiet hours from 20:00 to 11:00, for all messages (as of ");
    has("AE: for financial institutions: the central bank ends codes by SMS and e-mail");
    has("financial institutions, from 2026-03-31 (unverified) (as of ");
    has("NZ: names as senders are refused: operators require a short code");
    has("PH: delivery reports are missing or made up (as of ");
    has("BE: names as senders are replaced: names become a short code or number");
    has("BE: generic names as senders are refused (as of ");
    let kinds = world.challenges.region_warnings().iter().map(|warning| warning.kind);
    let names = kinds.filter(|kind| {
        matches!(kind, RegionWarningKind::Names { rule: SenderRule::Registered, .. })
    });
    assert_eq!(names.count(), 3);
}
