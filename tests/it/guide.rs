//! The files in the guide are good specs, once what they leave out is there.

use otpost::gateway::GatewaySpec;

const GUIDE: &str = include_str!("../../src/guide/gateway_spec.md");

/// The files of the guide, each completed by the parts that it does not show.
fn files() -> Vec<(String, String)> {
    let blocks = GUIDE.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.map(|block| (block.to_owned(), completed(block))).collect()
}

fn completed(block: &str) -> String {
    if block.contains("spec = 1") {
        return block.to_owned();
    }
    let declared = ["username", "password"]
        .into_iter()
        .filter(|name| block.contains(&format!("{{{{{name}}}}}")));
    let vars: String = declared.map(|name| format!("{name} = {{ secret = true }}\n")).collect();
    let body = if block.contains("[request.") {
        ""
    } else {
        "form = { to = \"{{to}}\", text = \"{{text}}\" }\n"
    };
    let (recipient, text) = (block.contains("{{to"), block.contains("{{text"));
    let is_whole = body.is_empty() && !(recipient && text);
    let headers = if is_whole {
        "headers = { X-To = \"{{to}}\", X-Text = \"{{text|base64}}\" }\n"
    } else {
        ""
    };
    format!(
        "spec = 1\nid = \"acme\"\nname = \"Acme\"\n[vars]\n{vars}[request]\nmethod = \"POST\"\nurl = \"https://acme.example/send\"\n{headers}{body}\n{block}"
    )
}

#[test]
fn every_file_in_the_guide_passes_its_check() {
    let files = files();
    assert!(files.len() >= 4, "{}", files.len());
    for (block, toml) in files {
        // Without the feature, a spec with XML is refused, which another test is about.
        if block.contains("xml") && !cfg!(feature = "xml") {
            continue;
        }
        let checked = GatewaySpec::from_toml(&toml).and_then(|spec| spec.check());
        assert!(checked.is_ok(), "{}:\n{toml}", checked.unwrap_err());
    }
    // A mistake in a file would be found.
    let wrong = completed("[request.form]\nto = \"{{to}}\"\ntext = \"{{txt}}\"\n");
    assert!(GatewaySpec::from_toml(&wrong).and_then(|spec| spec.check()).is_err());
}
