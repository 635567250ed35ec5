//! The event that reports unusually many new numbers in a region.

use otpost::challenge::{Client, Limits};

use super::{LOGIN, World, number, world};

/// Requests messages for so many numbers of which none has verified.
async fn ask(world: &World, prefix: &str, from: usize, count: usize) {
    for at in from..from + count {
        let to = number(&format!("{prefix}{at:07}"));
        let _ = world.challenges.issue(&to, LOGIN, Client::Internal).await;
    }
}

fn last(world: &World) -> String {
    let events = world.events.lock().unwrap();
    events.iter().rev().find(|event| event.contains("Unusual")).unwrap().clone()
}

#[tokio::test]
async fn unusual_region_is_reported_once_an_hour() {
    let world = world(|builder| builder);
    ask(&world, "+4179", 0, 100).await;
    assert_eq!(world.heard("Unusual"), 0);
    ask(&world, "+4179", 100, 100).await;
    assert_eq!(world.heard("Unusual"), 1);
    let event = last(&world);
    assert!(event.contains("Unusual { messages: 101, average: 0 }"), "{event}");
    assert!(event.contains("+41*****0100") && event.contains("login"), "{event}");
    // Each region for itself.
    ask(&world, "+49170", 0, 100).await;
    assert_eq!(world.heard("Unusual"), 1);
    ask(&world, "+49170", 100, 1).await;
    assert_eq!(world.heard("Unusual"), 2);
    // In the next hour again, if there are as many.
    world.pass(3_600);
    ask(&world, "+4179", 200, 100).await;
    assert_eq!(world.heard("Unusual"), 2);
    ask(&world, "+4179", 300, 100).await;
    assert_eq!(world.heard("Unusual"), 3);
    let event = last(&world);
    assert!(event.contains("Unusual { messages: 101, average: 9 }"), "{event}");
}

#[tokio::test]
async fn unusual_is_more_than_five_times_the_average_of_a_day() {
    let world = world(|builder| builder);
    for hour in 0..24 {
        ask(&world, "+4179", hour * 40, 40).await;
        world.pass(3_600);
    }
    ask(&world, "+4179", 1_000, 200).await;
    assert_eq!(world.heard("Unusual"), 0);
    ask(&world, "+4179", 1_200, 1).await;
    let event = last(&world);
    assert!(event.contains("Unusual { messages: 201, average: 40 }"), "{event}");
    // A day later all of it is forgotten.
    world.pass(25 * 3_600);
    ask(&world, "+4179", 2_000, 101).await;
    let event = last(&world);
    assert!(event.contains("Unusual { messages: 101, average: 0 }"), "{event}");
}

#[tokio::test]
async fn unusual_region_is_reported_although_its_messages_are_refused() {
    let world = world(|builder| builder.limits(Limits::none().with_region(1)));
    ask(&world, "+4179", 0, 101).await;
    assert_eq!((world.heard("Unusual"), world.phone.messages().len()), (1, 1));
}

#[tokio::test]
async fn unusual_numbers_are_new_ones_that_get_messages() {
    let (code, later) = (otpost::Code::parse("000000").unwrap(), super::test_numbers::later());
    let known: Vec<_> = (0..200).map(|at| number(&format!("+4179{at:07}"))).collect();
    let world = world(|builder| {
        (200..400)
            .map(|at| number(&format!("+4179{at:07}")))
            .fold(builder, |builder, to| builder.test_number(to, code.clone(), later))
    });
    world.challenges.mark_verified(&known).await.unwrap();
    // 200 known numbers and 200 test numbers; and decoys.
    ask(&world, "+4179", 0, 400).await;
    for at in 400..600 {
        let to = number(&format!("+4179{at:07}"));
        let issue = world.challenges.issue(&to, LOGIN, Client::Internal);
        issue.decoy(true).await.unwrap();
    }
    assert_eq!(world.heard("Unusual"), 0);
    ask(&world, "+4179", 600, 101).await;
    assert_eq!(world.heard("Unusual"), 1);
}
