//! What the flow says to pages, and where its key comes from.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use otpost::challenge::{ChallengeErrorKind, Client, Limits, Pepper, PepperError, Policy, Verdict};

use super::{LOGIN, world, wrong};

#[track_caller]
fn check(kind: ChallengeErrorKind, expected: u16) {
    assert_eq!(kind.http_status(), expected, "{kind:?}");
}

#[test]
fn statuses_of_errors_are_those_of_the_table() {
    check(ChallengeErrorKind::Binding, 409);
    check(ChallengeErrorKind::Contested, 429);
    check(ChallengeErrorKind::Cooldown, 429);
    check(ChallengeErrorKind::Gone, 410);
    check(ChallengeErrorKind::Limited, 429);
    check(ChallengeErrorKind::Locked, 429);
    check(ChallengeErrorKind::Message, 422);
    check(ChallengeErrorKind::Quota, 429);
    check(ChallengeErrorKind::Random, 500);
    check(ChallengeErrorKind::Region, 422);
    check(ChallengeErrorKind::Send, 502);
    check(ChallengeErrorKind::Unavailable, 503);
    check(ChallengeErrorKind::Unconfirmed, 422);
}

#[tokio::test]
async fn statuses_of_verdicts_are_those_of_the_table() {
    let world = world(|builder| builder);
    let challenge = world.issue().await.unwrap();
    let (token, code) = (challenge.token(), world.code());
    let status = |verdict: Verdict| verdict.http_status();
    let wrong = wrong(&code);
    for (typed, expected) in [(&*wrong, 403), ("letters", 422), (&code, 200), (&code, 410)] {
        let verdict = world.challenges.verify(token, LOGIN, typed).await.unwrap();
        assert_eq!(status(verdict), expected, "{typed}");
    }
}

#[tokio::test]
async fn challenges_ping_and_sweep_the_store() {
    let world = world(|builder| builder.policy(Policy::default()).limits(Limits::default()));
    world.challenges.ping().await.unwrap();
    let issued = world.challenges.issue(&super::swiss(), LOGIN, Client::Internal).await.unwrap();
    assert_eq!(world.challenges.sweep().await.unwrap(), 0);
    world.pass(301);
    assert_eq!(world.challenges.sweep().await.unwrap(), 1);
    assert_eq!(world.challenges.sweep().await.unwrap(), 0);
    let verdict = world.challenges.verify(issued.token(), LOGIN, &world.code()).await;
    assert!(matches!(verdict, Ok(Verdict::Gone)));
}

/// A file that ends with the test.
struct TextFile(PathBuf);

impl TextFile {
    fn new(content: impl AsRef<[u8]>) -> Self {
        let mut name = [0; 8];
        otpost::otp::fill_random(&mut name).unwrap();
        let path =
            std::env::temp_dir().join(format!("otpost-pepper-{:x?}", u64::from_le_bytes(name)));
        fs::write(&path, content).unwrap();
        Self(path)
    }
}

impl Drop for TextFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

const KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

#[test]
fn peppers_are_read_from_files() {
    let read =
        |content: &str| Pepper::from_file(&TextFile::new(content).0).map(|p| format!("{p:?}"));
    let expected = format!("{:?}", Pepper::parse(KEY).unwrap());
    for content in [KEY.to_owned(), format!("{KEY}\n"), format!("{KEY}\r\n")] {
        assert_eq!(read(&content).as_ref(), Ok(&expected), "{content:?}");
    }
    let two = format!("2:{KEY}, 1:{KEY}\n");
    assert_eq!(read(&two), Ok(format!("{:?}", Pepper::parse(two.trim()).unwrap())));
}

#[test]
fn peppers_of_bad_files_are_refused_without_their_content() {
    const SENTINEL: &str = "S3ntinelS3ntinelS3ntinelS3ntinelS3ntinelS3n";
    let check = |content: Vec<u8>, expected: fn(&PepperError) -> bool| {
        let error = Pepper::from_file(&TextFile::new(&content).0).unwrap_err();
        assert!(expected(&error), "{error:?}");
        let shown = format!("{error} {error:?} {:?}", error.source().map(ToString::to_string));
        assert!(!shown.contains(&SENTINEL[..8]) && !shown.contains("otpost-pepper"), "{shown}");
    };
    let is_text = |error: &PepperError| matches!(error, PepperError::Text(_));
    check(Vec::new(), |error| matches!(error, PepperError::Short));
    check(format!("{SENTINEL}!").into(), is_text);
    check(format!("{SENTINEL}\n{SENTINEL}\n").into(), is_text);
    check(format!("x:{SENTINEL}\n").into(), is_text);
    check(SENTINEL[..20].into(), |error| matches!(error, PepperError::Short));
    check([SENTINEL.as_bytes(), &[0xff]].concat(), |error| matches!(error, PepperError::File(_)));
    check(SENTINEL.repeat(2_000).into(), |error| matches!(error, PepperError::LongFile));
    let missing = Pepper::from_file("/nowhere/otpost-pepper").unwrap_err();
    assert_eq!(missing, PepperError::File(std::io::ErrorKind::NotFound));
}
