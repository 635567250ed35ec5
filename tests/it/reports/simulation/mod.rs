//! Messages whose reports are lost, repeated, early, forged and out of order. `OTPOST_WHOLE=1` runs
//! a million of them.

mod challenges;
mod log;
mod wire;

use otpost::report::ReportStatus;

use self::wire::Forgery;
use crate::dice::Dice;

/// The reports of one message, as the gateway makes them.
fn life(dice: &mut Dice) -> Vec<ReportStatus> {
    use ReportStatus::{Delivered, Expired, Pending, Rejected, Undeliverable, Unknown};
    let mut life = vec![Pending; usize::try_from(dice.below(3)).unwrap()];
    match dice.below(10) {
        0 => life.push(Undeliverable),
        1 => life.push(Rejected),
        2 => life.push(Expired),
        // The phone was off for longer than the network waited.
        3 => life.extend([Expired, Delivered]),
        4 => life.push(Unknown),
        5 => {}
        _ => life.push(Delivered),
    }
    life
}

/// Returns the reports that are not lost.
fn arriving(dice: &mut Dice) -> Vec<ReportStatus> {
    life(dice).into_iter().filter(|_| dice.below(5) != 0).collect()
}

/// The state that the reports which arrive tell, in whatever order.
fn expected(arrived: &[ReportStatus]) -> Option<ReportStatus> {
    use ReportStatus::{Delivered, Expired, Pending, Rejected, Undeliverable, Unknown};
    let order = [Delivered, Undeliverable, Rejected, Expired, Unknown, Pending];
    order.into_iter().find(|status| arrived.contains(status))
}

/// A forged report, for every second message.
fn forged(dice: &mut Dice) -> Option<(ReportStatus, Forgery)> {
    let status = dice.one(&[ReportStatus::Delivered, ReportStatus::Undeliverable]);
    let forgery = dice.one(&[Forgery::Guessed, Forgery::Moved, Forgery::Unsigned]);
    (dice.below(2) == 0).then_some((status, forgery))
}
