//! The load: workers that never stop asking, through HTTP, SMTP and the pipe, whether a server runs or not.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::post;

/// Messages in one call of send_message: a parcel, all or none.
const PARCEL: usize = 4;
/// Between two tries at a server that is down.
const PAUSE: Duration = Duration::from_millis(10);

/// Where the load goes in.
#[derive(Debug)]
pub(crate) struct Doors {
    pub(crate) http: SocketAddr,
    pub(crate) smtp: SocketAddr,
    pub(crate) binary: PathBuf,
    pub(crate) config: PathBuf,
    pub(crate) key: String,
}

/// One thing asked for: recipients that must all get a mail, or none.
#[derive(Clone, Debug)]
pub(crate) struct Attempted {
    /// Local parts, each used once in the whole run.
    pub(crate) recipients: Vec<String>,
    /// Whether the server said that it has it.
    pub(crate) acknowledged: bool,
    /// How often it was asked for.
    pub(crate) tries: u32,
}

/// The running workers.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    attempts: Arc<Mutex<Vec<Attempted>>>,
    /// Held by a worker whose own program writes on the disk, while it does.
    piping: Arc<Mutex<()>>,
    workers: Vec<JoinHandle<()>>,
}

type Door = fn(&Doors, &str, &AtomicBool) -> Attempted;

impl Load {
    /// As fast as the doors take it.
    pub(crate) fn start(doors: Arc<Doors>) -> Load {
        Load::paced(doors, Duration::ZERO)
    }

    /// Each worker rests so long between two requests.
    pub(crate) fn paced(doors: Arc<Doors>, rest: Duration) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let attempts = Arc::new(Mutex::new(Vec::new()));
        let piping = Arc::new(Mutex::new(()));
        let kinds: [(&str, Door); 7] = [
            ("h1", parcel),
            ("h2", parcel),
            ("i1", parcel_again),
            ("i2", parcel_again),
            ("s1", request),
            ("s2", request),
            ("p1", pipe),
        ];
        let workers = kinds.into_iter().map(|(name, door)| {
            let (doors, stop, attempts) = (Arc::clone(&doors), Arc::clone(&stop), Arc::clone(&attempts));
            let pipes = name.starts_with('p').then(|| Arc::clone(&piping));
            std::thread::spawn(move || {
                for n in 0_u64.. {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    let still = pipes.as_ref().map(|pipes| pipes.lock().unwrap());
                    let attempted = door(&doors, &format!("{name}-{n}"), &stop);
                    drop(still);
                    std::thread::sleep(if attempted.acknowledged { rest } else { rest.max(PAUSE) });
                    attempts.lock().unwrap().push(attempted);
                }
            })
        });
        let workers = workers.collect();
        Load { stop, attempts, piping, workers }
    }

    /// Waits until no program of the load writes on the disk itself, and lets none begin while this is held.
    pub(super) fn pause_pipes(&self) -> MutexGuard<'_, ()> {
        self.piping.lock().unwrap()
    }

    /// Messages acknowledged until now.
    pub(crate) fn acknowledged(&self) -> usize {
        let attempts = self.attempts.lock().unwrap();
        attempts.iter().filter(|a| a.acknowledged).map(|a| a.recipients.len()).sum()
    }

    /// Ends the workers after what they are at, and gives all they attempted.
    pub(crate) fn stop(self) -> Vec<Attempted> {
        self.stop.store(true, Ordering::SeqCst);
        for worker in self.workers {
            worker.join().expect("a worker of the load");
        }
        Arc::into_inner(self.attempts).expect("no worker is left").into_inner().unwrap()
    }
}

/// Several messages by one call of send_message.
fn parcel(doors: &Doors, name: &str, _: &AtomicBool) -> Attempted {
    let recipients = recipients(name);
    let acknowledged = sent(doors, &recipients, "");
    Attempted { recipients, acknowledged, tries: 1 }
}

/// The same with a key of its own, asked for until the server says that it has it: what a kill left open is made again.
fn parcel_again(doors: &Doors, name: &str, stop: &AtomicBool) -> Attempted {
    let (recipients, options) = (recipients(name), format!(r#",{{"idempotency_key":"{name}"}}"#));
    let mut tries = 1;
    loop {
        let acknowledged = sent(doors, &recipients, &options);
        if acknowledged || stop.load(Ordering::SeqCst) {
            return Attempted { recipients, acknowledged, tries };
        }
        tries += 1;
        std::thread::sleep(PAUSE);
    }
}

fn recipients(name: &str) -> Vec<String> {
    (0..PARCEL).map(|i| format!("{name}-{i}")).collect()
}

/// Whether the server said that it has a message to each of these.
fn sent(doors: &Doors, recipients: &[String], options: &str) -> bool {
    let rows: Vec<String> = recipients
        .iter()
        .map(|r| {
            format!(r#"["{r}@crash.test","sender@example.org","crash","a text of some length, to be kept whole"]"#)
        })
        .collect();
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"send_message","params":["{}",[{}]{options}]}}"#,
        doors.key,
        rows.join(",")
    );
    post(doors.http, "/rpc", "application/json", body.as_bytes())
        .is_ok_and(|reply| reply.status == 200 && reply.json()["result"]["status"] == "ok")
}

/// A mailed getMonth; its answer goes to an address of its own.
fn request(doors: &Doors, name: &str, _: &AtomicBool) -> Attempted {
    let acknowledged = smtp(doors.smtp, name).unwrap_or(false);
    Attempted { recipients: vec![name.to_owned()], acknowledged, tries: 1 }
}

fn pipe(doors: &Doors, name: &str, _: &AtomicBool) -> Attempted {
    let mut command = Command::new(&doors.binary);
    command.arg("-c").arg(&doors.config).args(["pipe", "--recipient", "calendar@localhost"]);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut child = child.expect("callpost pipe started");
    let stdin = child.stdin.take();
    let _ = stdin.map(|mut stdin| stdin.write_all(piped(name).as_bytes()));
    let acknowledged = child.wait().is_ok_and(|status| status.success());
    Attempted { recipients: vec![name.to_owned()], acknowledged, tries: 1 }
}

/// As a mail server hands a message over.
fn piped(name: &str) -> String {
    format!("Return-Path: <{name}@crash.test>\n{}", mail(name).replace("\r\n", "\n"))
}

fn mail(name: &str) -> String {
    format!(
        "From: <{name}@crash.test>\r\nTo: calendar@localhost\r\nSubject: crash\r\nMessage-ID: <{name}@crash.test>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/xml; charset=utf-8\r\n\r\n\
         <E:Envelope xmlns:E=\"http://schemas.xmlsoap.org/soap/envelope/\"><E:Body><m:getMonth xmlns:m=\"urn:calendar\">\
         <year>2003</year><month>1</month></m:getMonth></E:Body></E:Envelope>\r\n"
    )
}

/// One message on one connection. An error or a missing 250 is no acknowledgement.
fn smtp(server: SocketAddr, name: &str) -> std::io::Result<bool> {
    use std::io::{BufRead, BufReader};
    let stream = std::net::TcpStream::connect(server)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(&stream);
    let mut writer = &stream;
    let mut expect = |code: &str| -> std::io::Result<bool> {
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(false);
            }
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(line.starts_with(code));
            }
        }
    };
    let from = format!("MAIL FROM:<{name}@crash.test>\r\n");
    let body = format!("{}.\r\n", mail(name));
    let dialogue = [
        ("220", "EHLO crash.test\r\n"),
        ("250", &from),
        ("250", "RCPT TO:<calendar@localhost>\r\n"),
        ("250", "DATA\r\n"),
        ("354", &body),
    ];
    for (code, next) in dialogue {
        if !expect(code)? {
            return Ok(false);
        }
        writer.write_all(next.as_bytes())?;
    }
    expect("250")
}
