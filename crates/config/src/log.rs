//! `[log]`.

use super::declare::{section, words};

section! {
    /// What is written to stderr.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    LOG: Log = "log", "What is written to stderr.";

    format: choice<LogFormat> = "auto", restart, "auto = text on a terminal, journald under systemd, else json";
    level: choice<LogLevel> = "info", now, "how much: error | warn | info | debug | trace";
    addresses: choice<LogAddresses> = "full", now, "mail addresses in the mail log: full | domain | hash";
}

words! {
    /// The form of log lines.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum LogFormat {
        /// Text on a terminal, journald under systemd, else JSON.
        #[default]
        "auto" => Auto,
        /// For people.
        "text" => Text,
        /// For journald: `<N>` priorities and no time.
        "journald" => Journald,
        /// One object a line.
        "json" => Json,
    }
}

words! {
    /// How mail addresses stand in the mail log.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum LogAddresses {
        /// As they are.
        #[default]
        "full" => Full,
        /// Only their domain.
        "domain" => Domain,
        /// Sixteen hexadecimal digits, the same for the same address in this installation.
        "hash" => Hash,
    }
}

words! {
    /// How much is logged.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
    pub enum LogLevel {
        /// What needs somebody.
        "error" => Error,
        /// What may need somebody.
        "warn" => Warn,
        /// One line a fact.
        #[default]
        "info" => Info,
        /// For finding a cause.
        "debug" => Debug,
        /// Everything but bodies and keys.
        "trace" => Trace,
    }
}
