//! The name of this machine in mail: one that others can look up.

use config::Config;

use super::Line;

pub(super) fn check(config: &Config) -> Line {
    match config.hostname_trouble() {
        Some(trouble) => Line::doubtful("hostname", trouble),
        None => Line::good("hostname", &config.hostname),
    }
}
