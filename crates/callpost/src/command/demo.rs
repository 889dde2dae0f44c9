//! `demo`: the whole product on loopback, in one terminal; nothing is left behind.

use diagnostic::screen::{Form, Screen, Talk, wrapped};
use diagnostic::{Exit, Outcome};
use serde_json::json;
use server::serve::signals;
use tokio::signal::unix::SignalKind;
use tokio_util::sync::CancellationToken;

use crate::cli::{Demo, Global};
use crate::demo::folder::Folder;
use crate::demo::stage::Stage;
use crate::demo::{Shown, joined, mailed, spoken};

/// How far what a step shows is indented.
const INDENT: usize = 5;

/// Fewer columns than these are not reckoned with.
const NARROWEST: usize = 50;

/// Runs it.
///
/// # Errors
/// The node does not open: no port is free, or no temporary folder can be made.
pub async fn run(global: &Global, demo: &Demo, screen: &Screen) -> Outcome<Exit> {
    // Before anything is there that could be left behind.
    let end = End::listen()?;
    let folder = Folder::make()?;
    let ended = play(&folder, (global, demo), &end, screen).await;
    folder.remove().await;
    ended
}

async fn play(folder: &Folder, (global, demo): (&Global, &Demo), end: &End, screen: &Screen) -> Outcome<Exit> {
    if screen.form() == Form::Text && screen.talk() != Talk::Quiet {
        let title = "callpost demo: mail by call, calls by mail, all on this machine";
        screen.line(&format!("{}\n", wrapped(title, screen.columns().max(NARROWEST)).join("\n")));
    }
    let mut stage = Stage::open(folder, &global.set, screen).await?;
    let ended = tokio::select! {
        all_good = steps(&mut stage, screen) => if all_good { Exit::Done } else { Exit::Software },
        // Ended in the middle: nothing is known to be wrong, nor right.
        () = end.now.cancelled() => Exit::TryAgain,
    };
    if !demo.once && !end.now.is_cancelled() && screen.is_read() {
        stay(&stage, end, screen).await;
    }
    stage.close().await;
    Ok(ended)
}

/// The signals that end the demo; all that would end the process.
struct End {
    now: CancellationToken,
    /// A pipe without a reader.
    unread: CancellationToken,
}

impl End {
    fn listen() -> Outcome<Self> {
        let (now, unread) = (CancellationToken::new(), CancellationToken::new());
        let ends = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup(), SignalKind::quit()];
        let all = ends.map(|kind| (kind, &now)).into_iter().chain([(SignalKind::pipe(), &unread)]);
        for (kind, told) in all {
            let (mut stream, told) = (signals::stream(kind)?, told.clone());
            tokio::spawn(async move {
                stream.recv().await;
                told.cancel();
            });
        }
        Ok(Self { now, unread })
    }
}

/// Whether all went as expected.
async fn steps(stage: &mut Stage, screen: &Screen) -> bool {
    let mut all_good = show(1, &spoken::echo(stage).await, screen);
    all_good &= show(2, &spoken::send(stage).await, screen);
    all_good &= show(3, &spoken::refuse(stage).await, screen);
    all_good &= show(4, &mailed::calendar(stage).await, screen);
    all_good & show(5, &joined::through_mail(stage).await, screen)
}

fn show(number: u32, step: &Shown, screen: &Screen) -> bool {
    match screen.form() {
        Form::Json => {
            let wire: Vec<String> = step.wire.iter().map(crate::demo::wire::Wire::whole).collect();
            let (title, good) = (step.title, step.wrong.is_none());
            screen.object(
                &json!({ "v": 1, "step": number, "title": title, "ok": good, "wrong": step.wrong, "wire": wire }),
            );
        }
        Form::Text => draw(number, step, screen),
    }
    step.wrong.is_none()
}

fn draw(number: u32, step: &Shown, screen: &Screen) {
    let (paint, room) = (screen.paint(), screen.columns().max(NARROWEST) - INDENT);
    let mark = if step.wrong.is_none() { paint.green("✓") } else { paint.red("✗") };
    let title = wrapped(step.title, room);
    let title: Vec<String> = title.iter().map(|line| paint.bold(line)).collect();
    screen.line(&format!("{mark} {number}. {}", title.join(&format!("\n{:INDENT$}", ""))));
    if screen.talk() != Talk::Quiet {
        for wire in &step.wire {
            screen.line(&format!("{:INDENT$}{}", "", wire.shown(room, paint)));
        }
    }
    if let Some(wrong) = &step.wrong {
        let wrong = wrapped(&format!("not as expected: {wrong}"), room);
        wrong.iter().for_each(|line| screen.line(&format!("{:INDENT$}{}", "", paint.red(line))));
    }
    if screen.talk() != Talk::Quiet {
        screen.line("");
    }
}

async fn stay(stage: &Stage, end: &End, screen: &Screen) {
    if screen.form() == Form::Text && screen.talk() != Talk::Quiet {
        screen.line(&stage.invitation().await);
    }
    if !screen.is_read() {
        return;
    }
    // Whatever ends the wait, the demo ends in good order.
    tokio::select! {
        () = end.now.cancelled() => {}
        () = end.unread.cancelled() => {}
    }
}
