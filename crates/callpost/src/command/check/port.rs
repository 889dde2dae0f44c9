//! The addresses that are listened on: free, or held by whom, as far as /proc tells.

use std::io::ErrorKind;
use std::net::TcpListener;

use config::{Config, Listening};
use diagnostic::Exit;
use server::port::holder;

use super::Line;

pub(super) fn check(config: &Config) -> Vec<Line> {
    config.listening().iter().map(line).collect()
}

fn line(listening: &Listening<'_>) -> Line {
    let Listening { address, key, origin } = listening;
    match TcpListener::bind(address) {
        Ok(_) => Line::good("port", format!("{address} is free ({key})")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => match holder(*address) {
            Some(holder) if holder.name == "callpost" => Line::good("port", format!("{address} is served by {holder}")),
            Some(holder) => taken(format!("{address} is taken by {holder}; set by {origin}")),
            None => taken(format!("{address} is taken; set by {origin}")),
        },
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            Line::bad("port", Exit::NoPermission, format!("{address} is not for this user: {error}; set by {origin}"))
        }
        Err(error) => taken(format!("{address} cannot be listened on: {error}; set by {origin}")),
    }
}

fn taken(text: String) -> Line {
    Line::bad("port", Exit::Unavailable, text)
}
