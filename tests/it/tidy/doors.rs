use super::{all_rust, assert_none, files, sources};

/// Which rooms a room may import from. Rooms of the lowest level (clock, secret) are open to all.
const DOORS: [(&str, &[&str]); 25] = [
    ("civil", &[]),
    ("clock", &[]),
    ("gsm7", &[]),
    ("mac_key", &[]),
    ("pasted", &[]),
    ("percent", &[]),
    ("redact", &["pasted", "percent"]),
    ("secret", &[]),
    // It knows words and numbers alone, so it cannot record what must not be recorded.
    ("telemetry", &[]),
    ("wiped", &[]),
    ("words", &[]),
    ("otp", &["pasted", "percent", "secret"]),
    ("phone", &["pasted", "secret"]),
    // A number's filters have to know where its calling code ends.
    ("template", &["civil", "gsm7", "percent", "phone", "secret"]),
    ("message", &["gsm7", "otp", "phone", "redact", "secret", "template"]),
    ("transport", &["clock", "provider", "secret", "telemetry", "wiped"]),
    ("provider", &["clock", "message", "phone", "secret", "telemetry"]),
    (
        "gateway",
        &[
            "civil",
            "clock",
            "gsm7",
            "mac_key",
            "message",
            "otp",
            "percent",
            "phone",
            "provider",
            "redact",
            "secret",
            "telemetry",
            "template",
            "transport",
            "wiped",
        ],
    ),
    ("store", &["clock", "secret"]),
    (
        "challenge",
        &["clock", "message", "otp", "phone", "provider", "report", "secret", "store", "telemetry"],
    ),
    ("gateways", &["gateway"]),
    ("report", &["clock", "gateway", "provider", "secret", "store"]),
    // Pages alone.
    ("guide", &[]),
    ("testing", &["clock", "message", "provider", "transport"]),
    ("lib", &["challenge", "clock", "gateway", "message", "otp", "phone", "provider", "secret"]),
];

/// Names of third parties, and the only places that may say them.
const THIRD_PARTIES: [(&str, &str); 45] = [
    // Codes and identities come from the operating system alone.
    ("fastrand::", "nowhere"),
    ("oorandom::", "nowhere"),
    ("rand::", "nowhere"),
    ("SystemTime::now", "src/clock/"),
    ("Instant::now", "src/clock/"),
    ("getrandom::", "src/otp/random.rs"),
    ("chacha20poly1305::", "src/challenge/tenant_keys.rs"),
    (
        "aws_lc_rs::",
        "src/gateway/auth/jwt/private_key.rs src/gateway/report_auth/private_key.rs src/gateway/report_auth/public_key.rs src/transport/tls/rustls/ crates/otpost-testing/src/fault/authority.rs",
    ),
    (
        "rustls_pki_types::",
        "src/gateway/auth/jwt/private_key.rs src/gateway/report_auth/private_key.rs src/gateway/report_auth/public_key.rs",
    ),
    (
        "hmac::",
        "src/mac_key.rs src/challenge/tenant_keys.rs src/report/log.rs crates/otpost-cli/src/serve/signature.rs",
    ),
    ("sha1::", "src/otp/hmac.rs src/mac_key.rs"),
    ("reqwest::", "src/transport/"),
    ("http_body::", "src/transport/progress.rs"),
    (
        "httpdate::",
        "src/gateway/response/retry_after.rs src/gateway/auth/sign/parts.rs src/transport/tls/rustls/explain.rs",
    ),
    ("h2::", "src/transport/cause.rs"),
    ("hdrhistogram::", "crates/otpost-cli/src/load/measured.rs"),
    ("http_body_util::", "crates/otpost-cli/src/sandbox/ crates/otpost-cli/src/serve/server.rs"),
    ("humantime::", "crates/otpost-cli/src/sandbox/ crates/otpost-cli/src/arguments/sandbox.rs"),
    (
        "hyper::",
        "src/transport/reqwest/ crates/otpost-cli/src/sandbox/ crates/otpost-cli/src/serve/server.rs",
    ),
    ("hyper_util::", "crates/otpost-cli/src/sandbox/ crates/otpost-cli/src/serve/server.rs"),
    ("indicatif::", "crates/otpost-cli/src/load/progress.rs"),
    ("metrics::", "src/telemetry/metrics.rs crates/otpost-cli/src/serve/counters.rs"),
    ("metrics_exporter_prometheus::", "crates/otpost-cli/src/serve/counters.rs"),
    ("native_tls::", "src/transport/tls/native/"),
    ("rcgen::", "crates/otpost-testing/src/fault/authority.rs"),
    ("redis::", "crates/otpost-redis/src/"),
    ("sqlx::", "crates/otpost-sqlx/src/"),
    ("rlibphonenumber::", "src/phone/plan/mod.rs"),
    (
        "roxmltree::",
        "src/gateway/request/xml/check.rs src/gateway/response/xml/parse.rs src/gateway/imitation/xml/parse.rs",
    ),
    ("rustls::", "src/transport/tls/rustls/ crates/otpost-testing/src/fault/authority.rs"),
    ("rustls_platform_verifier::", "src/transport/tls/rustls/"),
    ("toml::", "src/gateway/spec/strict.rs"),
    ("url::", "src/gateway/spec/origin.rs src/transport/"),
    ("serde_path_to_error::", "src/gateway/spec/mod.rs"),
    (
        "tokio::",
        "src/clock/tokio.rs src/transport/ crates/otpost-cli/src/runtime.rs crates/otpost-cli/src/sandbox/ crates/otpost-cli/src/serve/ crates/otpost-redis/src/model.rs crates/otpost-testing/src/",
    ),
    ("tokio_native_tls::", "src/transport/tls/native/"),
    ("tokio_rustls::", "crates/otpost-testing/src/fault/ src/transport/tls/rustls/probe.rs"),
    ("tower_layer::", "src/transport/reqwest/"),
    ("tower_service::", "src/transport/reqwest/"),
    ("tracing::", "src/telemetry/tracing.rs"),
    (
        "form_urlencoded::",
        "src/gateway/imitation/report/draft.rs src/gateway/report_auth/outgoing.rs src/gateway/reports/source.rs src/gateway/request/charset.rs src/gateway/response/answer.rs crates/otpost-testing/src/mock/request.rs crates/otpost-cli/src/sandbox/ crates/otpost-cli/src/serve/incoming/form.rs",
    ),
    ("httparse::", "crates/otpost-testing/src/"),
    ("clap::", "crates/otpost-cli/src/arguments/"),
    (
        "percent_encoding::",
        "src/percent.rs src/transport/probe/proxy.rs crates/otpost-curl/src/coding.rs",
    ),
    ("quick_xml::", "crates/otpost-curl/src/xml.rs"),
];

fn room(path: &str) -> &str {
    let inner = path.trim_start_matches("src/");
    inner.split(['/', '.']).next().unwrap_or_default()
}

fn code_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

fn wrong_doors(path: &str, text: &str) -> Vec<String> {
    let here = room(path);
    let open = DOORS.iter().find(|(room, _)| *room == here).map(|(_, open)| *open);
    let Some(open) = open else { return vec![format!("{path}: a room without doors")] };
    let mut complaints = Vec::new();
    for line in code_lines(text) {
        for (at, _) in line.match_indices("crate::") {
            let there =
                line[at + 7..].split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
            if there != here && !open.contains(&there) {
                complaints.push(format!("{path}: no door from {here} to {there}: {}", line.trim()));
            }
        }
    }
    complaints
}

fn wrong_names(path: &str, text: &str) -> Vec<String> {
    let named = THIRD_PARTIES.iter().filter(|(name, place)| {
        !place.split(' ').any(|place| path.starts_with(place))
            && code_lines(text).any(|line| {
                line.match_indices(name).any(|(at, _)| {
                    // `super::reqwest::` and `crate::…` are our own modules.
                    !line[..at].ends_with("::")
                        && !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
                })
            })
    });
    named.map(|(name, place)| format!("{path}: `{name}` belongs into {place} alone")).collect()
}

fn bad_habits(path: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut complain = |what: &str| complaints.push(format!("{path}: {what}"));
    let is_generated = text.contains("//! Generated from the files in this folder.");
    if text.lines().count() > 400 && !is_generated {
        complain("more than 400 lines");
    }
    let stem = path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
    if ["util", "utils", "common", "helpers", "types", "misc"].contains(&stem) {
        complain("a name that says nothing");
    }
    let stop_words = ["#[ignore", "#[allow", "todo!(", "unimplemented!(", "dbg!(", "```ignore"];
    // This file has to name them.
    for word in stop_words.iter().filter(|word| !path.contains("tidy/") && text.contains(**word)) {
        complain(word);
    }
    if path.starts_with("src/") {
        if text
            .lines()
            .any(|line| line.starts_with(' ') && line.trim_start().starts_with("#[cfg(feature"))
        {
            complain("a feature decides inside of an item");
        }
        if path != "src/testing/mod.rs"
            && room(path) != "testing"
            && code_lines(text).any(|l| l.contains("crate::testing"))
        {
            complain("the crate uses its own test doubles");
        }
    }
    complaints
}

#[test]
fn imports_go_downwards_only() {
    let complaints = files("src", ".rs").iter().flat_map(|(p, t)| wrong_doors(p, t)).collect();
    assert_none(complaints);
    assert_eq!(wrong_doors("src/otp/code.rs", "use crate::gateway::Lint;").len(), 1);
    assert_eq!(wrong_doors("src/secret.rs", "    let x = crate::otp::Code;").len(), 1);
    assert_eq!(wrong_doors("src/cellar/mod.rs", "").len(), 1);
    assert!(wrong_doors("src/otp/code.rs", "// crate::gateway\nuse crate::secret::X;").is_empty());
}

#[test]
fn each_third_party_is_named_in_one_place() {
    let complaints = sources().iter().flat_map(|(p, t)| wrong_names(p, t)).collect();
    assert_none(complaints);
    assert_eq!(wrong_names("src/gateway/url.rs", "use reqwest::Url;").len(), 1);
    assert_eq!(wrong_names("src/provider/mod.rs", "let t = SystemTime::now();").len(), 1);
    assert_eq!(wrong_names("src/otp/random.rs", "let x = rand::random();").len(), 1);
    assert!(
        wrong_names("src/transport/mod.rs", "pub use self::reqwest::ReqwestTransport;").is_empty()
    );
}

#[test]
fn files_are_short_and_finished() {
    let complaints = all_rust().iter().flat_map(|(p, t)| bad_habits(p, t)).collect();
    assert_none(complaints);
    assert_eq!(bad_habits("src/a.rs", &"x\n".repeat(401)).len(), 1);
    assert_eq!(bad_habits("src/gateway/util.rs", "fn f() { todo!() }").len(), 2);
    assert_eq!(bad_habits("tests/it/a.rs", "#[ignore]\nfn f() {}").len(), 1);
    assert_eq!(bad_habits("src/a.rs", "fn f() {\n    #[cfg(feature = \"x\")]\n}").len(), 1);
}

#[test]
fn modules_are_folders_with_a_mod_rs() {
    let sources = sources();
    let folders = sources.iter().filter_map(|(path, _)| path.strip_suffix("/mod.rs"));
    let beside: Vec<_> = folders
        .filter(|folder| sources.iter().any(|(path, _)| path == &format!("{folder}.rs")))
        .map(str::to_owned)
        .collect();
    assert_none(beside);
}
