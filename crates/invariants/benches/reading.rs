//! `cargo xtask bench reading`: how long each reader takes for 1, 2, 4 and 8 MB in each shape, and by how much each doubling
//! multiplies it; then what one mail costs to compose and to encode. Processor time, best of a few runs; tables in Markdown.
#![allow(clippy::print_stdout, reason = "a measurement: its result is what it prints")]
#![allow(clippy::unwrap_used, reason = "a measurement that cannot run has no result")]

#[path = "timing/clock.rs"]
mod clock;

use std::hint::black_box;
use std::time::Duration;

use clock::best;
use invariants::shape::{SHAPES, Shape};
use jiff::Timestamp;
use mail::compose::{Draft, Row, Rules, Stamp};

const MEGABYTE: usize = 1 << 20;

fn main() {
    println!("| shape | accepted | 1 MB | 2 MB | 4 MB | 8 MB | ratios |");
    println!("|---|---|---:|---:|---:|---:|---|");
    SHAPES.iter().for_each(row);
    println!("\n| one mail of 4 KB | time |\n|---|---:|");
    for (name, text) in [("ASCII", ascii()), ("Polish", polish())] {
        mail(name, &text);
    }
}

fn row(shape: &Shape) {
    let times: Vec<Duration> = [1, 2, 4, 8].map(|size| timed(shape, size * MEGABYTE)).to_vec();
    let milliseconds: Vec<String> = times.iter().map(|time| format!("{:.2} ms", time.as_secs_f64() * 1e3)).collect();
    let ratios: Vec<String> =
        times.windows(2).map(|two| format!("{:.1}", two[1].as_secs_f64() / two[0].as_secs_f64())).collect();
    let accepted = if (shape.read)(&(shape.make)(MEGABYTE)) { "yes" } else { "no" };
    println!("| {} | {accepted} | {} | {} |", shape.name, milliseconds.join(" | "), ratios.join(", "));
}

fn timed(shape: &Shape, octets: usize) -> Duration {
    let document = (shape.make)(octets);
    best(5, || _ = black_box((shape.read)(black_box(&document))))
}

fn mail(name: &str, text: &str) {
    const MANY: u32 = 2000;
    let row = || Row {
        to: "Jan Kowalski <jan@example.org>",
        from: "Dziekanat <office@example.edu>",
        subject: "Zmiana terminu zajęć",
        text,
        headers: "X-Mailer: PHP\r\nReply-To: reply@example.edu",
        ..Row::default()
    };
    let stamp =
        Stamp { now: Timestamp::UNIX_EPOCH, message_id: "0190c4f3-0000-7000-8000-000000000000@service.example" };
    let draft = Draft::read(row(), &Rules::default()).unwrap();
    let message = draft.compose(&stamp);
    let many = |run: &mut dyn FnMut()| best(5, || (0..MANY).for_each(|_| run())) / MANY;
    let read = many(&mut || drop(black_box(Draft::read(black_box(row()), &Rules::default()))));
    let composed = many(&mut || drop(black_box(black_box(&draft).compose(&stamp))));
    let encoded = many(&mut || drop(black_box(smtp::data::encode(black_box(&message)))));
    println!("| {name}: read the row | {} ns |", read.as_nanos());
    println!("| {name}: compose | {} ns |", composed.as_nanos());
    println!("| {name}: encode for DATA | {} ns |", encoded.as_nanos());
}

fn ascii() -> String {
    "The quick brown fox jumps over the lazy dog, and then some more words.\n".repeat(57)
}

fn polish() -> String {
    "Uprzejmie informuję, że zajęcia z analizy zostały przeniesione na środę.\n".repeat(52)
}
