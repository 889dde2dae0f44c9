//! How fast the store is on this machine: mails of 4 KiB by 64 tasks (or as many as asked), each one durable before its
//! task goes on.
//!
//! `cargo run --release -p spool --example storage -- [FOLDER] [SECONDS] [TASKS] [random|rising]`: the last is how
//! Message-IDs come. Say with a figure that fsync was on, and what
//! the disk was: a folder on tmpfs measures no disk.
#![allow(clippy::print_stdout)] // It is a program that prints figures.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use mail::evidence::Stage;
use mail::{EnhancedStatus, Envelope, Evidence, Mailbox, Reply, ReversePath};
use spool::{Attempt, AttemptKind, Commit, Kind, Next, Parcel, Report, Spool, SqliteSpool, Submission};

type End = Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> End {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().map_or_else(|| std::env::temp_dir().join("callpost-storage"), PathBuf::from);
    let seconds = Duration::from_secs(arguments.next().map_or(Ok(5), |text| text.parse())?);
    let tasks = arguments.next().map_or(Ok(64), |text| text.parse())?;
    let ids = Ids { rising: arguments.next().is_some_and(|order| order == "rising"), given: Arc::default() };
    let load = Load { tasks, seconds };
    let submission = submission()?;
    let _ = std::fs::remove_dir_all(&folder);
    let store = Arc::new(SqliteSpool::open(&folder, spool::Options::default())?);
    let (queued, lived, own) = (submission.clone(), submission, ids.clone());
    run("whole lives", load, &store, move |store| live(store, own.next(&lived))).await?;
    run("enqueues", load, &store, move |store| enqueue(store, ids.next(&queued))).await?;
    let start = Instant::now();
    drop(store);
    println!("close: {:?}", start.elapsed());
    let start = Instant::now();
    drop(SqliteSpool::open(&folder, spool::Options::default())?);
    println!("open: {:?}", start.elapsed());
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Gives each mail a Message-ID of its own.
#[derive(Clone)]
struct Ids {
    rising: bool,
    given: Arc<AtomicU64>,
}

impl Ids {
    fn next(&self, mail: &Submission) -> Submission {
        let given = self.given.fetch_add(1, Ordering::Relaxed);
        // An odd factor scatters the numbers, each to a place of its own.
        let id = if self.rising { given } else { given.wrapping_mul(0x9E37_79B9_7F4A_7C15) };
        Submission { message_id: format!("{id:016x}-7ac9-774b-bcce-b302099a8057@example.org"), ..mail.clone() }
    }
}

#[derive(Clone, Copy)]
struct Load {
    tasks: u64,
    seconds: Duration,
}

async fn run<F, W>(name: &str, load: Load, store: &Arc<SqliteSpool>, work: F) -> End
where
    F: Fn(Arc<SqliteSpool>) -> W + Clone + Send + 'static,
    W: Future<Output = End> + Send + 'static,
{
    let (count, start) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let tasks: Vec<_> = (0..load.tasks)
        .map(|_| {
            let (count, store, work) = (Arc::clone(&count), Arc::clone(store), work.clone());
            tokio::spawn(async move {
                while start.elapsed() < load.seconds {
                    work(Arc::clone(&store)).await?;
                    count.fetch_add(1, Ordering::Relaxed);
                }
                End::Ok(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    let count = count.load(Ordering::Relaxed);
    println!("{name}: {count} in {:?}: {:.0}/s", start.elapsed(), count as f64 / start.elapsed().as_secs_f64());
    Ok(())
}

async fn enqueue(store: Arc<SqliteSpool>, submission: Submission) -> End {
    let commit = Commit { parcel: Parcel(vec![submission]), claimed: true, ..Commit::default() };
    store.commit(commit, Timestamp::now()).await?;
    Ok(())
}

async fn live(store: Arc<SqliteSpool>, submission: Submission) -> End {
    let commit = Commit { parcel: Parcel(vec![submission]), claimed: true, ..Commit::default() };
    let entry = store.commit(commit, Timestamp::now()).await?.entries.remove(0);
    let attempt = Attempt {
        at: Timestamp::now(),
        kind: AttemptKind::Delivered,
        site: "127.0.0.1:25".into(),
        evidence: Evidence::replied(
            Stage::EndOfData,
            Reply::new(250, EnhancedStatus::new(2, 0, 0), "Ok: queued as 4F2C9"),
        ),
        protection: None,
    };
    store
        .record(
            vec![Report {
                entry: entry.id,
                attempt,
                next: Next::Retire,
                bounce: None,
                course: spool::Course::default(),
            }],
            Timestamp::now(),
        )
        .await?;
    Ok(())
}

fn submission() -> Result<Submission, Box<dyn std::error::Error + Send + Sync>> {
    let recipient = Mailbox::parse("recipient@example.net")?;
    let sender = ReversePath::Mailbox(Mailbox::parse("sender@example.org")?);
    Ok(Submission {
        envelope: Envelope::new(sender, vec![recipient]).ok_or("no recipient")?,
        message: Bytes::from("A line of text, as mails have them; it is sixty-two long..\r\n".repeat(68)),
        message_id: "01890a5d-ac96-774b-bcce-b302099a8057@example.org".into(),
        kind: Kind::Message,
        owner: "bench".into(),
        next_hop: None,
        capture: false,
        wishes: spool::Wishes::default(),
    })
}
