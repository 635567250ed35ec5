//! Memcheck does not see divisions, whose time depends on what is divided: the machine code is read for them.

use std::process::Command;

use crate::hot;

const DIVISIONS: [&str; 6] = ["div", "divl", "divq", "idiv", "udiv", "sdiv"];

/// These divide a time by a time step, both of which are public.
const PUBLIC: [&str; 3] = [
    "otpost::otp::steam::step_at",
    "otpost::otp::totp::Totp::step_at",
    "otpost::otp::ocra::suite::OcraSuite::step_at",
];

/// A function of the program: its name, and what its instructions do.
struct Function<'a> {
    name: &'a str,
    instructions: Vec<&'a str>,
}

impl Function<'_> {
    fn divisions(&self) -> usize {
        let is_division = |name: &&&str| {
            DIVISIONS.contains(name)
                || name.strip_prefix('i').is_some_and(|name| DIVISIONS.contains(&name))
        };
        self.instructions.iter().filter(is_division).count()
    }
}

fn functions(listing: &str) -> Vec<Function<'_>> {
    let mut functions: Vec<Function<'_>> = Vec::new();
    for line in listing.lines() {
        if let Some((_, name)) = line.strip_suffix(">:").and_then(|line| line.split_once(" <")) {
            functions.push(Function { name, instructions: Vec::new() });
        } else if let (Some(function), Some((_, instruction))) =
            (functions.last_mut(), line.split_once(":\t"))
        {
            function.instructions.extend(instruction.split_whitespace().next());
        }
    }
    functions
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
    let ours = |function: &&Function<'_>| {
        let name = function.name.trim_start_matches('<');
        ["otpost::otp::", "otpost_proofs::hot::", "sha1::", "sha2::"]
            .iter()
            .any(|room| name.starts_with(room))
    };
    let found: Vec<_> = all.iter().filter(ours).collect();
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
