use otpost::gateway::SpecError;

/// Returns an error of the command itself, and what to do about it.
///
/// `problem` names options and places, and never holds a value of the command.
pub(crate) fn refuse(problem: &str, hint: &str) -> SpecError {
    SpecError::new("curl", problem, hint)
}
