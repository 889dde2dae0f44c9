//! Lines are written in their order, and nobody waits for whoever reads them.

use std::io::Write;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use super::{Lines, MOST};

/// Takes nothing before it is told to; then everything.
struct Pipe(Receiver<()>, Arc<Mutex<Vec<u8>>>);

impl Write for Pipe {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        let _ = self.0.recv();
        self.1.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn pipe() -> (Sender<()>, Arc<Mutex<Vec<u8>>>, Arc<Lines>) {
    let ((sender, receiver), read) = (channel(), Arc::new(Mutex::new(Vec::new())));
    let lines = Lines::to(Pipe(receiver, Arc::clone(&read))).unwrap();
    (sender, read, lines)
}

#[test]
fn a_pipe_that_nobody_reads_holds_up_nobody_and_what_was_dropped_is_counted() {
    let (reads, read, lines) = pipe();
    let line = vec![b'x'; 1 << 20];
    // The first is in the writer's hands; so many more wait, and the rest is dropped.
    for _ in 0..40 {
        lines.add(|waiting| waiting.extend_from_slice(&line));
    }
    drop(reads);
    lines.flush();
    let read = read.lock().unwrap();
    let end = String::from_utf8_lossy(&read[read.len() - 100..]).into_owned();
    let whole = read.iter().filter(|&&octet| octet == b'x').count() / line.len();
    let dropped: usize = end.trim_start_matches('x').split(' ').next().unwrap().parse().unwrap();
    assert!(end.ends_with(" lines of the log were dropped: they were not read\n"), "{end}");
    assert!(whole >= MOST / line.len() && whole + dropped == 40, "{whole} written, {dropped} dropped");
}

#[test]
fn lines_come_in_their_order() {
    let (reads, read, lines) = pipe();
    drop(reads);
    for number in 0..1000 {
        lines.add(|waiting| waiting.extend_from_slice(format!("{number}\n").as_bytes()));
    }
    lines.flush();
    let text = String::from_utf8(read.lock().unwrap().clone()).unwrap();
    assert_eq!(text, (0..1000).map(|number| format!("{number}\n")).collect::<String>());
}
