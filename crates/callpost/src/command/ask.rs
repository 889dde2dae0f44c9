//! `ask`: asks a person for each parameter, sends as many calls as wanted without waiting, and prints each answer when it
//! comes. For the calendar its screen is that of the client of 2003, line for line.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::ops::ControlFlow::{self, Break, Continue};
use std::time::Duration;

use client::question::Question;
use config::Config;
use control::call::CallRequest;
use control::rows::CallRow;
use diagnostic::screen::{Form, Screen};
use diagnostic::{Code, Diagnostic, Exit, Outcome};
use rpc::codec;
use rpc::{Call, MethodName, Params, Protocol, Value};
use serde_json::json;
use server::serve::signals;
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin};
use tokio::signal::unix::{Signal, SignalKind};

use super::mailed::{self, Mailed};
use super::quoted::quoted;
use crate::cli::{Ask, Target};
use crate::line::Line;

/// How long one look for answers takes, before the next.
const LOOK: Duration = Duration::from_secs(5);

/// Runs it.
///
/// # Errors
/// Nothing can be sent, or nothing is known of the method's parameters.
pub async fn run(config: Config, ask: Ask, screen: &Screen) -> Outcome<Exit> {
    let questions = questions(&ask)?;
    let mailed = Mailed::new(&ask.target, ask.travel.clone(), Protocol::Soap11)?;
    let line = Line::open(mailed.configured(config), mailed.own_line()).await?;
    let prompts = std::io::stdin().is_terminal();
    let interrupts = signals::stream(SignalKind::interrupt())?;
    let mut talk = Talk {
        method: ask.method,
        questions,
        mailed,
        line: &line,
        screen,
        open: BTreeMap::new(),
        shown: 2,
        faults: 0,
        prompts,
        interrupts,
    };
    if screen.form() == Form::Text {
        screen.line("Starting Client Server");
    }
    let ended = talk.go().await;
    let exit = talk.exit();
    let mut interrupts = talk.interrupts;
    tokio::select! {
        () = line.close() => {}
        _ = interrupts.recv() => {}
    }
    ended.map(|()| exit)
}

fn questions(ask: &Ask) -> Outcome<Vec<Question>> {
    if let Target::Url(url) = &ask.target {
        let diagnostic = Diagnostic::new(Code::Usage, format!("`ask` asks by mail; {url} is a URL"));
        return Err(Box::new(diagnostic.help(format!("callpost call {} {}", quoted(url), ask.method))));
    }
    if ask.parameters.is_empty() {
        return Question::of(&ask.method).ok_or_else(|| {
            let what = format!("the parameters of `{}` are not known here", ask.method);
            let diagnostic = Diagnostic::new(Code::Usage, what);
            Box::new(diagnostic.help(format!("callpost ask TARGET {} NAME:TYPE …", ask.method)))
        });
    }
    let known = Question::of(&ask.method).unwrap_or_default();
    // What is known of a method's parameters is more than a type: which months there are.
    let better = |asked: &Question| known.iter().find(|known| known.name == asked.name).unwrap_or(asked).clone();
    Ok(ask.parameters.iter().map(better).collect())
}

/// The conversation.
struct Talk<'a> {
    method: String,
    questions: Vec<Question>,
    mailed: Mailed,
    line: &'a Line,
    screen: &'a Screen,
    /// Open calls by their id, with the id that is shown.
    open: BTreeMap<String, u32>,
    /// The next id that is shown; the client of 2003 counts from 2.
    shown: u32,
    faults: u32,
    /// Whether a person types; nobody else is prompted.
    prompts: bool,
    /// Ctrl-C, heard from the beginning: before the next question or sending, it leaves what is open.
    interrupts: Signal,
}

/// Why no more is asked.
enum Stop {
    /// The person asks no more, or the input is at its end.
    Enough,
    /// Ctrl-C.
    Interrupt,
}

impl Talk<'_> {
    async fn go(&mut self) -> Outcome<()> {
        let mut lines = BufReader::new(tokio::io::stdin()).lines();
        loop {
            match self.question_round(&mut lines).await? {
                Continue(values) => self.send(values).await?,
                Break(Stop::Enough) => break,
                Break(Stop::Interrupt) => return self.leave_open(),
            }
        }
        while !self.open.is_empty() {
            let (line, ids) = (self.line, self.ids());
            tokio::select! {
                answers = line.wait(&ids, LOOK) => self.print(&answers?),
                _ = self.interrupts.recv() => return self.leave_open(),
            }
        }
        Ok(())
    }

    /// One value for each question.
    async fn question_round(&mut self, lines: &mut Lines<BufReader<Stdin>>) -> Outcome<ControlFlow<Stop, Vec<Value>>> {
        let mut values = Vec::new();
        while let Some(question) = self.questions.get(values.len()).cloned() {
            let label = if values.is_empty() { question.first_label() } else { question.label() };
            if self.prompts {
                self.screen.prompt(&label);
            }
            let text = match self.typed(lines).await? {
                Continue(text) => text,
                Break(stop) => return Ok(Break(stop)),
            };
            if text.trim().is_empty() && values.is_empty() {
                return Ok(Break(Stop::Enough));
            }
            match question.read(&text) {
                Ok(value) => values.push(value),
                Err(reason) => self.screen.hint(&reason.to_string()),
            }
        }
        Ok(Continue(values))
    }

    /// The next line; answers that come meanwhile are printed at once.
    async fn typed(&mut self, lines: &mut Lines<BufReader<Stdin>>) -> Outcome<ControlFlow<Stop, String>> {
        loop {
            let (line, ids) = (self.line, self.ids());
            tokio::select! {
                biased;
                _ = self.interrupts.recv() => return Ok(Break(Stop::Interrupt)),
                typed = lines.next_line() => {
                    return typed.map(|typed| typed.map_or(Break(Stop::Enough), Continue)).map_err(|error| mailed::input(&error));
                }
                answers = line.wait(&ids, LOOK), if !ids.is_empty() => self.print(&answers?),
            }
        }
    }

    async fn send(&mut self, values: Vec<Value>) -> Outcome<()> {
        let names = self.questions.iter().map(|question| question.name.clone());
        let params = Params::Elements(names.zip(values).collect());
        let call = Call { method: MethodName(self.method.clone()), params };
        let request = CallRequest { shown: Some(self.shown), ..self.mailed.request(call)? };
        let row = self.line.send(request).await?;
        match self.screen.form() {
            Form::Text => self.screen.line(&format!("Sending out message ID: {}", self.shown)),
            Form::Json => self.screen.object(&json!({ "v": 1, "sent": self.shown, "id": row.id })),
        }
        self.open.insert(row.id, self.shown);
        self.shown += 1;
        Ok(())
    }

    fn print(&mut self, answers: &[CallRow]) {
        for answer in answers {
            let Some(shown) = self.open.remove(&answer.id) else { continue };
            let ended = mail_client::ended(answer).map_err(|error| error.to_string());
            self.faults += u32::from(ended.is_err());
            let text = match &ended {
                Ok(value) => codec::show(value).trim().to_owned(),
                Err(why) => format!("Fault: {why}"),
            };
            match self.screen.form() {
                Form::Text => self.screen.text(&format!("\nResults for ID: {shown}\n{text}\n")),
                Form::Json => self.screen.object(&json!({ "v": 1, "results": shown, "id": answer.id,
                    "fault": ended.is_err(), "text": text })),
            }
        }
    }

    fn leave_open(&self) -> Outcome<()> {
        if self.open.is_empty() {
            return Ok(());
        }
        let open = match self.open.len() {
            1 => "1 call is".to_owned(),
            several => format!("{several} calls are"),
        };
        let ids = self.ids().join(" ");
        self.screen.hint(&format!("\n{open} still open; wait on with: callpost replies wait {ids}"));
        Ok(())
    }

    fn ids(&self) -> Vec<String> {
        self.open.keys().cloned().collect()
    }

    fn exit(&self) -> Exit {
        match (self.open.is_empty(), self.faults) {
            (false, _) => Exit::TryAgain,
            (true, 0) => Exit::Done,
            (true, _) => Exit::Fault,
        }
    }
}
