//! The executable: see [`callpost`].

use std::process::ExitCode;

/// Values are many small pieces, made on one thread and often dropped on another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match callpost::cli::start(std::env::args_os()) {
        Ok((cli, screen)) => callpost::command::run::run(cli, &screen).into(),
        Err(exit) => exit.into(),
    }
}
