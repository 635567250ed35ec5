//! `otpost catalogue`: lists the included gateways.

use std::io::{self, Write};
use std::process::ExitCode;

use otpost::gateway::{Charset, GatewaySpec};
use otpost::gateways;
use serde_json::{Value, json};

use crate::arguments::OutputArguments;
use crate::error::CommandError;
use crate::output::{print_json, print_table};

/// Prints a line per gateway, or the spec of one.
pub(crate) fn catalogue(
    name: Option<&str>,
    output: OutputArguments,
) -> Result<ExitCode, CommandError> {
    match name {
        None if output.json => {
            let all: Vec<_> = gateways::all().map(|spec| document(&spec)).collect();
            print_json(&json!({ "gateways": all }))?;
        }
        None => {
            let heads = ["name", "gateway", "request", "auth", "features"].map(str::to_owned);
            let rows = std::iter::once(heads).chain(gateways::all().map(|spec| row(&spec)));
            print_table(&rows.collect::<Vec<_>>())?;
        }
        Some(name) => {
            let spec = gateways::with_examples(name).map_err(|error| {
                CommandError::Refused(format!("unknown gateway name: {}", error.hint()))
            })?;
            if output.json {
                print_json(&document(&spec))?;
            } else {
                let text = gateways::toml(name).unwrap_or_default();
                writeln!(io::stdout().lock(), "{}", text.trim_end())?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn row(spec: &GatewaySpec) -> [String; 5] {
    let features = features(spec).join(", ");
    let auth = spec.auth().kind().to_owned();
    [spec.id().to_owned(), spec.name().to_owned(), request(spec), auth, features]
}

/// Returns the method and the kind of the body, such as `POST json`.
fn request(spec: &GatewaySpec) -> String {
    let body = spec.body_kind().map(|kind| format!(" {kind}")).unwrap_or_default();
    format!("{}{body}", spec.method())
}

/// Returns the optional parts of a spec, and a character encoding other than UTF-8.
fn features(spec: &GatewaySpec) -> Vec<&'static str> {
    let charset = spec.charset();
    let parts = [
        (spec.has_message_id(), "message id"),
        (spec.has_idempotency(), "idempotency"),
        (spec.has_account(), "account"),
        (spec.has_erase(), "erase"),
        (charset != Charset::Utf8, charset.as_str()),
    ];
    parts.into_iter().filter(|(has, _)| *has).map(|(_, name)| name).collect()
}

fn document(spec: &GatewaySpec) -> Value {
    let vars = spec.vars().map(|(name, var)| {
        json!({ "name": name, "secret": var.is_secret(), "required": !var.is_optional() })
    });
    json!({
        "name": spec.id(),
        "gateway": spec.name(),
        "docs": spec.docs().trim(),
        "checked": spec.about().facts(),
        "method": spec.method().as_str(),
        "body": spec.body_kind(),
        "charset": spec.charset().as_str(),
        "auth": spec.auth().kind(),
        "message_id": spec.has_message_id(),
        "idempotency": spec.has_idempotency(),
        "account": spec.has_account(),
        "erase": spec.has_erase(),
        "examples": spec.examples().len(),
        "vars": vars.collect::<Vec<_>>(),
    })
}
