//! Exim, unpacked beside Postfix: two mail servers cannot be installed at once, but a second one can be run.

use std::process::Command;

use anyhow::{Context, Result, bail};

use super::debian::{as_root, update_lists};
use crate::shell::{output, step, succeeds, tools};

const PACKAGES: [&str; 3] = ["exim4-daemon-light", "exim4-base", "exim4-config"];
/// The user whose existence Debian's Exim insists on, whatever its configuration says.
const USER: &str = "Debian-exim";

/// Unpacks Exim under the tools folder and makes its user, where either is missing.
pub(super) fn provide() -> Result<()> {
    let folder = tools().join("exim4");
    if !folder.join("usr/sbin/exim4").exists() {
        unpack(&folder).context("Exim")?;
    }
    if !succeeds(Command::new("id").arg(USER)) {
        make_user().context("Exim's user")?;
    }
    Ok(())
}

fn unpack(folder: &std::path::Path) -> Result<()> {
    eprintln!("── Exim, unpacked into {}", folder.display());
    let downloads = tempfile::tempdir()?;
    let download = || {
        let mut command = Command::new("apt-get");
        // Downloading as root into our own folder: apt's unprivileged user could not write there.
        command.args(["download", "-qq", "-o", "APT::Sandbox::User=root"]).args(PACKAGES);
        command.current_dir(downloads.path());
        command
    };
    if output(&mut download()).is_err() {
        update_lists()?;
        step("apt-get download", &mut download())?;
    }
    let unfinished = folder.with_extension("unfinished");
    let _ = std::fs::remove_dir_all(&unfinished);
    std::fs::create_dir_all(&unfinished)?;
    for package in std::fs::read_dir(downloads.path())? {
        output(Command::new("dpkg").arg("-x").arg(package?.path()).arg(&unfinished))?;
    }
    std::fs::rename(&unfinished, folder)?;
    if !folder.join("usr/sbin/exim4").exists() {
        bail!("the packages hold no usr/sbin/exim4");
    }
    Ok(())
}

fn make_user() -> Result<()> {
    let mut command = as_root("useradd")?;
    command.args(["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]);
    output(command.args(["--shell", "/usr/sbin/nologin", USER]))?;
    Ok(())
}
