//! What a test needs from the machine, and what happens when it is not there.
//!
//! A test that cannot run says so in one line (`SKIPPED: …`, past libtest's capture, and into the file named by
//! `CALLPOST_TESTS_SKIPPED`), or fails where skips are denied (`CALLPOST_TESTS_SKIP=deny`, as in CI). Where no foreign
//! program is to be run (`CALLPOST_TESTS_PROGRAMS=none`, as in `cargo xtask test --fast`), none counts as there.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Something that `cargo xtask test` provides and a bare machine may lack.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Requirement {
    /// User id 0: Postfix' master and Exim's daemon change users.
    Root,
    /// PHP's command line with the extension of this name (`curl`, `xmlrpc`, `soap`).
    Php(&'static str),
    /// Perl with the module of this name.
    Perl(&'static str),
    /// Python 3.
    Python,
    /// Python 3 of the tests' own environment, with the module of this name.
    PythonModule(&'static str),
    /// Postfix, installed, not necessarily running.
    Postfix,
    /// Exim, unpacked under the tools folder (it cannot be installed beside Postfix).
    Exim,
    /// `strace` that may trace here (some containers forbid it).
    Strace,
    /// A program of this name on the path.
    Program(&'static str),
    /// Ruby with the library of this name.
    Ruby(&'static str),
    /// Node with the module of this name, of those under the tools folder.
    NodeModule(&'static str),
    /// A file that a package brings: a header, a jar.
    File(&'static str),
}

impl Requirement {
    /// Whether this machine has it, and it is to be used.
    pub fn is_met(self) -> bool {
        if self != Requirement::Root && std::env::var("CALLPOST_TESTS_PROGRAMS").as_deref() == Ok("none") {
            return false;
        }
        match self {
            Requirement::Root => rustix::process::geteuid().is_root(),
            Requirement::Php(extension) => {
                succeeds("php", &["-r", &format!("exit(extension_loaded('{extension}') ? 0 : 1);")])
            }
            Requirement::Perl(module) => succeeds("perl", &[&format!("-M{module}"), "-e1"]),
            Requirement::Python => succeeds("python3", &["-c", ""]),
            Requirement::PythonModule(module) => succeeds(venv_python(), &["-c", &format!("import {module}")]),
            Requirement::Postfix => Path::new("/usr/lib/postfix/sbin/master").exists(),
            Requirement::Exim => tools().join("exim4/usr/sbin/exim4").exists(),
            Requirement::Strace => succeeds("strace", &["-f", "-o", "/dev/null", "true"]),
            Requirement::Program(name) => succeeds("which", &[name]),
            Requirement::Ruby(library) => succeeds("ruby", &["-r", library, "-e", ""]),
            Requirement::NodeModule(module) => {
                succeeds("node", &["-e", ""]) && tools().join("npm/node_modules").join(module).exists()
            }
            Requirement::File(path) => Path::new(path).exists(),
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Requirement::Root => write!(f, "root"),
            Requirement::Php(extension) => write!(f, "PHP with its extension {extension}"),
            Requirement::Perl(module) => write!(f, "Perl with {module}"),
            Requirement::Python => write!(f, "python3"),
            Requirement::PythonModule(module) => write!(f, "Python's {module}"),
            Requirement::Postfix => write!(f, "Postfix"),
            Requirement::Exim => write!(f, "Exim"),
            Requirement::Strace => write!(f, "a working strace"),
            Requirement::Program(name) => write!(f, "{name}"),
            Requirement::Ruby(library) => write!(f, "Ruby with {library}"),
            Requirement::NodeModule(module) => write!(f, "Node with {module}"),
            Requirement::File(path) => write!(f, "{path}"),
        }
    }
}

/// True when everything is there. Otherwise reports the calling test as skipped and returns false; the test then
/// returns. Panics instead where skips are denied.
pub fn need(requirements: &[Requirement]) -> bool {
    let missing: Vec<String> = requirements.iter().filter(|r| !r.is_met()).map(ToString::to_string).collect();
    if missing.is_empty() {
        return true;
    }
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("SKIPPED: {test}: needs {}\n", missing.join(", "));
    assert!(
        std::env::var("CALLPOST_TESTS_SKIP").as_deref() != Ok("deny"),
        "{line}skips are denied here; `cargo xtask test` installs what is missing"
    );
    report(&line);
    false
}

/// The folder with what `cargo xtask test` unpacked: `CALLPOST_TOOLS`, else `target/tools` of this workspace.
pub fn tools() -> PathBuf {
    std::env::var_os("CALLPOST_TOOLS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools"), PathBuf::from)
}

/// The interpreter of the tests' own Python environment.
pub(crate) fn venv_python() -> PathBuf {
    tools().join("venv/bin/python3")
}

fn report(line: &str) {
    // Written past the test harness' capture on purpose: a skip nobody sees is a lie.
    let _ = std::io::stderr().write_all(line.as_bytes());
    if let Some(path) = std::env::var_os("CALLPOST_TESTS_SKIPPED") {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        let _ = file.and_then(|mut f| f.write_all(line.as_bytes()));
    }
}

fn succeeds(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
