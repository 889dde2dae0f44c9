//! `backup`, `restore`.

use std::path::PathBuf;

use clap::Args;

/// `backup`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  callpost backup /var/backups/callpost.backup
  callpost backup callpost.backup --json
  callpost -c callpost.toml backup callpost.backup")]
pub struct Backup {
    /// The file, which must not exist: it will hold keys and mail, and is for its owner only
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// `restore`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  callpost restore callpost.backup
  callpost --set state=/var/lib/callpost restore callpost.backup
  callpost restore --release")]
pub struct Restore {
    /// The file that `callpost backup` made
    #[arg(value_name = "FILE", required_unless_present = "release")]
    pub file: Option<PathBuf>,
    /// Let go what a restored store holds back: its mail leaves, its requests run
    #[arg(long, conflicts_with = "file")]
    pub release: bool,
}
