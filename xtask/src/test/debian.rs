//! The Debian packages the tests need, installed as root or through sudo, and only when one is missing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell::{output, step, succeeds};

/// Interpreters, mail programs and tracers that tests run as peers. Postfix is run by the tests with a configuration
/// of its own, never as a system service.
const PACKAGES: &[&str] = &[
    "adduser",
    "chromium",        // opens the console
    "chromium-driver", // drives it
    "cron",            // run by the tests in a namespace of their own, never as a service; mdadm too
    "curl",
    "dovecot-imapd",
    "dovecot-lmtpd",
    "dovecot-pop3d",
    "e2fsprogs", // a disk that loses power
    "emacs-nox",
    "fonts-noto-cjk", // Korean pages
    "gccgo-12",       // Go's own HTTP client, at a quarter of the size of golang-go
    "git-email",
    "gsoap",
    "iproute2", // a part of the machine without a network
    "jaxws",
    "libaxis-java",
    "libaxmlrpc-java",
    "libfrontier-rpc-perl",
    "libgsoap-dev",
    "libgnutls-dane0", // Exim's, which is unpacked and not installed
    "libidn12",        // Exim's too
    "libio-socket-ssl-perl",
    "libjaxws-java",
    "libjson-rpc-perl",
    "liblwp-protocol-https-perl",
    "libmime-lite-perl",
    "libnet-ssleay-perl",
    "librpc-xml-perl",
    "libphp-phpmailer",
    "libsoap-lite-perl",
    "libssl-dev",
    "libxmlrpc-core-c3-dev",
    "libxmlrpc-lite-perl",
    "mdadm",
    "mono-devel", // .NET's SOAP client, with the generator of its stubs
    "mono-mcs",
    "monitoring-plugins-basic",
    "mutt",
    "netcat-openbsd",
    "opendkim", // verifies signatures; never run as a service
    "openssl",
    "php-cli",
    "php-curl",
    "php-soap",
    "php-symfony-mailer",
    "php-xmlrpc",
    "postfix",
    "python3",
    "python3-venv",
    "ruby",
    "ruby-soap4r",
    "ruby-xmlrpc",
    "s-nail",
    "socat",
    "strace",
    "swaks",
    "systemd", // judges our unit; never run
    "tmux",
    "unbound", // validates DNSSEC; run by the tests alone, never as a service
    "zlib1g-dev",
];

/// Programs that often come from elsewhere than Debian: the package is installed only where the program is not found.
const PROGRAMS: &[(&str, &str)] =
    &[("gcc", "gcc"), ("javac", "default-jdk-headless"), ("node", "nodejs"), ("npm", "npm")];

/// Keeps a freshly installed daemon from being started by its package.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Installs what is missing. An error names what could not be installed.
pub(super) fn provide() -> Result<()> {
    let mut missing = missing(PACKAGES)?;
    let not_found = |program: &str| !succeeds(Command::new("which").arg(program));
    missing.extend(PROGRAMS.iter().filter(|(program, _)| not_found(program)).map(|(_, package)| package));
    install_missing(&missing)
}

/// Installs what Python environments are made with, where it is missing.
pub(crate) fn provide_venv() -> Result<()> {
    install_missing(&missing(&["python3-venv"])?)
}

fn install_missing(missing: &[&str]) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!("── Debian packages: {}", missing.join(" "));
    let names = |packages: &[&str]| format!("Debian packages not installed: {}", packages.join(" "));
    let left = install(missing).with_context(|| names(missing))?;
    if !left.is_empty() {
        bail!(names(&left));
    }
    Ok(())
}

/// `command` as root: as it is, or through a sudo that asks nothing.
pub(super) fn as_root(program: &str) -> Result<Command> {
    if output(Command::new("id").arg("-u"))?.trim() == "0" {
        return Ok(Command::new(program));
    }
    if succeeds(Command::new("sudo").args(["-n", "true"])) {
        let mut command = Command::new("sudo");
        command.args(["-n", "env", "DEBIAN_FRONTEND=noninteractive", program]);
        return Ok(command);
    }
    bail!("neither root nor sudo without a password here")
}

/// Downloads the package lists once if apt knows no such package.
pub(super) fn update_lists() -> Result<()> {
    step("package lists", as_root("apt-get")?.args(["update", "-qq"]))
}

fn missing(packages: &[&'static str]) -> Result<Vec<&'static str>> {
    // dpkg-query fails when it knows nothing of one of them, and still prints the others.
    let known = Command::new("dpkg-query")
        .args(["-W", "-f", "${Package} ${Status}\n"])
        .args(packages)
        .output()
        .context("dpkg-query: this is no Debian; install the packages of xtask/src/test/debian.rs by hand")?;
    let known = String::from_utf8_lossy(&known.stdout);
    let installed = |name: &str| known.lines().any(|l| l == format!("{name} install ok installed"));
    Ok(packages.iter().copied().filter(|p| !installed(p)).collect())
}

/// Installs all at once, or, where apt will not (one package may be unknown to this release), each by itself. Gives
/// what could not be installed.
fn install<'a>(missing: &[&'a str]) -> Result<Vec<&'a str>> {
    as_root("true")?;
    update_lists()?;
    let policy = deny_service_starts()?;
    let left = if apt_get(missing).is_ok() {
        Vec::new()
    } else {
        missing.iter().copied().filter(|package| apt_get(&[package]).is_err()).collect()
    };
    if policy {
        output(as_root("rm")?.args(["-f", POLICY]))?;
    }
    Ok(left)
}

/// `--no-remove`: another mail server on this machine stays; then Postfix is what is missing.
fn apt_get(packages: &[&str]) -> Result<()> {
    let mut command = as_root("apt-get")?;
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command.args(["install", "-y", "-qq", "--no-remove", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0"]);
    step("apt-get install", command.args(packages))
}

/// Writes a policy that starts no service, unless there is one already; says whether it did.
fn deny_service_starts() -> Result<bool> {
    if Path::new(POLICY).exists() {
        return Ok(false);
    }
    let draft = tempfile::NamedTempFile::new()?;
    fs::write(draft.path(), "#!/bin/sh\nexit 101\n")?;
    fs::set_permissions(draft.path(), fs::Permissions::from_mode(0o755))?;
    output(as_root("install")?.args(["-m", "755"]).arg(draft.path()).arg(POLICY))?;
    Ok(true)
}
