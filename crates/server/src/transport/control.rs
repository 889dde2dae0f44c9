//! The daemon's Unix socket: one JSON line in, one JSON line out. Everyone on this machine may hand over mail; only root
//! and the daemon's own user may do the rest (peer credentials tell).
//!
//! It is open to everybody, so it says no as every other door does: to too many conversations, to lines that are too long,
//! that find no room in memory, or that do not come in time. How long an answer takes is the daemon's affair.

use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use budget::{MemoryBudget, Reservation};
use control::{Answer, Asker, Refused, Request};
use diagnostic::Code;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::node::Node;
use crate::operator::Operator;
use crate::transport::accept;

mod places;
#[cfg(test)]
mod tests;

use places::{ConversationSeat, ConversationSeats, Most};

/// What a request has beside the message in base64, in octets at most.
const WRAPPING: u64 = 64 << 10;

/// The socket, bound.
pub struct ControlListener {
    socket: UnixListener,
    operator: Arc<Operator>,
    places: ConversationSeats,
}

/// Where a conversation is told no.
#[derive(Clone, Debug)]
struct Rules {
    /// Octets of a line.
    longest: usize,
    /// How long a line may take to come, and an answer to be read on.
    patience: Duration,
    /// Octets in flight.
    budget: MemoryBudget,
}

impl ControlListener {
    /// Binds `path`. The caller holds the state folder's lock, so a socket that lies there belongs to nobody.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn bind(path: &Path, operator: Arc<Operator>) -> io::Result<Self> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let socket = UnixListener::bind(path)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666))?;
        Ok(Self { socket, operator, places: ConversationSeats::default() })
    }

    /// Serves until `end`, which comes after the daemon has begun to stop: until then it is told what the daemon does.
    pub async fn serve(self, end: CancellationToken) {
        let tasks = TaskTracker::new();
        while let Some((stream, _)) = accept::patiently(|| self.socket.accept(), &end).await {
            let Ok(uid) = stream.peer_cred().map(|peer| peer.uid()) else { continue };
            let asker = Asker { uid };
            let Some(place) = self.places.enter(asker, Most::of(&self.operator.node.setup().config.limits)) else {
                tracing::debug!(uid, "control: there are too many conversations");
                turn_away(stream);
                continue;
            };
            let (operator, end) = (Arc::clone(&self.operator), end.clone());
            tasks.spawn(async move {
                tokio::select! {
                    ended = converse(stream, (asker, &place), &operator) => {
                        if let Err(error) = ended {
                            tracing::debug!(uid, %error, "control: connection ended");
                        }
                    }
                    () = place.lost() => tracing::debug!(uid, "control: a silent conversation gave its place away"),
                    () = end.cancelled() => {}
                }
            });
        }
        tasks.close();
        tasks.wait().await;
    }
}

impl Rules {
    /// Those of now. The longest line is a message of the largest size in base64, and its wrapping.
    fn of(node: &Node) -> Self {
        let setup = node.setup();
        let octets = setup.config.smtp.max_size.saturating_mul(4).div_ceil(3).saturating_add(WRAPPING);
        Self {
            longest: usize::try_from(octets).unwrap_or(usize::MAX),
            patience: setup.config.limits.control_wait,
            budget: node.budget.clone(),
        }
    }
}

/// Says why, and closes. The buffer of a fresh socket takes so much at once, so nobody is waited for.
fn turn_away(stream: UnixStream) {
    let refused = Refused::new(Code::Busy, "there are too many conversations with the daemon now (limits.control_…)");
    let Ok(mut line) = serde_json::to_vec(&Answer::Err(refused)) else { return };
    line.push(b'\n');
    if let Ok(mut stream) = stream.into_std() {
        let _ = stream.write_all(&line);
    }
}

async fn converse(
    stream: UnixStream,
    (asker, place): (Asker, &ConversationSeat),
    operator: &Operator,
) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut reader = BufReader::new(read);
    loop {
        let rules = &Rules::of(&operator.node);
        // What is held is given back when the answer is written.
        let mut held = rules.budget.nothing();
        let answer = match line(&mut reader, &mut held, rules).await? {
            Line::None => return Ok(()),
            Line::Refused(refused) => return tell(&mut write, &Err(refused), rules.patience).await,
            Line::Whole(line) => {
                place.asks();
                answer(line, asker, operator).await
            }
        };
        tell(&mut write, &answer, rules.patience).await?;
        place.is_answered();
    }
}

/// What came of waiting for a line.
#[derive(Debug)]
enum Line {
    /// The whole of one.
    Whole(Vec<u8>),
    /// None, and none will come.
    None,
    /// One that is not taken; where it ends is not known.
    Refused(Refused),
}

async fn line(reader: &mut (impl AsyncBufRead + Unpin), held: &mut Reservation, rules: &Rules) -> io::Result<Line> {
    let mut line = Vec::new();
    match tokio::time::timeout(rules.patience, whole(reader, &mut line, (held, rules.longest))).await {
        Ok(Ok(None)) if line.is_empty() => Ok(Line::None),
        Ok(Ok(None)) => Ok(Line::Whole(line)),
        Ok(Ok(Some(refused))) => Ok(Line::Refused(refused)),
        Ok(Err(error)) => Err(error),
        // A connection on which nothing is asked holds a place for nothing.
        Err(_) if line.is_empty() => Ok(Line::None),
        Err(_) => {
            let what = format!("the request did not come whole within {:?} (limits.control_wait)", rules.patience);
            Ok(Line::Refused(Refused::new(Code::Busy, what)))
        }
    }
}

/// Reads up to a line feed or the end. Room is taken as the octets come.
async fn whole(
    reader: &mut (impl AsyncBufRead + Unpin),
    line: &mut Vec<u8>,
    (held, longest): (&mut Reservation, usize),
) -> io::Result<Option<Refused>> {
    loop {
        let came = reader.fill_buf().await?;
        let end = memchr::memchr(b'\n', came);
        let taken = end.map_or(came.len(), |end| end + 1);
        let length = line.len() + taken;
        if length > longest {
            let what = format!("the request is longer than {longest} octets, which a mail of smtp.max_size needs");
            return Ok(Some(Refused::new(Code::Usage, what)));
        }
        if !held.grow(length) {
            let what = "the daemon has no room for this request now (limits.in_flight)";
            return Ok(Some(Refused::new(Code::Busy, what)));
        }
        line.extend_from_slice(&came[..taken]);
        reader.consume(taken);
        if taken == 0 || end.is_some() {
            return Ok(None);
        }
    }
}

/// Writes an answer, as long as somebody reads on.
async fn tell(write: &mut (impl AsyncWrite + Unpin), answer: &Answer, patience: Duration) -> io::Result<()> {
    let mut text = serde_json::to_vec(answer)?;
    text.push(b'\n');
    let mut rest = text.as_slice();
    while !rest.is_empty() {
        let written = tokio::time::timeout(patience, write.write(rest)).await??;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        rest = &rest[written..];
    }
    Ok(())
}

async fn answer(line: Vec<u8>, asker: Asker, operator: &Operator) -> Answer {
    let request = Request::read(&line).map_err(|words| Refused::new(Code::Usage, words))?;
    drop(line);
    if request.needs().is_some() && !asker.is_operator() {
        return Err(Refused::new(Code::NotPermitted, "only root and the daemon's own user may ask this"));
    }
    operator.perform_for(asker, request).await
}
