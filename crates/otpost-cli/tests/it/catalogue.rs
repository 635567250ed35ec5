//! The list of gateways, and the names of it in the place of files.

use crate::{check, file, json, otpost, texts};

const MESSAGE: [&str; 4] = ["--to", "+12025550123", "--code", "123456"];

#[test]
fn catalogue_lists_every_gateway() {
    let listed = otpost(&["catalogue"], "");
    check(&listed, 0, "name ", "");
    let document = json(&otpost(&["catalogue", "--json"], ""));
    let gateways = document["gateways"].as_array().unwrap();
    let lines = texts(&listed).0;
    assert_eq!(lines.lines().count(), gateways.len() + 1, "{lines}");
    for gateway in gateways {
        let name = gateway["name"].as_str().unwrap();
        let line = lines.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap();
        assert!(line.contains(gateway["gateway"].as_str().unwrap()), "{line}");
        assert!(line.contains(gateway["auth"].as_str().unwrap()), "{line}");
        assert_eq!(line.contains("message id"), gateway["message_id"] == true, "{line}");
        // Each name works wherever a file does.
        check(&otpost(&["check", name], ""), 0, &format!("{name}: ok\n"), "");
        let explained = otpost(&["explain", name, "--status", "500"], "");
        check(&explained, 0, "result: ", "");
    }
    let document = json(&otpost(&["catalogue", "messagebird", "--json"], ""));
    assert_eq!(document["auth"], "header");
    assert_eq!(document["vars"][0]["name"], "access_key");
    assert_eq!((&document["vars"][0]["secret"], &document["body"]), (&true.into(), &"json".into()));
}

#[test]
fn catalogue_prints_a_spec_to_change() {
    let printed = texts(&otpost(&["catalogue", "kannel"], "")).0;
    assert_eq!(
        printed,
        include_str!("../../../../src/gateways/kannel.toml").trim_end().to_owned() + "\n"
    );
    check(&otpost(&["check", "-"], &printed), 0, "-: ok\n", "");
    let unknown = otpost(&["catalogue", "nobody"], "");
    check(&unknown, 1, "", "error: unknown gateway name: expected one of 2factor, ");
    for (name, hint) in [
        ("Message_Brid", "did you mean `messagebird`?"),
        ("aws", "expected one of aws-eum, aws-sns\n"),
    ] {
        let unknown = otpost(&["catalogue", name], "");
        check(&unknown, 1, "", &format!("error: unknown gateway name: {hint}"));
        let unknown = otpost(&["sandbox", name], "");
        let hint = hint.replace("one of ", "a spec file, sample, ");
        check(&unknown, 2, "", &format!("error: unknown gateway `{name}`: {hint}"));
    }
}

#[test]
fn catalogue_names_are_taken_in_the_place_of_files() {
    let key = file("messagebird.key", "sentinel-key\n");
    let key = format!("access_key=file:{}", key.display());
    let vars = ["render", "messagebird", "--var", &key, "--var", "sender=Acme"];
    let shown = otpost(&[&vars[..], &MESSAGE].concat(), "");
    check(&shown, 0, "POST https://rest.messagebird.com/messages\n", "");
    assert!(!texts(&shown).0.contains("sentinel"));
    let unknown = otpost(&[&["render", "mesagebird"], &MESSAGE[..]].concat(), "");
    let problem = "mesagebird: there is no such file, and no such gateway in `otpost catalogue`";
    check(&unknown, 1, "", problem);
    // A path is a file, whatever its name is.
    let missing = otpost(&[&["render", "./kannel"], &MESSAGE[..]].concat(), "");
    check(&missing, 1, "", "./kannel: the file cannot be read: ");
}

#[test]
fn catalogue_secrets_are_refused_as_arguments() {
    for (gateway, var) in [
        ("messagebird", "access_key=sentinel-1"),
        ("kannel", "password=sentinel-2"),
        ("smseagle-v2", "token=sentinel-3"),
    ] {
        let output = otpost(&[&["render", gateway, "--var", var], &MESSAGE[..]].concat(), "");
        check(&output, 2, "", "a secret on the command line is visible to other users");
        assert!(!texts(&output).1.contains("sentinel"));
    }
    // A name is enough, even if the spec does not declare the secret.
    let spec = crate::SPEC.replace("token = { secret = true }", "token = {}");
    let path = file("undeclared.toml", &spec);
    let path = path.to_str().unwrap();
    let output =
        otpost(&[&["render", path, "--var", "token=sentinel-4"], &MESSAGE[..]].concat(), "");
    check(&output, 2, "", "a secret on the command line is visible to other users");
}
