//! `completions SHELL`.

use clap::CommandFactory;

use crate::cli::{Cli, Completions};
use crate::complaint::Exit;
use crate::screen::Screen;

/// Prints the completions for a shell.
pub fn run(completions: &Completions, screen: &Screen) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(completions.shell, &mut Cli::command(), "callpost", &mut script);
    screen.text(&String::from_utf8_lossy(&script));
    Exit::Done
}
