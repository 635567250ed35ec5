//! Ways by region, and what a message may cost.

use otpost::phone::{Prefix, Region};
use otpost::provider::{Fate, Provider, Route, RouteTarget, SendErrorKind};
use otpost::testing::RecordingProvider;
use otpost::{Message, PhoneNumber};

fn message(number: &str, text: &str) -> Message {
    Message::new(PhoneNumber::parse(number).unwrap(), text).unwrap()
}

#[tokio::test]
async fn a_region_is_more_than_its_code_and_less_than_a_prefix() {
    let [code, region, prefix] = [(); 3].map(|()| RecordingProvider::new());
    let route = Route::new()
        .with_target(RouteTarget::new(code.clone()).with_prefix(Prefix::parse("+1").unwrap()))
        .with_target(RouteTarget::new(region.clone()).with_region(Region::parse("CA").unwrap()))
        .with_target(
            RouteTarget::new(prefix.clone()).with_prefix(Prefix::parse("+1506234").unwrap()),
        );
    for (number, expected) in [
        ("+12025550123", [1, 0, 0]),
        ("+15062345678", [1, 0, 1]),
        ("+15062355678", [1, 1, 1]),
        ("+12423591234", [2, 1, 1]),
    ] {
        route.send(&message(number, "123456")).await.unwrap();
        let counts = [&code, &region, &prefix].map(|provider| provider.messages().len());
        assert_eq!(counts, expected, "{number}");
    }
    let canada = Route::new()
        .with_target(RouteTarget::new(region.clone()).with_region(Region::parse("CA").unwrap()));
    let error = canada.send(&message("+12025550123", "123456")).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (SendErrorKind::Misconfigured, Fate::NotSent));
}

#[tokio::test]
async fn what_costs_too_much_is_not_sent() {
    let [cheap, dear] = [(); 2].map(|()| RecordingProvider::new());
    let route = Route::new()
        .with_target(
            RouteTarget::new(dear.clone())
                .with_prefix(Prefix::parse("+41").unwrap())
                .with_price(90),
        )
        .with_target(RouteTarget::new(cheap.clone()).with_price(40))
        .with_max_cost(100);
    // The better way costs too much for two parts, and the other does not.
    route.send(&message("+41791234567", "123456")).await.unwrap();
    route.send(&message("+41791234567", &"a".repeat(161))).await.unwrap();
    assert_eq!((dear.messages().len(), cheap.messages().len()), (1, 1));
    let error = route.send(&message("+41791234567", &"a".repeat(307))).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (SendErrorKind::Misconfigured, Fate::NotSent));
    assert!(std::error::Error::source(&error).is_some_and(|why| why.to_string().contains("cost")));
    assert_eq!((dear.messages().len(), cheap.messages().len()), (1, 1));
    let most = Route::new()
        .with_target(RouteTarget::new(cheap.clone()).with_price(u32::MAX))
        .with_max_cost(u64::MAX);
    most.send(&message("+41791234567", &"a".repeat(1_000))).await.unwrap();
}
