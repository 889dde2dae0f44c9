//! `completions SHELL`.

use clap::CommandFactory;
use diagnostic::Exit;
use diagnostic::screen::Screen;

use crate::cli::{Cli, Completions};

/// Prints the completions for a shell.
pub fn run(completions: &Completions, screen: &Screen) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(completions.shell, &mut Cli::command(), "callpost", &mut script);
    screen.text(&String::from_utf8_lossy(&script));
    Exit::Done
}
