//! The log: one line per fact, to stderr; text on a terminal, for journald under systemd, JSON elsewhere. Never bodies,
//! never keys. The daemon's lines are written by a thread of their own, so that whoever reads them slowly holds up nothing.

use std::fmt;
use std::io::{IsTerminal, stderr};
use std::sync::Arc;

use config::{Log, LogFormat, LogLevel};
use diagnostic::screen::Talk;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{Format, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

pub mod lines;
pub mod mail;

use lines::{Line, Lines};

/// Starts it for a command, which may wait for whoever reads it. `-v` says one level more.
pub fn start(log: &Log, talk: Talk) {
    start_with(log, talk, stderr);
}

/// Starts it for the daemon.
///
/// # Errors
/// There can be no thread for it.
pub fn start_daemon(log: &Log, talk: Talk) -> std::io::Result<Arc<Lines>> {
    let lines = Lines::to(stderr())?;
    let writer = Arc::clone(&lines);
    start_with(log, talk, move || Line::of(&writer));
    Ok(lines)
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

fn start_with<W>(log: &Log, talk: Talk, writer: impl Fn() -> W + Send + Sync + 'static)
where
    W: std::io::Write + 'static,
{
    let level = match (log.level, talk == Talk::Verbose) {
        (LogLevel::Error, false) => "error",
        (LogLevel::Error, true) | (LogLevel::Warn, false) => "warn",
        (LogLevel::Warn, true) | (LogLevel::Info, false) => "info",
        (LogLevel::Info, true) | (LogLevel::Debug, false) => "debug",
        (LogLevel::Debug, true) | (LogLevel::Trace, _) => "trace",
    };
    // At trace level TLS and HTTP would write octets of what passes through them.
    let filter = EnvFilter::new(format!("{level},hyper=info,rustls=info,h2=info,mio=info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_target(false);
    let format = format(log);
    // Only a second start in one process fails, and that changes nothing.
    let _ = match format {
        LogFormat::Json | LogFormat::Auto => builder.json().flatten_event(true).try_init(),
        LogFormat::Text => builder.with_ansi(stderr().is_terminal()).try_init(),
        LogFormat::Journald => builder.with_ansi(false).event_format(Journald).try_init(),
    };
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
