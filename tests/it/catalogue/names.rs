//! One name for one meaning: the names of variables in the catalogue.

use serde_json::{Map, Value};

use super::constructors::{files, read};

/// Names that are not used, each with the one that is.
///
/// The terms of a vendor's console that users search for stay, such as `auth_token` and
/// `secret_access_key`.
const SYNONYMS: &[(&str, &str)] = &[
    ("access_token", "token"),
    ("apikey", "api_key"),
    ("base_url", "origin"),
    ("bearer", "token"),
    ("callback_url", "report_url"),
    ("endpoint", "origin"),
    ("from", "sender"),
    ("host", "origin"),
    ("key", "api_key"),
    ("login", "username"),
    ("originator", "sender"),
    ("pass", "password"),
    ("passwd", "password"),
    ("sign", "sign_name"),
    ("signature", "sign_name"),
    ("source", "sender"),
    ("uid", "user_id"),
    ("url", "origin"),
    ("user", "username"),
    ("user_name", "username"),
    ("userid", "user_id"),
    ("webhook_url", "report_url"),
];

#[test]
fn variables_have_one_name_for_one_meaning() {
    let complaints: Vec<_> = files()
        .iter()
        .flat_map(|name| complaints(&read(name).0).into_iter().map(move |c| format!("{name}: {c}")))
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// The rules find what they are for.
#[test]
fn other_names_are_found() {
    let spec = r#"
        vars = { host = {}, key = { secret = true }, sender = {}, signing_key = { secret = true } }
        request = { url = "https://{{host}}/send", form = { from = "{{sender}}", key = "{{key}}" } }
        reports = { auth = { hmac = { key = "{{signing_key}}" } } }
    "#;
    assert_eq!(
        complaints(spec),
        [
            "`host` is named `origin` elsewhere",
            "`key` is named `api_key` elsewhere",
            "`signing_key` serves reports alone: `report_secret` or another name with `report_`",
            "`https://{{host}}` is one variable `origin` elsewhere",
        ]
    );
}

fn complaints(text: &str) -> Vec<String> {
    let mut file: Map<String, Value> = toml::from_str(text).unwrap();
    let vars = file.remove("vars").and_then(|vars| vars.as_object().cloned()).unwrap_or_default();
    let reports = file.remove("reports").map(|reports| reports.to_string()).unwrap_or_default();
    let rest = Value::from(file).to_string();
    let mut found = Vec::new();
    for (name, var) in &vars {
        if let Some((_, other)) = SYNONYMS.iter().find(|(synonym, _)| synonym == name) {
            found.push(format!("`{name}` is named `{other}` elsewhere"));
        }
        let is_secret = var.get("secret").and_then(Value::as_bool) == Some(true);
        let is_of_reports = uses(&reports, name) && !uses(&rest, name);
        if is_secret && is_of_reports && !name.starts_with("report_") {
            found.push(format!(
                "`{name}` serves reports alone: `report_secret` or another name with `report_`"
            ));
        }
        let whole = format!("https://{{{{{name}}}}}");
        if rest.contains(&format!("{whole}/")) {
            found.push(format!("`{whole}` is one variable `origin` elsewhere"));
        }
    }
    // In the order of the rules, not of the variables.
    found.sort_by_key(|complaint| complaint.contains("is one variable"));
    found
}

/// Tells whether a text has a placeholder of the variable.
fn uses(text: &str, name: &str) -> bool {
    ["}}", "|"].iter().any(|end| text.contains(&format!("{{{{{name}{end}")))
}
