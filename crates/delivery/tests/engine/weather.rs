//! Weather: next hops and wires that do what no real program does on demand. `cargo xtask weather` is the long form.

mod judge;
mod outages;
mod pace;
mod play;
mod scenarios;
