//! `[admin]`.

use super::bed::Bed;
use super::{CASE, Case};

/// What is at two places where the console may be.
fn seen(bed: &Bed) -> String {
    let at = |place: usize| match testbed::ask(bed.free[place].address(), "GET", "/in", "localhost") {
        Ok(answer) => answer.status.to_string(),
        Err(_) => "nobody".to_owned(),
    };
    format!("{} {}", at(0), at(1))
}

pub(crate) const CASES: &[Case] = &[
    Case {
        key: "admin.listen",
        values: ["\"FREE0\"", "\"FREE1\""],
        look: seen,
        seen: ["200 nobody", "200 nobody"],
        ..CASE
    },
    Case {
        key: "admin.console",
        with: &[("admin.listen", "\"FREE0\"")],
        values: ["true", "false"],
        look: seen,
        seen: ["200 nobody", "404 nobody"],
        ..CASE
    },
];

#[test]
fn the_console_is_where_it_was_and_is_put_away_at_once() {
    super::play(&[("admin.listen", "\"FREE0\"")], CASES);
}
