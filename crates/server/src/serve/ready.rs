//! Telling that the daemon takes work: people on stderr, systemd through its socket.

use std::os::unix::net::UnixDatagram;

use config::{Chosen, LmtpListen, Mode};
use control::restored::RELEASE;
use diagnostic::screen::Screen;

use crate::node::Node;

/// Says what listens where, and what is worth a warning.
pub(super) fn tell(node: &Node, screen: &Screen) {
    let setup = node.setup();
    let config = &setup.config;
    for listener in &config.http.listeners {
        let scheme = if listener.tls == config::Tls::Off { "http" } else { "https" };
        screen.hint(&format!("API      {scheme}://{}/", listener.address));
    }
    for address in &config.smtp.listen {
        screen.hint(&format!("mail in  {address}"));
    }
    match &config.smtp.lmtp {
        None => {}
        Some(LmtpListen::Address(address)) => screen.hint(&format!("LMTP     {address}")),
        Some(LmtpListen::Socket(path)) => screen.hint(&format!("LMTP     {}", path.display())),
    }
    if let Some(address) = config.admin.listen.filter(|_| config.admin.console) {
        screen.hint(&format!("console  http://{address}/ (`callpost console` prints a link into it)"));
    }
    for service in &config.services {
        let addresses: Vec<String> = service.addresses.iter().map(ToString::to_string).collect();
        screen.hint(&format!("service  {} at {}", service.name, addresses.join(", ")));
    }
    if config.deliver.mode == Mode::Capture && config.deliver.chosen == Chosen::Default {
        screen.hint(
            "warning: mail is captured, kept and shown but not sent, until deliver.mode or deliver.smarthost is set",
        );
    }
    if node.restored.holds() {
        let held = "this state was restored from a backup: what waited in it is held back, for it may have left since";
        screen.hint(&format!("warning: {held}; to let it go: {RELEASE}"));
        tracing::warn!(release = RELEASE, "{held}");
    }
    if let Some(trouble) = config.hostname_trouble() {
        screen.hint(&format!("warning: hostname {trouble}"));
    }
    ready();
    tracing::info!(state = %config.state.display(), "ready");
}

/// Says that the daemon takes work.
pub(super) fn ready() {
    notify("READY=1");
}

/// Says that the configuration is being read again; systemd wants to know since when (Type=notify-reload).
pub(super) fn reloading() {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let micros = i128::from(now.tv_sec) * 1_000_000 + i128::from(now.tv_nsec) / 1_000;
    notify(&format!("RELOADING=1\nMONOTONIC_USEC={micros}"));
}

/// Says that the daemon stops.
pub(super) fn stopping() {
    notify("STOPPING=1");
    tracing::info!("stopping");
}

/// sd_notify(3). An abstract socket's name begins with `@`.
pub(super) fn notify(state: &str) {
    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else { return };
    let Ok(socket) = UnixDatagram::unbound() else { return };
    let told = match path.to_str().and_then(|path| path.strip_prefix('@')) {
        Some(name) => {
            use std::os::linux::net::SocketAddrExt;
            std::os::unix::net::SocketAddr::from_abstract_name(name)
                .and_then(|address| socket.send_to_addr(state.as_bytes(), &address))
        }
        None => socket.send_to(state.as_bytes(), path),
    };
    if let Err(error) = told {
        tracing::warn!(%error, "systemd was not told");
    }
}
