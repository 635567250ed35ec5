//! Equal signs in values, which some devices do not decode: they are sent as curl sends them, or a note says that they are not.

use otpost::HttpGateway;
use otpost::testing::ScriptedTransport;
use otpost_curl::{CurlImport, CurlNote};

use super::{message, sample};

fn import(rest: &str) -> CurlImport {
    otpost_curl::import(&format!("curl {rest}"), &sample()).unwrap()
}

fn url(import: &CurlImport) -> String {
    let builder = HttpGateway::builder(import.spec().clone());
    let builder = import
        .expose_values()
        .fold(builder, |builder, (name, value)| builder.var(name, value.expose()));
    let gateway = builder.build_with(ScriptedTransport::new()).unwrap();
    gateway.prepare(&message()).unwrap().expose_url().to_owned()
}

fn noted(import: &CurlImport) -> Vec<String> {
    let place = |note: &CurlNote| match note {
        CurlNote::EqualSign { place } => Some(place.clone()),
        _ => None,
    };
    import.notes().iter().filter_map(place).collect()
}

/// Checks that the URL of a command stays as it is.
#[track_caller]
fn kept(query: &str) {
    let whole = format!("http://10.0.0.5/cgi?{query}");
    for command in [format!("'{whole}'"), format!("-G -d '{query}' http://10.0.0.5/cgi")] {
        let import = import(&command);
        assert_eq!(url(&import), whole, "{}", import.spec().to_toml().unwrap());
        assert_eq!(noted(&import), [""; 0]);
        // No note names a parameter that the spec does not have.
        let toml = import.spec().to_toml().unwrap();
        for note in import.notes().iter().map(ToString::to_string) {
            let place = note.strip_prefix("request.query.").and_then(|rest| rest.split(':').next());
            assert!(
                place.is_none_or(|name| toml.contains(&format!("{name} = "))),
                "{note}\n{toml}"
            );
        }
    }
}

/// Checks that an equal sign becomes `%3D`, and that a note says so.
#[track_caller]
fn encoded(query: &str, place: &str) {
    let import = import(&format!("'http://10.0.0.5/cgi?{query}'"));
    assert!(url(&import).contains("%3D"), "{}", url(&import));
    assert_eq!(noted(&import), [place]);
}

const REST: &str = "to=12025550123&text=123456%20is%20your%20code";

#[test]
fn equal_signs_in_the_query_are_sent_as_curl_sends_them() {
    kept(&format!("1500101=account=me&port=1&{REST}"));
    kept(&format!("port=1&cmd=a=b=c&password=hunter2x&cmd2=x=y&{REST}"));
    kept(&format!("cmd==&{REST}"));
    kept("1=to=12025550123&text=123456%20is%20your%20code");
    // After what cannot be in the URL: `%2F` is no equal sign.
    kept(&format!("cmd=a%2Fb=c&{REST}"));
    // There is nothing to keep.
    kept(&format!("a=b%3Dc&{REST}"));
}

#[test]
fn equal_signs_that_are_encoded_have_a_note() {
    let place = "request.query.cmd";
    // Behind a placeholder, in a variable, next to an encoded one, and behind such a parameter.
    encoded("cmd=12025550123=b&text=123456%20is%20your%20code", place);
    encoded(&format!("{REST}&cmd=a%3Db=c"), place);
    encoded(&format!("x=a%3Db&cmd=a=b&{REST}"), place);
    encoded(&format!("api_key=aGVsbG8gd29ybGQx==&{REST}"), "request.query.api_key");
    encoded(&format!("cmd=a%26b=c&{REST}"), place);
    let form = import("http://10.0.0.5/cgi -d 'cmd=a=b&to=12025550123&text=123456+is+your+code'");
    assert_eq!(noted(&form), ["request.form.cmd"]);
    assert!(form.to_string().contains("the spec sends `%3D`"), "{form}");
    let form = import("http://10.0.0.5/cgi -d 'cmd=a%3Db&to=12025550123&text=123456+is+your+code'");
    assert_eq!(noted(&form), [""; 0]);
}
