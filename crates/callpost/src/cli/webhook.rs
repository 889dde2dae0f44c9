//! `webhook`.

use clap::Subcommand;

use super::value;

/// `webhook`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  callpost webhook list
  callpost webhook resume shop
  callpost webhook replay shop --since 2h")]
pub enum Webhook {
    /// The hooks with what waits for each, and what its receiver says
    #[command(after_help = "Examples:
  callpost webhook list
  callpost webhook list --json
  callpost -c callpost.toml webhook list")]
    List,
    /// Tell nothing by it until it is resumed; what happens meanwhile waits
    #[command(after_help = "Examples:
  callpost webhook park app.example.edu
  callpost webhook park shop --json
  callpost -c callpost.toml webhook park shop")]
    Park {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Go on with a parked hook, and tell what waits now
    #[command(after_help = "Examples:
  callpost webhook resume app.example.edu
  callpost webhook resume shop --json
  callpost -c callpost.toml webhook resume shop")]
    Resume {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Tell once more what happened within a time, as far as it is kept (queue.keep_done)
    #[command(after_help = "Examples:
  callpost webhook replay shop --since 2h
  callpost webhook replay shop --since 2026-11-03 --until 2026-11-04
  callpost webhook replay shop --since 2026-11-03T08:30:00Z --json")]
    Replay {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
        /// From when: 2h (ago), 2026-11-03, 2026-11-03T08:30:00Z
        #[arg(long, value_name = "TIME", value_parser = value::since)]
        since: value::Since,
        /// Until when; now, where nothing is said
        #[arg(long, value_name = "TIME", value_parser = value::since)]
        until: Option<value::Since>,
    },
}
