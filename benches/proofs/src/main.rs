//! Three proofs about time: memcheck sees branches and addresses that depend on secrets, a look through the machine code sees divisions, and
//! dudect measures. `quick` runs the first two.

mod division;
mod dudect;
mod hot;
mod naive;
mod taint;
mod valgrind;

fn main() {
    let argument = std::env::args().nth(1);
    let sound = match argument.as_deref() {
        None => [division::prove(), taint::prove(), dudect::prove()].iter().all(|sound| *sound),
        Some("quick") => [division::prove(), taint::prove()].iter().all(|sound| *sound),
        Some("tainted") => return taint::run(),
        Some("timed") => return dudect::run(),
        Some(other) => panic!("{other}: nothing, or `quick`"),
    };
    std::hint::black_box(naive::remainder(std::process::id(), std::hint::black_box(10)));
    assert!(sound, "see above");
}
