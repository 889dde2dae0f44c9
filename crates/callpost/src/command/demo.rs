//! `demo`: the whole product on loopback, in one terminal; nothing is left behind.

use serde_json::json;

use crate::cli::Demo;
use crate::complaint::{Exit, Outcome};
use crate::demo::stage::Stage;
use crate::demo::{Shown, mailed, spoken};
use crate::screen::{Form, Screen};

/// Runs it.
///
/// # Errors
/// The house does not open: no port is free, or no temporary folder can be made.
pub async fn run(demo: &Demo, screen: &Screen) -> Outcome<Exit> {
    if screen.form() == Form::Text {
        screen.line("callpost demo: mail by call, calls by mail, all on this machine\n");
    }
    let mut stage = Stage::open(screen).await?;
    let mut all_good = true;
    let steps = [spoken::echo(&stage).await, spoken::send(&mut stage).await, spoken::refuse(&stage).await];
    for (number, step) in (1..).zip(steps) {
        all_good &= show(number, &step, screen);
    }
    all_good &= show(4, &mailed::calendar(&stage).await, screen);
    if !demo.once {
        stay(&stage, screen).await;
    }
    stage.close().await;
    Ok(if all_good { Exit::Done } else { Exit::Software })
}

fn show(number: u32, step: &Shown, screen: &Screen) -> bool {
    let good = step.wrong.is_none();
    if screen.form() == Form::Json {
        let (title, wire) = (step.title, &step.wire);
        screen
            .object(&json!({ "v": 1, "step": number, "title": title, "ok": good, "wrong": step.wrong, "wire": wire }));
        return good;
    }
    let mark = if good { "✓" } else { "✗" };
    screen.line(&format!("{mark} {number}. {}", step.title));
    for line in &step.wire {
        screen.line(&format!("     {line}"));
    }
    if let Some(wrong) = &step.wrong {
        screen.line(&format!("     not as expected: {wrong}"));
    }
    screen.line("");
    good
}

async fn stay(stage: &Stage, screen: &Screen) {
    if screen.form() == Form::Text {
        screen.line(&stage.invitation());
    }
    // Whatever ends the wait, the demo ends in good order.
    let _ = tokio::signal::ctrl_c().await;
}
