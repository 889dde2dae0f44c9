//! The attacked process from outside: its memory, and whether it is still the same one.

/// A process by its id and its start time, so that a successor with the same id is not taken for it.
#[derive(Debug)]
pub(super) struct Process {
    pid: u32,
    born: Option<String>,
}

impl Process {
    pub(super) fn of(pid: u32) -> Process {
        Process { pid, born: born(pid) }
    }

    /// Whether it is the process it was.
    pub(super) fn lives(&self) -> bool {
        self.born.is_some() && born(self.pid) == self.born
    }

    /// Resets the peak of resident memory (proc(5), clear_refs).
    pub(super) fn forget_peak(&self) {
        let _ = std::fs::write(format!("/proc/{}/clear_refs", self.pid), "5");
    }

    /// Resident memory now, in MB.
    pub(super) fn resident_mb(&self) -> Option<f64> {
        self.field("VmRSS:")
    }

    /// Its peak since [`Process::forget_peak`], in MB.
    pub(super) fn peak_mb(&self) -> Option<f64> {
        self.field("VmHWM:")
    }

    fn field(&self, name: &str) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid)).ok()?;
        let line = status.lines().find_map(|l| l.strip_prefix(name))?;
        let kilobytes: f64 = line.split_whitespace().next()?.parse().ok()?;
        Some(kilobytes / 1024.0)
    }
}

/// The start time, field 22 of /proc/PID/stat; a zombie has none for us.
fn born(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    if fields.next()? == "Z" {
        return None;
    }
    fields.nth(18).map(str::to_owned)
}
