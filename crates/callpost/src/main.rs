//! The executable: see [`callpost`].

use std::process::ExitCode;

fn main() -> ExitCode {
    match callpost::cli::start(std::env::args_os()) {
        Ok((cli, screen)) => callpost::command::run::run(cli, &screen).into(),
        Err(exit) => exit.into(),
    }
}
