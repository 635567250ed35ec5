//! What is looked at before a message is sent.

use std::error::Error;
use std::sync::{Arc, Mutex};

use otpost::message::{DltTemplate, SegmentPolicy, SenderId, SenderPolicy};
use otpost::phone::{Region, RegionPolicy};
use otpost::provider::{Fate, MessageWarning, Preflight, Provider, SendErrorKind};
use otpost::testing::RecordingProvider;
use otpost::{Message, PhoneNumber};

fn message(to: &str, text: &str) -> Message {
    Message::new(PhoneNumber::parse(to).unwrap(), text).unwrap()
}

#[tokio::test]
async fn what_is_refused_is_not_sent() {
    let gateway = RecordingProvider::new();
    let provider = Preflight::new(gateway.clone())
        .with_regions(RegionPolicy::only([Region::parse("CH").unwrap()]))
        .with_segments(SegmentPolicy::at_most(1));
    assert_eq!(provider.name(), "recording");
    let long = "x".repeat(161);
    for (to, text, expected) in [
        ("+41791234567", "123456", None),
        (
            "+33612345678",
            "123456",
            Some((SendErrorKind::InvalidRecipient, "no messages are sent to FR")),
        ),
        (
            "+870773111632",
            "123456",
            Some((SendErrorKind::InvalidRecipient, "numbers without a region")),
        ),
        ("+41791234567", long.as_str(), Some((SendErrorKind::Misconfigured, "takes 2 segments"))),
    ] {
        let before = gateway.messages().len();
        let sent = provider.send(&message(to, text)).await;
        assert_eq!(gateway.messages().len() - before, usize::from(expected.is_none()), "{to}");
        let Some((kind, words)) = expected else {
            sent.unwrap();
            continue;
        };
        let error = sent.unwrap_err();
        assert_eq!((error.kind(), error.fate()), (kind, Fate::NotSent));
        assert!(error.source().unwrap().to_string().contains(words), "{error:?}");
        assert!(!format!("{error:?}{provider:?}").contains(&to[4..]));
    }
}

#[tokio::test]
async fn what_is_sent_with_a_warning_is_sent() {
    let (gateway, told) = (RecordingProvider::new(), Arc::new(Mutex::new(Vec::new())));
    let tell = told.clone();
    let provider = Preflight::new(gateway.clone())
        .with_segments(SegmentPolicy::at_most(3).with_warning_above(1))
        .with_sender_policy(SenderPolicy::new().with_default(SenderId::parse("Acme").unwrap()))
        .with_warning_handler(move |warning| tell.lock().unwrap().push(*warning));
    provider.send(&message("+41791234567", "short")).await.unwrap();
    assert_eq!(*told.lock().unwrap(), []);
    provider.send(&message("+6591234567", &"x".repeat(161))).await.unwrap();
    let told = told.lock().unwrap();
    let [MessageWarning::Segments(parts), MessageWarning::Sender(_)] = **told else {
        panic!("{told:?}")
    };
    assert_eq!((parts.segments.count, parts.most), (2, 1));
    let senders: Vec<_> = gateway.messages().iter().map(|m| m.sender().cloned()).collect();
    assert_eq!(senders, vec![SenderId::parse("Acme").ok(); 2]);
}

#[tokio::test]
async fn sender_that_the_region_refuses_is_not_sent() {
    let gateway = RecordingProvider::new();
    let acme = || SenderId::parse("Acme").unwrap();
    let senders = SenderPolicy::new().with_default(acme());
    let provider = Preflight::new(gateway.clone()).with_sender_policy(senders.clone());
    let error = provider.send(&message("+12025550123", "123456")).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (SendErrorKind::Misconfigured, Fate::NotSent));
    let why = error.source().unwrap().to_string();
    assert!(why.starts_with("US does not accept names as senders"), "{why}");
    provider.send(&message("+61412345678", "123456")).await.unwrap();
    let us = Region::parse("US").unwrap();
    let senders = senders.with_registered(us, acme());
    let provider = Preflight::new(gateway.clone()).with_sender_policy(senders);
    provider.send(&message("+12025550123", "123456")).await.unwrap();
    // Without a policy, nothing is known about the senders that the gateway accepts.
    let provider = Preflight::new(gateway.clone());
    provider.send(&message("+12025550123", "123456").with_sender(acme())).await.unwrap();
    assert_eq!(gateway.messages().len(), 3);
}

#[tokio::test]
async fn rules_on_texts_are_warnings() {
    let (gateway, told) = (RecordingProvider::new(), Arc::new(Mutex::new(Vec::new())));
    let tell = told.clone();
    let provider = Preflight::new(gateway.clone())
        .with_brand("Acme")
        .with_warning_handler(move |warning| tell.lock().unwrap().push(warning.to_string()));
    provider.send(&message("+60123456789", "RM0 123456 is your Acme code")).await.unwrap();
    assert_eq!(*told.lock().unwrap(), [""; 0]);
    provider.send(&message("+60123456789", "123456 is your code")).await.unwrap();
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|warning| warning.contains("breaks a rule of MY")), "{told:?}");
    assert!(told.iter().all(|warning| !warning.contains("123456")), "{told:?}");
    assert_eq!(gateway.messages().len(), 2);
}

#[tokio::test]
async fn smart_encoding_is_asked_for_and_leaves_a_registered_text() {
    let text = "Your code \u{2013} 123456";
    let gateway = RecordingProvider::new();
    let plain = Preflight::new(gateway.clone());
    let smart = Preflight::new(gateway.clone())
        .with_smart_encoding()
        .with_segments(SegmentPolicy::at_most(1));
    let template = DltTemplate::new("1", "2", "Your code \u{2013} {#var#}").unwrap();
    let registered = message("+919876543210", text).with_dlt(&template).unwrap();
    plain.send(&message("+41791234567", text)).await.unwrap();
    smart.send(&message("+41791234567", text)).await.unwrap();
    smart.send(&registered).await.unwrap();
    let sent: Vec<_> = gateway.messages().iter().map(|m| m.text().expose().to_owned()).collect();
    assert_eq!(sent, [text, "Your code - 123456", text]);
    // It is counted as it is sent.
    let long = format!("{text}\u{2019}{}", "x".repeat(100));
    smart.send(&message("+41791234567", &long)).await.unwrap();
    assert!(
        Preflight::new(gateway)
            .with_segments(SegmentPolicy::at_most(1))
            .send(&message("+41791234567", &long))
            .await
            .is_err()
    );
}

#[cfg(feature = "phone")]
#[tokio::test]
async fn kinds_of_numbers_are_refused() {
    use otpost::phone::KindPolicy;
    let gateway = RecordingProvider::new();
    let provider = Preflight::new(gateway.clone()).with_kinds(KindPolicy::mobile());
    provider.send(&message("+41791234567", "123456")).await.unwrap();
    let error = provider.send(&message("+41900123456", "123456")).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (SendErrorKind::InvalidRecipient, Fate::NotSent));
    assert_eq!(gateway.messages().len(), 1);
}
