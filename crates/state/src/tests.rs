//! The folder's modes, whatever the umask and whoever comes first, and who waits for whom.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use diagnostic::Code;

use super::lock::{Asker, Holder, Tried, attempt, holder};
use super::{Made, drop_folder, prepare, queue, wrong};

fn mode(path: &Path) -> String {
    format!("{:o}", fs::metadata(path).unwrap().mode() & 0o7777)
}

#[test]
fn the_folder_is_made_with_its_modes_and_left_alone_afterwards() {
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join("var/lib/callpost");
    assert_eq!(prepare(&state).unwrap(), Made::Now);
    assert_eq!(
        (mode(&state), mode(&queue(&state)), mode(&drop_folder(&state))),
        ("711".into(), "700".into(), "3733".into())
    );
    fs::set_permissions(&state, Permissions::from_mode(0o700)).unwrap();
    assert_eq!(prepare(&state).unwrap(), Made::Before);
    assert_eq!(mode(&state), "700", "it is the owner's to close it");
    assert_eq!(fs::read_dir(&state).unwrap().count(), 2, "nothing half made stays");
}

#[test]
fn many_that_make_it_at_once_find_it_whole() {
    for _ in 0..100 {
        let home = tempfile::tempdir().unwrap();
        let state = home.path().join("state");
        std::thread::scope(|scope| {
            let makers: Vec<_> =
                (0..8).map(|_| scope.spawn(|| prepare(&state).map(|_| mode(&drop_folder(&state))))).collect();
            for maker in makers {
                assert_eq!(maker.join().unwrap().unwrap(), "3733");
            }
        });
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }
}

#[test]
fn a_drop_folder_of_before_is_mended_by_its_owner() {
    let home = tempfile::tempdir().unwrap();
    prepare(home.path()).unwrap();
    let folder = drop_folder(home.path());
    fs::set_permissions(&folder, Permissions::from_mode(0o1733)).unwrap();
    let told = wrong::find(home.path()).unwrap();
    assert!(told.what.contains("has mode 1733") && told.mend == format!("chmod 3733 {}", folder.display()), "{told:?}");
    prepare(home.path()).unwrap();
    assert_eq!((mode(&folder), wrong::find(home.path())), ("3733".into(), None));
}

#[test]
fn a_folder_that_others_cannot_pass_is_named_with_the_line_that_opens_it() {
    let home = tempfile::tempdir().unwrap();
    prepare(home.path()).unwrap();
    fs::set_permissions(home.path(), Permissions::from_mode(0o700)).unwrap();
    let told = wrong::find(home.path()).unwrap();
    assert!(told.what.contains("belongs to ") && told.what.contains("has mode 0700"), "{told:?}");
    assert_eq!(told.mend, format!("chmod 711 {}", home.path().display()));
}

fn taken(state: &Path, asker: Asker<'_>) -> super::lock::Lock {
    match attempt(state, asker).unwrap() {
        Tried::Taken(lock) => lock,
        Tried::Held(holder) => panic!("held by {holder:?}"),
    }
}

#[test]
fn the_lock_says_who_holds_it_and_ends_with_its_holder() {
    let home = tempfile::tempdir().unwrap();
    let pid = i32::try_from(std::process::id()).unwrap();
    assert_eq!(holder(home.path()), None);
    let lock = taken(home.path(), Asker::Command("key add"));
    assert_eq!(holder(home.path()), Some(Holder::Command { pid, name: "key add".to_owned() }));
    let other = attempt(home.path(), Asker::Daemon).unwrap();
    assert!(matches!(other, Tried::Held(Holder::Command { .. })), "{other:?}");
    drop(lock);
    let lock = taken(home.path(), Asker::Daemon);
    assert_eq!(holder(home.path()), Some(Holder::Daemon { pid }));
    drop(lock);
    assert_eq!(holder(home.path()), None);
    assert_eq!(mode(&home.path().join("lock")), "600", "whoever may read it may take it");
}

#[test]
fn what_a_killed_holder_left_in_the_lock_is_not_believed_of_the_next_one() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("lock");
    prepare(home.path()).unwrap();
    let held = fs::File::create(&file).unwrap();
    held.lock().unwrap();
    for (left, believed) in [("daemon 2147483647\n", false), ("daemon 1", false), ("", false), ("daemon 1\n", true)] {
        fs::write(&file, left).unwrap();
        assert_eq!(holder(home.path()) == Some(Holder::Daemon { pid: 1 }), believed, "{left:?}");
    }
    let busy = super::lock::busy(home.path(), &Holder::Command { pid: 7, name: "key add".to_owned() });
    assert!(busy.code == Code::StoreBusy && busy.exit.code() == 75 && busy.what.contains("`callpost key add` (pid 7)"));
}
