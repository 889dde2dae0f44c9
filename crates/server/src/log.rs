//! The log: one line per fact, to stderr; text on a terminal, for journald under systemd, JSON elsewhere. Never bodies,
//! never keys. The daemon's lines are written by a thread of their own, so that whoever reads them slowly holds up nothing.

use std::fmt;
use std::io::{IsTerminal, stderr};
use std::sync::Arc;

use config::{Log, LogFormat, LogLevel};
use diagnostic::screen::Talk;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{Format, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::reload::{self, Handle};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt as written};

pub mod lines;
pub mod mail;

use lines::{Line, Lines};

/// Starts it for a command, which may wait for whoever reads it. `-v` says one level more.
pub fn start(log: &Log, talk: Talk) {
    start_with(log, talk, stderr);
}

/// The log of a daemon, which another configuration may change while it is written.
pub struct DaemonLog {
    lines: Arc<Lines>,
    talk: Talk,
    filter: Handle<EnvFilter, Registry>,
}

impl DaemonLog {
    /// Starts it.
    ///
    /// # Errors
    /// There can be no thread for it.
    pub fn start(log: &Log, talk: Talk) -> std::io::Result<Arc<Self>> {
        let lines = Lines::to(stderr())?;
        let writer = Arc::clone(&lines);
        let filter = start_with(log, talk, move || Line::of(&writer));
        Ok(Arc::new(Self { lines, talk, filter }))
    }

    /// The lines on their way.
    #[must_use]
    pub fn lines(&self) -> &Arc<Lines> {
        &self.lines
    }

    /// Writes as much as this says from now on; the form of the lines stays.
    pub(crate) fn obey(&self, log: &Log) {
        // It fails only where no log was started, as in a test that has one already.
        let _ = self.filter.reload(filter(log, self.talk));
    }
}

/// The form of the lines, where it is left to us.
#[must_use]
pub fn format(log: &Log) -> LogFormat {
    match log.format {
        LogFormat::Auto if stderr().is_terminal() => LogFormat::Text,
        LogFormat::Auto if std::env::var_os("JOURNAL_STREAM").is_some() => LogFormat::Journald,
        LogFormat::Auto => LogFormat::Json,
        format => format,
    }
}

/// True where the mail log is written at this level.
#[must_use]
pub fn tells_of_mail(log: &Log) -> bool {
    matches!(log.level, LogLevel::Info | LogLevel::Debug | LogLevel::Trace)
}

fn start_with<W>(log: &Log, talk: Talk, writer: impl Fn() -> W + Send + Sync + 'static) -> Handle<EnvFilter, Registry>
where
    W: std::io::Write + 'static,
{
    let (filter, handle) = reload::Layer::new(filter(log, talk));
    let layer = written::layer().with_writer(writer).with_target(false);
    let layer = match format(log) {
        LogFormat::Json | LogFormat::Auto => layer.json().flatten_event(true).boxed(),
        LogFormat::Text => layer.with_ansi(stderr().is_terminal()).boxed(),
        LogFormat::Journald => layer.with_ansi(false).event_format(Journald).boxed(),
    };
    // Only a second start in one process fails, and that changes nothing.
    let _ = tracing_subscriber::registry().with(filter).with(layer).try_init();
    handle
}

fn filter(log: &Log, talk: Talk) -> EnvFilter {
    let level = match (log.level, talk == Talk::Verbose) {
        (LogLevel::Error, false) => "error",
        (LogLevel::Error, true) | (LogLevel::Warn, false) => "warn",
        (LogLevel::Warn, true) | (LogLevel::Info, false) => "info",
        (LogLevel::Info, true) | (LogLevel::Debug, false) => "debug",
        (LogLevel::Debug, true) | (LogLevel::Trace, _) => "trace",
    };
    // At trace level TLS and HTTP would write octets of what passes through them.
    EnvFilter::new(format!("{level},hyper=info,rustls=info,h2=info,mio=info"))
}

/// sd-daemon(3): `<6>` and the text; journald knows the time itself.
struct Journald;

impl<S, N> FormatEvent<S, N> for Journald
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let priority = match *event.metadata().level() {
            Level::ERROR => 3,
            Level::WARN => 4,
            Level::INFO => 6,
            Level::DEBUG | Level::TRACE => 7,
        };
        write!(writer, "<{priority}>")?;
        Format::default().without_time().with_level(false).with_target(false).format_event(context, writer, event)
    }
}
