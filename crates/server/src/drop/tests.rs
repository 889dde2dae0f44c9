//! What lies in the drop folder, whoever put it there and however.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use control::{Octets, Request, Submit};
use state::drop_folder;

use super::{Left, Unread, leave, list};

const LARGEST: u64 = 100_000;

fn request(text: &str) -> Request {
    let to = vec!["a@x.test".to_owned()];
    Request::Submit(Submit {
        from: "me@x.test".to_owned(),
        to,
        message: Octets(text.as_bytes().to_vec()),
        wishes: None,
    })
}

fn all(state: &Path) -> Vec<Left> {
    list(state, "").unwrap()
}

fn useless(left: &Left) -> String {
    match left.read(LARGEST) {
        Err(Unread::Useless(why)) => why,
        other => panic!("{}: {other:?}", left.name),
    }
}

#[test]
fn what_is_left_is_readable_for_the_folder_s_group_and_known_by_its_owner() {
    let state = tempfile::tempdir().unwrap();
    leave(state.path(), &request("one")).unwrap();
    leave(state.path(), &request("two")).unwrap();
    let left = all(state.path());
    for (left, text) in left.iter().zip(["one", "two"]) {
        let status = fs::metadata(drop_folder(state.path()).join(&left.name)).unwrap();
        assert_eq!(format!("{:o}", status.mode() & 0o7777), "640");
        let content = left.read(LARGEST).unwrap();
        let Request::Submit(submit) = content.request else { panic!("{content:?}") };
        assert_eq!((content.owner.uid, submit.message.0.as_slice()), (status.uid(), text.as_bytes()));
        left.remove().unwrap();
    }
    assert_eq!(left.len(), 2);
    assert_eq!(fs::read_dir(drop_folder(state.path())).unwrap().count(), 0);
}

#[test]
fn links_pipes_folders_and_what_is_too_large_are_not_read_and_stop_nobody() {
    let state = tempfile::tempdir().unwrap();
    leave(state.path(), &request("x")).unwrap();
    let folder = drop_folder(state.path());
    let secret = state.path().join("pepper");
    fs::write(&secret, "secret").unwrap();
    symlink(&secret, folder.join("1.mail")).unwrap();
    fs::hard_link(&secret, folder.join("2.mail")).unwrap();
    fs::create_dir(folder.join("3.mail")).unwrap();
    assert!(Command::new("mkfifo").arg(folder.join("4.mail")).status().unwrap().success());
    fs::write(folder.join("5.mail"), vec![b' '; 400_000]).unwrap();
    fs::write(folder.join("6.mail"), "\"ready\"").unwrap();
    fs::write(folder.join("7.draft"), "unfinished").unwrap();
    // What is to be set aside may be in the way of itself.
    fs::create_dir_all(folder.join("3.damaged/full")).unwrap();
    let left = all(state.path());
    assert_eq!(left.len(), 7);
    let (whole, rest): (Vec<_>, Vec<_>) = left.iter().partition(|left| left.name.len() > 10);
    assert!(whole[0].read(LARGEST).is_ok());
    for left in &rest[..4] {
        assert_eq!(useless(left), "it is no plain file", "{}", left.name);
        assert_eq!(left.set_aside().is_err(), left.name == "3.mail", "{}", left.name);
    }
    assert!(useless(rest[4]).contains("larger than smtp.max_size"));
    assert!(useless(rest[5]).contains("not mail"));
    assert_eq!(fs::read(&secret).unwrap(), b"secret");
}

#[test]
fn the_names_of_a_full_folder_are_gone_through_a_part_at_a_time() {
    let state = tempfile::tempdir().unwrap();
    state::prepare(state.path()).unwrap();
    for at in 0..2_500 {
        fs::write(drop_folder(state.path()).join(format!("{at:05}.mail")), "").unwrap();
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let part = list(state.path(), &after).unwrap();
        let Some(last) = part.last() else { break };
        assert!(part.len() <= 1_000);
        after.clone_from(&last.name);
        seen.extend(part.into_iter().map(|left| left.name));
    }
    assert_eq!(seen.len(), 2_500);
    assert!(seen.is_sorted());
}

#[test]
fn a_drop_folder_that_its_owner_has_closed_is_opened_by_its_owner() {
    let state = tempfile::tempdir().unwrap();
    state::prepare(state.path()).unwrap();
    fs::set_permissions(drop_folder(state.path()), Permissions::from_mode(0o700)).unwrap();
    leave(state.path(), &request("x")).unwrap();
    assert_eq!(all(state.path()).len(), 1);
}
