//! The executable on a terminal: what a person sees there, and what is left when they go.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's own steps: what goes wrong fails the test"
)]

mod terminal {
    mod demo;
    mod pane;
    mod week;
}
