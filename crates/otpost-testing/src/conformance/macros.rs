//! The macros for conformance cases.

/// Defines the cases for a kind of store: functions by name, each with the number of the contract
/// sentence that it tests.
macro_rules! cases {
    ($store:ty; $($sentence:literal $name:ident($suite:ident) $body:block)*) => {
        pub(super) const CASES: &[super::Case<$store>] = &[
            $(super::Case {
                name: stringify!($name),
                sentence: $sentence,
                // Boxed: each `async fn` has a type of its own, and a list needs one type.
                body: |suite| Box::pin($name(suite)),
            }),*
        ];
        $(async fn $name($suite: &super::ConformanceRun<'_, $store>) -> super::CaseOutcome $body)*
    };
}

/// Ends a case with an error if a condition is false. The error shows the condition and the given
/// values.
macro_rules! ensure {
    ($condition:expr, $($seen:expr),+) => {
        if !$condition {
            return Err(format!("{}: {:?}", stringify!($condition), ($(&$seen,)+)));
        }
    };
}
