//! What a command holds is in the values alone: not in the spec, the report or an error.

use super::sample;

const COMMANDS: [&str; 8] = [
    "TOKEN=needle-token-1\ncurl -u acme:needle-password-2 'https://u:needle-in-url-3@api.acme.example/v1/needle4needle4needle4needle4/send?apikey=needle-key-5' \\\n  \
     -H \"X-Auth-Token: $TOKEN\" -H 'X-Secret: needle-header-6' -b 'sid=needle-cookie-7' -d 'to=%2B12025550123&text=123456 is your code'",
    "curl https://api.acme.example/send -H 'Authorization: Bearer needle-bearer-8' \
     --json '{\"to\":12025550123,\"text\":\"123456 is your code\",\"auth\":{\"password\":\"needle-json-9\",\"pin_token\":4242424242424}}'",
    "curl https://api.acme.example/send -H 'Content-Type: text/xml' -H 'Authorization: App needle-app-10' \
     -d '<sms token=\"needle-attribute-11\"><password>needle-xml-12</password><to>+12025550123</to><text>123456 is your code</text></sms>'",
    "curl https://api.acme.example/send -F password=needle-multipart-13 -F to=+12025550123 -F 'text=123456 is your code' --oauth2-bearer needle-oauth-14",
    "curl ^\"https://api.acme.example/send^\" ^\n -H ^\"x-api-key: needle-cmd-15^\" ^\n --data-raw ^\"to=12025550123^&text=123456^%^20is^%^20your^%^20code^\"",
    "curl https://api.acme.example/send -d to=12025550123 -d 'text=123456 is your code' -d \"password=needle-mixed-16$SUFFIX\" \\\n \
     -H \"Authorization: Bearer needle-mixed-17$X\" -H 'X-Api-Key: needle-mixed-18-{{env}}' -d api_key=needle-12025550123-19 -d 'callback=https://u:needle20@x.example/'",
    "curl https://api.acme.example/send -H 'Content-Type: text/xml' \
     -d '<sms><password><![CDATA[needle-cdata-21]]></password><pin_password><!-- a comment -->needle-comment-25</pin_password><param name=\"token\" value=\"needle-param-22\"/><to>12025550123</to><text>123456 is your code</text></sms>'",
    "curl https://api.acme.example/send --json '{\"to\":\"12025550123\",\"text\":\"123456 is your code\",\"auth\":{\"value\":\"needle-nested-23\"},\"h\":[{\"name\":\"password\",\"value\":\"needle-named-24\"}]}'",
];

const NEEDLES: [&str; 6] =
    ["needle", "12025550123", "2025550123", "is your code", "is%20your", "4242424242424"];

fn complaint(shown: &str) -> Option<&'static str> {
    NEEDLES.into_iter().find(|needle| shown.contains(needle))
}

#[test]
fn what_is_imported_shows_no_value() {
    assert_eq!(complaint(&format!("{:?}", sample())), None);
    let mut values = 0;
    for command in COMMANDS {
        let import = otpost_curl::import(command, &sample())
            .unwrap_or_else(|error| panic!("{error}: {command}"));
        let toml = import.spec().to_toml().unwrap();
        let shown = format!("{import} {import:?} {:?} {toml}", import.notes());
        assert_eq!(complaint(&shown), None, "{shown}");
        values +=
            import.expose_values().filter(|(_, value)| complaint(value.expose()).is_some()).count();
    }
    assert!(values >= 14, "{values} needles were found: else there is nothing to hide");
}

#[test]
fn no_error_shows_a_value() {
    let mut refused = 0;
    for command in COMMANDS {
        for (end, _) in command.char_indices() {
            // Cut off anywhere, and with a stray byte anywhere.
            for broken in
                [command[..end].to_owned(), format!("{}'{}", &command[..end], &command[end..])]
            {
                let shown = match otpost_curl::import(&broken, &sample()) {
                    Ok(import) => format!("{import} {import:?}"),
                    Err(error) => {
                        refused += 1;
                        format!("{error} {error:?}")
                    }
                };
                assert_eq!(complaint(&shown), None, "{broken}\n{shown}");
            }
        }
    }
    assert!(refused > 500, "{refused}");
}
