//! A login page with codes by SMS, as an example to copy: axum, maud and otpost.
//!
//! A person types a phone number, receives a code, types it, and is signed in. The README explains
//! how to run it and what to change for production.
//!
//! # Design
//!
//! - **A POST never renders a page.** It redirects to the page of its flow, so going back and
//!   reloading never send anything.
//! - **A form sends at most one message**, however often it is posted (`once.rs`).
//! - **Each tab has its own flow**, with a cookie for its own URL (`flow.rs`).
//! - **The verified number decides who is signed in**, and not a number from a form or a cookie.
//! - **Scripts are optional.** Each step is a plain form.
//!
//! # Files
//!
//! | file | contents |
//! |---|---|
//! | `main.rs` | settings, the gateway, the start of the server |
//! | `app.rs`, `routes.rs` | what the steps share, and their URLs |
//! | `steps.rs` | one handler for each step |
//! | `flow.rs` | the state of a login between two requests |
//! | `once.rs` | forms that are posted twice |
//! | `session.rs`, `cookies.rs` | sessions and cookies |
//! | `guard.rs` | headers and the protection against other websites |
//! | `visitor.rs`, `number.rs` | the browser of a request, and its phone numbers |
//! | `pages.rs`, `texts.rs` | the HTML and the words in three languages |

mod app;
mod cookies;
mod flow;
mod guard;
mod number;
mod once;
mod pages;
mod random;
mod routes;
mod session;
mod steps;
mod texts;
mod visitor;

pub use app::{APP, LoginPage};
pub use number::regions;
