//! The state folder: can it be written, and is there room.

use std::path::Path;

use config::Config;
use diagnostic::Exit;
use rustix::fs::{Access, access, statvfs};
use state::wrong;

use super::Line;

pub(super) fn check(config: &Config) -> Vec<Line> {
    let Some(existing) = config.state.ancestors().find(|path| path.exists()) else {
        return vec![Line::bad("state", Exit::CannotCreate, format!("{} cannot be made", config.state.display()))];
    };
    let mut lines = vec![writable(&config.state, existing), room(existing, config.queue.min_free)];
    if let Some(wrong) = wrong::find(&config.state) {
        lines
            .insert(1, Line::bad("state", Exit::CannotCreate, format!("{}; mend it with: {}", wrong.what, wrong.mend)));
    }
    lines
}

/// Whether the folder, or the nearest one above it that exists, can be written.
fn writable(state: &Path, existing: &Path) -> Line {
    let shown = state.display();
    if !existing.is_dir() {
        return Line::bad("state", Exit::CannotCreate, format!("{shown}: {} is no folder", existing.display()));
    }
    match access(existing, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) if state == existing => Line::good("state", format!("{shown}{}", standing(existing))),
        Ok(()) => Line::good("state", format!("{shown}, to be made")),
        Err(error) => {
            let why = wrong::permitted(state, &std::io::Error::from(error));
            let mend = why.map(|why| format!("; {}; {}", why.what, why.mend)).unwrap_or_default();
            Line::bad("state", Exit::CannotCreate, format!("{} cannot be written: {error}{mend}", existing.display()))
        }
    }
}

/// ` belongs to …`, where that can be told.
fn standing(state: &Path) -> String {
    state.metadata().map(|status| format!(" {}", wrong::standing(&status))).unwrap_or_default()
}

fn room(existing: &Path, min_free: u64) -> Line {
    match statvfs(existing) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let text = format!("{} free, at least {} wanted (queue.min_free)", megabytes(free), megabytes(min_free));
            if free < min_free { Line::bad("disk", Exit::Io, text) } else { Line::good("disk", text) }
        }
        Err(error) => Line::doubtful("disk", format!("its room cannot be told: {error}")),
    }
}

fn megabytes(octets: u64) -> String {
    format!("{}MB", octets / 1_000_000)
}
