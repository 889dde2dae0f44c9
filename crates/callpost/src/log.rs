//! The log: one line per fact, to stderr; text on a terminal, for journald under systemd, JSON elsewhere. Never bodies,
//! never keys.

use std::fmt;
use std::io::{IsTerminal, stderr};

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{Format, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::config::{Log, LogFormat, LogLevel};
use crate::screen::Talk;

/// Starts it for this process. `-v` says one level more.
pub fn start(log: &Log, talk: Talk) {
    let level = match (log.level, talk == Talk::Verbose) {
        (LogLevel::Error, false) => "error",
        (LogLevel::Error, true) | (LogLevel::Warn, false) => "warn",
        (LogLevel::Warn, true) | (LogLevel::Info, false) => "info",
        (LogLevel::Info, true) | (LogLevel::Debug, false) => "debug",
        (LogLevel::Debug, true) | (LogLevel::Trace, _) => "trace",
    };
    // At trace level TLS and HTTP would write octets of what passes through them.
    let filter = EnvFilter::new(format!("{level},hyper=info,rustls=info,h2=info,mio=info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).with_target(false);
    let format = match log.format {
        LogFormat::Auto if stderr().is_terminal() => LogFormat::Text,
        LogFormat::Auto if std::env::var_os("JOURNAL_STREAM").is_some() => LogFormat::Journald,
        LogFormat::Auto => LogFormat::Json,
        format => format,
    };
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
