//! `[admin]`.

use std::net::SocketAddr;

use super::Origin;
use super::declare::section;
use super::value;
use super::view::View;

section! {
    /// What operators look at.
    #[derive(Clone, Debug, PartialEq, Eq)]
    ADMIN: Admin = "admin", "The console.";

    key listen: listen = "127.0.0.1:8021", restart, "where the console is, on loopback; \"\" = nowhere";
    console: switch = true, now, "serve the console; `callpost console` prints a link into it";

    with (view) {
        /// Where it listens.
        listen: Option<SocketAddr> = listen(view);
        /// Who said where it listens.
        origin: Origin = view.origin("listen");
    }
}

fn listen(view: View<'_>) -> Option<SocketAddr> {
    let address = view.parsed("listen", value::listen)?;
    if !address.ip().to_canonical().is_loopback() {
        let why = "the console is for loopback in this version; reach it through `ssh -L 8021:127.0.0.1:8021 HOST`";
        view.wrong("listen", why);
    }
    Some(address)
}
