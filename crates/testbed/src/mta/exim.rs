//! Exim's configuration file, for a daemon run from an unpacked package.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::{DELIVERY_GROUP, DELIVERY_USER, Detour, give_to, output};
use crate::{Port, tools};

/// The daemon in the foreground.
pub(super) fn command(home: &Path) -> Command {
    let mut command = Command::new(binary());
    let log = output(home);
    command.arg("-C").arg(home.join("exim.conf")).args(["-bdf", "-q10s"]);
    command.stdout(log.try_clone().expect("the output twice")).stderr(log);
    command
}

fn binary() -> std::path::PathBuf {
    let path = tools().join("exim4/usr/sbin/exim4");
    path.canonicalize().unwrap_or(path)
}

/// Writes `exim.conf`.
pub(super) fn configure(home: &Path, port: &Port, detours: &[Detour]) {
    std::fs::create_dir(home.join("spool")).expect("a spool folder");
    give_to(&home.join("spool"), DELIVERY_USER);
    let mut routers = String::new();
    let mut transports = String::new();
    for (i, detour) in detours.iter().enumerate() {
        let (Detour::Pipe { address, .. }
        | Detour::Relay { address, .. }
        | Detour::Lmtp { address, .. }
        | Detour::Hold { address }) = detour;
        let (router, transport) = section(i, detour);
        let (local, domain) = address.rsplit_once('@').expect("a full address");
        let _ = write!(routers, "r{i}:\n  local_parts = {local}\n  domains = {domain}\n{router}");
        transports.push_str(&transport);
    }
    let text = CONFIGURATION
        .replace("@EXIM_PATH@", &binary().to_string_lossy())
        .replace("@HOME@", &home.to_string_lossy())
        .replace("@PORT@", &port.number().to_string())
        .replace("@USER@", DELIVERY_USER)
        .replace("@GROUP@", DELIVERY_GROUP)
        .replace("@ROUTERS@\n", &routers)
        .replace("@TRANSPORTS@\n", &transports);
    std::fs::write(home.join("exim.conf"), text).expect("exim.conf");
}

/// The rest of a detour's router, and its transport where it needs one of its own.
fn section(i: usize, detour: &Detour) -> (String, String) {
    match detour {
        Detour::Pipe { address, command } => {
            // Not from the envelope: Exim takes nothing that a stranger wrote into a command.
            let command = command.join(" ").replace("${recipient}", address);
            let transport = format!(
                "t{i}:\n  driver = pipe\n  command = {command}\n  user = {DELIVERY_USER}\n  group = {DELIVERY_GROUP}\n  \
                 return_path_add\n  envelope_to_add\n  temp_errors = 75\n  log_output\n  return_fail_output\n"
            );
            (format!("  driver = accept\n  transport = t{i}\n"), transport)
        }
        Detour::Relay { to, .. } => {
            let router = format!(
                "  driver = manualroute\n  route_list = * {}::{} byname\n  self = send\n  transport = smtp\n",
                to.ip(),
                to.port()
            );
            (router, String::new())
        }
        Detour::Lmtp { to, .. } => {
            let (host, port) = to.rsplit_once(':').expect("a port: Exim's own transport for sockets is another");
            let router = format!(
                "  driver = manualroute\n  route_list = * {host}::{port} byname\n  self = send\n  transport = lmtp\n"
            );
            (router, String::new())
        }
        Detour::Hold { .. } => {
            ("  driver = redirect\n  allow_defer\n  data = :defer: held\n".to_owned(), String::new())
        }
    }
}

/// Everything is kept under HOME, everyone may send to everyone, and all of it goes to one Maildir.
const CONFIGURATION: &str = "\
exim_path = @EXIM_PATH@
primary_hostname = relay.test
qualify_domain = relay.test
exim_user = @USER@
exim_group = @GROUP@
never_users =
spool_directory = @HOME@/spool
log_file_path = @HOME@/log/%s
pid_file_path = @HOME@/spool/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = @PORT@
host_lookup =
rfc1413_query_timeout = 0s
tls_advertise_hosts =
smtputf8_advertise_hosts = *
dsn_advertise_hosts = *
keep_environment =
message_size_limit = 100M
acl_smtp_rcpt = everyone
acl_smtp_data = everyone

begin acl
everyone:
  accept

begin routers
@ROUTERS@
all:
  driver = accept
  transport = maildir

begin transports
@TRANSPORTS@
smtp:
  driver = smtp
  hosts_try_fastopen =
  allow_localhost
lmtp:
  driver = smtp
  protocol = lmtp
  port = 24
  hosts_try_fastopen =
  allow_localhost
maildir:
  driver = appendfile
  maildir_format
  directory = @HOME@/mail
  create_directory
  user = @USER@
  group = @GROUP@
  delivery_date_add
  envelope_to_add
  return_path_add

begin retry
* * F,1h,2s
";
