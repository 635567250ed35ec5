//! Whether the search for needles has seen every public type.

#[test]
fn every_public_type_is_searched_or_holds_nothing() {
    // Types that are made of names, counts and kinds alone.
    const PLAIN: [&str; 39] = [
        "AccountState",
        "Algorithm",
        "AnswerSpec",
        "Charset",
        "CodeError",
        "DateFormat",
        "Digits",
        "Encoding",
        "ExampleResponse",
        "Explanation",
        "Filter",
        "FilterError",
        "GatewaySpecBuilder",
        "HashAlgorithm",
        "Idempotency",
        "Lint",
        "Locale",
        "LocaleError",
        "ManualClock",
        "Match",
        "MessageError",
        "MessageId",
        "Method",
        "NullProvider",
        "Outcome",
        "PhoneNumberError",
        "Predicate",
        "RandomError",
        "Rule",
        "Scalar",
        "SecretError",
        "Segments",
        "SenderId",
        "SenderIdError",
        "SpecError",
        "SpecWarning",
        "Stage",
        "SystemClock",
        "TimeUnit",
    ];
    let more = [
        "KeyKind",
        "KeyUriError",
        "MigrationCombineError",
        "MigrationError",
        "MigrationExportError",
        "MigrationKeyError",
        "OcraInputError",
        "OcraSuite",
        "OcraSuiteError",
        "QrError",
        "SteamCodeError",
        "Autofill",
        "AutofillError",
        "AutofillWarning",
        "CircuitBreakerState",
        "Attempt",
        "AttemptRule",
        "BuildError",
        "Challenge",
        "ChallengeError",
        "ChallengeErrorKind",
        "ChallengeId",
        "ChallengeIdError",
        "Challenges",
        "BucketRule",
        "BucketState",
        "ChallengesBuilder",
        "Conversion",
        "CounterTag",
        "Delivery",
        "Event",
        "EventKind",
        "Finish",
        "Give",
        "GiveKind",
        "GoneReason",
        "DeviceToken",
        "Issue",
        "Limit",
        "LimitRule",
        "Limits",
        "Mac",
        "MemoryStore",
        "NewChallenge",
        "Nonce",
        "OpenRule",
        "Opened",
        "Pepper",
        "PepperError",
        "Policy",
        "RefusedReason",
        "Resend",
        "ResendRule",
        "Resent",
        "Reserved",
        "Settlement",
        "Salt",
        "SendWindow",
        "Stats",
        "SteadyClock",
        "StoreError",
        "StoreErrorKind",
        "Verdict",
        "Verify",
        "Claim",
        "Intent",
        "Accepted",
        "ChallengeToken",
        "Client",
        "Purpose",
        "QueueTag",
        "Step",
        "Worker",
        "Preflight",
        // `telemetry::flow` searches its `Debug`.
        "ProviderMessageId",
        // A number of the gateway, in words of its own.
        "Account",
        "GatewayAbout",
        "RequireConsent",
        "NonGsmCharacter",
        "EmbeddedStyle",
        "OriginBound",
        "Region",
        "RegionError",
        "RegionPolicy",
        "RegionRefused",
        "CurlCommand",
        "ChallengeState",
        "Decision",
        "Denied",
        "RecipientState",
        "Diagnosis",
        "DltError",
        "DltTemplate",
        "LinkKind",
        "Duplicates",
        "FailedAttempt",
        "Finding",
        "JwtAlgorithm",
        "MacAlgorithm",
        "MacEncoding",
        "MismatchKind",
        "RecognizedCall",
        "ResponseKind",
        "KindPolicy",
        "KindRefused",
        "MessageWarning",
        "NumberKind",
        "Prefix",
        "PrefixError",
        "TimeLeft",
        "SegmentPolicy",
        "SenderKind",
        "SenderWarning",
        "SenderPolicy",
        "MessageTemplatesError",
        "TooManySegments",
        "TlsBackend",
        "TlsVersion",
        "TokioTimer",
        "Template",
        "TemplateError",
        "TemplateErrorKind",
        "TextTemplateError",
        "MessageTemplates",
        "TransportError",
        "Window",
        "WindowState",
        "UnknownWordError",
        "MessageIdError",
    ];
    let here = concat!(
        include_str!("../redaction/mod.rs"),
        include_str!("../redaction/keys.rs"),
        include_str!("../imitation/hidden.rs")
    );
    let mut checked = 0;
    let mut folders =
        vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../src"))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            for line in std::fs::read_to_string(path).unwrap_or_default().lines() {
                let Some(rest) =
                    line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum "))
                else {
                    continue;
                };
                let name = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap();
                let plain = PLAIN.contains(&name) || more.contains(&name);
                assert!(
                    plain
                        || here.contains(&format!("{name}::"))
                        || here.contains(&format!(": {name}"))
                        || here.contains(&format!("&{name}")),
                    "{name} is not searched"
                );
                checked += 1;
            }
        }
    }
    assert!(checked > 50, "{checked}");
}
