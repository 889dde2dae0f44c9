//! Postfix' two configuration files, for an instance of its own.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::{DELIVERY_USER, Detour, give_to, output};
use crate::Port;

/// `postfix -c FOLDER/etc VERB`.
pub(super) fn command(home: &Path, verb: &str) -> Command {
    let mut command = Command::new("/usr/sbin/postfix");
    let log = output(home);
    command.arg("-c").arg(home.join("etc")).arg(verb);
    command.stdout(log.try_clone().expect("the output twice")).stderr(log);
    command
}

/// Writes `etc/main.cf` and `etc/master.cf`, and the folders Postfix wants to find.
pub(super) fn configure(home: &Path, port: &Port, detours: &[Detour]) {
    for folder in ["etc", "queue", "data"] {
        std::fs::create_dir(home.join(folder)).expect("a folder for Postfix");
    }
    give_to(&home.join("data"), "postfix");
    std::fs::write(home.join("etc/main.cf"), main_cf(home, detours)).expect("main.cf");
    std::fs::write(home.join("etc/master.cf"), master_cf(port, detours)).expect("master.cf");
}

fn main_cf(home: &Path, detours: &[Detour]) -> String {
    let mut text = MAIN_CF.replace("@HOME@", &home.to_string_lossy());
    let mut transports = String::from("{nothing@invalid = error:}"); // an inline table may not be empty
    let mut access = String::from("{nothing@invalid = OK}");
    for (i, detour) in detours.iter().enumerate() {
        let _ = match detour {
            Detour::Pipe { address, .. } => write!(transports, " {{{address} = detour{i}:}}"),
            Detour::Relay { address, to } => {
                let key = address.strip_prefix("*@").unwrap_or(address);
                write!(transports, " {{{key} = smtp:[{}]:{}}}", to.ip(), to.port())
            }
            Detour::Lmtp { address, to } => write!(transports, " {{{address} = lmtp:{}}}", lmtp(to)),
            Detour::Hold { address } => write!(access, " {{{address} = HOLD}}"),
        };
    }
    let checks = format!("check_recipient_access inline:{{{access}}}, permit_mynetworks, reject");
    let _ = write!(text, "transport_maps = inline:{{{transports}}}\nsmtpd_recipient_restrictions = {checks}\n");
    text
}

fn lmtp(to: &str) -> String {
    match to.rsplit_once(':') {
        Some((host, port)) => format!("inet:[{host}]:{port}"),
        None => format!("unix:{to}"),
    }
}

fn master_cf(port: &Port, detours: &[Detour]) -> String {
    let mut text = format!("{port} inet n - n - - smtpd\n{MASTER_CF}");
    for (i, detour) in detours.iter().enumerate() {
        if let Detour::Pipe { command, .. } = detour {
            let argv = command.join(" ");
            let _ = writeln!(text, "detour{i} unix - n n - - pipe flags=R user={DELIVERY_USER} argv={argv}");
        }
    }
    text
}

/// Everything is kept under HOME, everyone on loopback may send to everyone, and all of it goes to one Maildir.
const MAIN_CF: &str = "\
compatibility_level = 3.6
config_directory = @HOME@/etc
queue_directory = @HOME@/queue
data_directory = @HOME@/data
maillog_file = @HOME@/log/main
maillog_file_prefixes = /
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.test
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
smtputf8_enable = yes
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
delay_warning_time = 1s
confirm_delay_cleared = no
message_size_limit = 104857600
virtual_mailbox_domains = static:all
virtual_mailbox_maps = static:mail/
virtual_mailbox_base = @HOME@
virtual_mailbox_limit = 0
virtual_minimum_uid = 1
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
";

const MASTER_CF: &str = "\
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
";
