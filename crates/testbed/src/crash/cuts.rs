//! The power-cut test: the load of the kill test, and a disk that loses power over and over under the server.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rand::RngExt;

use super::disk::Disk;
use super::load::{Doors, Load};
use super::{CONNECTIONS, Tally, configuration, note, settle};
use crate::{Port, Server, Sink};

/// A line of progress after so many cuts.
const PROGRESS: u32 = 20;

/// Cuts the power so often. The tally is for the caller to judge; panics where this machine mounts no disk of ours.
pub fn cut_power(binary: &Path, cuts: u32) -> Tally {
    let sink = Sink::start();
    let (http, smtp) = (Port::claim(), Port::claim());
    let mut server = Server::prepared(binary, &configuration(&http, &smtp, sink.address(), CONNECTIONS));
    let state = server.home().join("state");
    std::fs::create_dir_all(&state).expect("a folder for the disk");
    let mut disk = Disk::mounted(&state);
    server.launch();
    let key = server.key_add("crash");
    let doors =
        Doors { http: http.address(), smtp: smtp.address(), binary: binary.to_owned(), config: server.config(), key };
    let load = Load::start(Arc::new(doors));
    for cut in 1..=cuts {
        cut_once(&mut server, &mut disk, &load);
        if cut % PROGRESS == 0 {
            note(&format!("{cut} power cuts, {} acknowledged, {} arrived", load.acknowledged(), sink.count()));
        }
    }
    let attempts = load.stop();
    let mut tally = settle(&attempts, &sink, &mut server);
    tally.kills = cuts;
    tally.most_duplicates = cuts as usize * CONNECTIONS;
    server.stop();
    drop(disk);
    note(&tally.to_string());
    tally
}

/// At a random moment everything stands still, the disk is copied, and the copy is what is left. One time in four the
/// server is dead before that: then what is piped waits in a folder, and that must hold too.
fn cut_once(server: &mut Server, disk: &mut Disk, load: &Load) {
    let mut rng = rand::rng();
    std::thread::sleep(Duration::from_millis(rng.random_range(0..400)));
    let died_before = rng.random_bool(0.25);
    if died_before {
        server.kill();
        std::thread::sleep(Duration::from_millis(rng.random_range(50..300)));
    }
    // A program that writes on the disk by itself is between two mails; the server is wherever it is.
    let still = load.pause_pipes();
    if !died_before {
        std::thread::sleep(Duration::from_millis(rng.random_range(0..50)));
        server.freeze();
    }
    let photograph = disk.photograph();
    if !died_before {
        server.kill(); // A stopped process does not run on before it dies.
    }
    disk.restore(&photograph);
    server.launch();
    drop(still);
}
