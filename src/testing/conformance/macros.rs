//! How cases are written.

/// Cases by name, each with the sentence of the contract that it is about.
macro_rules! cases {
    ($($sentence:literal $name:ident($suite:ident) $body:block)*) => {
        pub(super) const CASES: &[(&str, u8, super::Case)] = &[
            $((stringify!($name), $sentence, |suite| Box::pin($name(suite)))),*
        ];
        $(async fn $name($suite: &super::StoreConformance) -> super::Outcome $body)*
    };
}

/// The same for an outbox.
macro_rules! outbox_cases {
    ($($sentence:literal $name:ident($suite:ident) $body:block)*) => {
        pub(super) const CASES: &[(&str, u8, super::OutboxCase)] = &[
            $((stringify!($name), $sentence, |suite| Box::pin($name(suite)))),*
        ];
        $(async fn $name($suite: &super::OutboxConformance) -> super::Outcome $body)*
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
