//! Numbers, codes and tokens appear where they have to be, and nowhere else.

use otpost::gateway::Outcome;
use otpost_testing::MockAnswer;

use crate::world::{logs, world, wrong};

/// Other tests of this process write to the same log, so this number is used nowhere else.
const CAROL: &str = "+41797778899";

#[tokio::test]
async fn pages_and_logs_contain_no_secrets() {
    let world = world().await;
    let mut browser = world.browser();
    let mut pages = Vec::new();
    // Failures as well: a gateway may repeat the request in its error.
    let repeats = format!("{{\"error\":\"invalid_recipient\",\"for\":\"{CAROL}\"}}");
    world.mock.answer(MockAnswer::new(422, repeats.clone()));
    browser.request_code(CAROL).await;
    browser.assert_shows("The code was not sent.");
    world.mock.answer(MockAnswer::new(500, repeats));
    browser.submit("", &[("number", CAROL)]).await;
    pages.push(browser.page.clone());
    let code = world.code();
    browser.submit("/code", &[("code", &wrong(&code))]).await;
    pages.push(browser.page.clone());
    world.advance(30);
    world.mock.answer_example(Outcome::Unauthorized);
    browser.submit("/resend", &[]).await;
    pages.push(browser.page.clone());
    let flow = browser.cookie("flow").unwrap().to_owned();
    let json = data_encoding::BASE64URL_NOPAD.decode(flow.as_bytes()).unwrap();
    let json = String::from_utf8(json).unwrap();
    let token = json.split("\"token\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(token.len(), 122);
    let secret = browser.cookie("browser").unwrap().to_owned();
    browser.submit("/code", &[("code", &code)]).await;
    pages.push(browser.page.clone());
    let session = browser.cookie("session").unwrap().to_owned();
    let device = browser.cookie("device").unwrap().to_owned();

    let needles = [
        &CAROL[1..],
        "797778899",
        "79 777 88 99",
        &code,
        &token,
        &flow,
        &secret,
        &session,
        &device,
        "token-of-the-gateway",
    ];
    for page in &pages {
        assert!(!page.contains("<!--"));
        for needle in needles {
            assert!(!page.contains(needle), "{needle} in {page}");
        }
    }
    let logged = String::from_utf8(logs().lock().unwrap().clone()).unwrap();
    for needle in needles {
        // The HTTP client of this test logs what it sends, so only the lines of the page count.
        let lines =
            logged.lines().filter(|line| line.contains("otpost") || line.contains("web_login"));
        let found: Vec<_> = lines.filter(|line| line.contains(needle)).collect();
        assert!(found.is_empty(), "{found:?}");
    }
    // The log is that of this page, and it tells the operator what happened.
    assert!(logged.contains("web_login::steps: the message was not sent"), "{logged}");
    assert!(logged.contains("otpost"));
}
