//! How cases are written.

/// Cases of a kind of store by name, each with the sentence of the contract that it is about.
macro_rules! cases {
    ($store:ty; $($sentence:literal $name:ident($suite:ident) $body:block)*) => {
        pub(super) const CASES: &[super::Case<$store>] = &[
            $(super::Case {
                name: stringify!($name),
                sentence: $sentence,
                body: |suite| Box::pin($name(suite)),
            }),*
        ];
        $(async fn $name($suite: &super::ConformanceRun<'_, $store>) -> super::CaseOutcome $body)*
    };
}

/// Answers an error of the case where something is not so.
macro_rules! ensure {
    ($condition:expr, $($seen:expr),+) => {
        if !$condition {
            return Err(format!("{}: {:?}", stringify!($condition), ($(&$seen,)+)));
        }
    };
}
