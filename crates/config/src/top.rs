//! The keys at the top of the file as types.

use std::path::PathBuf;

use diagnostic::{Code, Diagnostic};

use super::environment::Surroundings;
use super::value;
use super::view::Reading;

/// The name of this machine in mail: the configured one, else what the kernel says where that can be a domain.
pub(super) fn hostname(reading: &Reading<'_>) -> String {
    let name = reading.table("").parsed("hostname", |text| match text {
        "auto" => Ok(kernel_hostname()),
        _ if text.is_ascii() && value::is_host_name(text) => Ok(text.to_owned()),
        _ => Err(format!("`{text}` is no host name; write callpost.example.edu (xn--… where not ASCII)")),
    });
    name.unwrap_or_else(|| "localhost".into())
}

fn kernel_hostname() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let usable = name.is_ascii() && !name.contains('_') && value::is_host_name(&name);
    if usable { name } else { "localhost".into() }
}

/// The state folder.
pub(super) fn state(reading: &Reading<'_>, surroundings: &Surroundings) -> PathBuf {
    let view = reading.table("");
    let text = view.text("state");
    if ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
        view.wrong("state", "a database is known, but not built in this version; write the path of a folder");
    }
    if text != "auto" {
        return view.file("state").unwrap_or_default();
    }
    surroundings.state.clone().unwrap_or_else(|| {
        let diagnostic = Diagnostic::new(Code::StateFolder, "there is no place for the state folder");
        let diagnostic = diagnostic.because("neither $STATE_DIRECTORY nor $HOME is set");
        reading.report(diagnostic.help("callpost serve --set state=/var/lib/callpost"));
        PathBuf::new()
    })
}
