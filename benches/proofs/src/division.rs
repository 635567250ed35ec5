//! Memcheck does not see divisions, whose time depends on what is divided: the machine code is read for them.

use std::collections::{HashMap, HashSet};
use std::process::Command;

use crate::hot;

/// Of x86 and of Arm; those of x86 also with the size of what is divided.
const DIVISIONS: [&str; 4] = ["div", "idiv", "udiv", "sdiv"];
const SIZES: [char; 4] = ['b', 'w', 'l', 'q'];

/// These divide a time by a time step, both of which are public.
const PUBLIC: [&str; 3] = [
    "otpost::otp::steam::step_at",
    "otpost::otp::totp::Totp::step_at",
    "otpost::otp::ocra::suite::OcraSuite::step_at",
];

/// Whatever says one of these in its name is looked through.
const ROOMS: [&str; 5] = ["otpost::otp::", "otpost_proofs::hot::", "sha1::", "sha2::", "subtle::"];
/// What functions call is looked through, too, but for memory and for what ends in a panic.
const ELSEWHERE: [&str; 5] = ["core::panicking::", "core::fmt::", "alloc::", "std::", "__rust"];

/// A function of the program: where it begins, its name, what its instructions do, and where they go.
struct Function<'a> {
    start: &'a str,
    name: &'a str,
    instructions: Vec<&'a str>,
    goes_to: Vec<&'a str>,
}

impl Function<'_> {
    fn divisions(&self) -> usize {
        let is_division = |name: &&&str| {
            DIVISIONS.contains(name) || DIVISIONS.contains(&name.trim_end_matches(SIZES))
        };
        self.instructions.iter().filter(is_division).count()
    }
}

fn functions(listing: &str) -> Vec<Function<'_>> {
    let mut functions: Vec<Function<'_>> = Vec::new();
    for line in listing.lines() {
        if let Some((start, name)) = line.strip_suffix(">:").and_then(|line| line.split_once(" <"))
        {
            let start = start.trim_start_matches('0');
            functions.push(Function { start, name, instructions: Vec::new(), goes_to: Vec::new() });
        } else if let (Some(function), Some((_, instruction))) =
            (functions.last_mut(), line.split_once(":\t"))
        {
            let mut words = instruction.split_whitespace();
            function.instructions.extend(words.next());
            // `call 3aeaf <…>`, and the same with a jump.
            function.goes_to.extend(words.next().filter(|_| instruction.ends_with('>')));
        }
    }
    functions
}

/// All that has a name in one of our rooms, and all that it calls.
fn ours<'a, 'b>(all: &'b [Function<'a>]) -> Vec<&'b Function<'a>> {
    let by_start: HashMap<&str, &Function<'_>> =
        all.iter().map(|function| (function.start, function)).collect();
    let named = |function: &&Function<'_>| ROOMS.iter().any(|room| function.name.contains(room));
    let mut found: Vec<&Function<'_>> = all.iter().filter(named).collect();
    let mut known: HashSet<&str> = found.iter().map(|function| function.start).collect();
    let mut at = 0;
    while let Some(function) = found.get(at) {
        let called = function.goes_to.iter().filter_map(|start| by_start.get(start));
        let called = called.filter(|called| {
            !ELSEWHERE.iter().any(|room| called.name.contains(room)) && known.insert(called.start)
        });
        found.extend(called.copied().collect::<Vec<_>>());
        at += 1;
    }
    found
}

/// Looks through the running program.
pub fn prove() -> bool {
    let program = std::env::current_exe().unwrap();
    let output = Command::new("objdump")
        .args(["--disassemble", "--demangle", "--no-show-raw-insn"])
        .arg(program)
        .output();
    let output = output.expect("install objdump (binutils)");
    let listing = String::from_utf8(output.stdout).unwrap();
    let all = functions(&listing);
    let found = ours(&all);
    let mut sound = output.status.success();
    for name in hot::NAMES {
        if !found.iter().any(|function| function.name == format!("otpost_proofs::hot::{name}")) {
            println!("division: {name} is not in the program");
            sound = false;
        }
    }
    for function in found.iter().filter(|function| function.divisions() > 0) {
        if PUBLIC.contains(&function.name) {
            continue;
        }
        println!("division: {} in {}", function.divisions(), function.name);
        sound = false;
    }
    let instructions: usize = found.iter().map(|function| function.instructions.len()).sum();
    let naive = all.iter().filter(|function| function.name.ends_with("naive::remainder"));
    let naive: usize = naive.map(Function::divisions).sum();
    println!(
        "division: {} functions with {instructions} instructions looked through; {naive} in the naive one",
        found.len()
    );
    sound && naive > 0
}
