//! As whom a command runs.

use diagnostic::{Code, Diagnostic, Outcome};
use tokio::process::Command;

/// Another user than the daemon's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    uid: u32,
    gid: u32,
}

impl Account {
    /// The user of this name; `None` where none is named: then as the daemon.
    ///
    /// # Errors
    /// There is no such user, or this process may not become it.
    pub(super) fn named(user: &str, service: &str) -> Outcome<Option<Self>> {
        if user.is_empty() {
            return Ok(None);
        }
        let refused = |what: String, help: &str| {
            let at = format!("service \"{service}\", key `user`");
            Err(Box::new(Diagnostic::new(Code::WrongValue, what).at_named(at).help(help)))
        };
        let Some((uid, gid)) = state::account::ids(user) else {
            return refused(format!("there is no user `{user}` on this machine"), "name one of /etc/passwd");
        };
        let own = rustix::process::geteuid();
        if own.as_raw() == uid {
            return Ok(None);
        }
        if !own.is_root() && !may_become_others() {
            let what = format!("the daemon may not run a command as `{user}`: it runs as {}", state::account::own());
            return refused(what, "start it as root, give it CAP_SETUID and CAP_SETGID, or leave `user` out");
        }
        Ok(Some(Self { uid, gid }))
    }

    /// The command starts as that user, in that user's own group and no other.
    pub(super) fn become_in(&self, command: &mut Command) {
        command.uid(self.uid).gid(self.gid);
    }
}

/// CAP_SETUID and CAP_SETGID among the effective capabilities (capabilities(7), `CapEff` in proc(5)).
fn may_become_others() -> bool {
    const BOTH: u64 = 1 << 6 | 1 << 7;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let held = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    held.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & BOTH == BOTH)
}
