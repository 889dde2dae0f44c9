//! Names of this machine's users and groups, from `/etc/passwd` and `/etc/group`. Who stands in neither is shown by number.

use std::fs;

/// The name of a user, or the number.
#[must_use]
pub fn user(uid: u32) -> String {
    name("/etc/passwd", uid).unwrap_or_else(|| uid.to_string())
}

/// The name of the user whose process this is: what the system's list of users says, else what the environment says.
#[must_use]
pub fn own() -> String {
    let uid = rustix::process::getuid().as_raw();
    let said = || std::env::var("LOGNAME").or_else(|_| std::env::var("USER")).ok().filter(|name| !name.is_empty());
    name("/etc/passwd", uid).or_else(said).unwrap_or_else(|| uid.to_string())
}

/// The name of a group, or the number.
#[must_use]
pub fn group(gid: u32) -> String {
    name("/etc/group", gid).unwrap_or_else(|| gid.to_string())
}

/// The numbers of a user of this name and of the group of that user's processes.
#[must_use]
pub fn ids(name: &str) -> Option<(u32, u32)> {
    let table = read("/etc/passwd");
    let row = table.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut numbers = row.split(':').skip(2).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// The group that a user's processes have; `None` where the user is not listed.
#[must_use]
pub fn primary_group(uid: u32) -> Option<u32> {
    let table = read("/etc/passwd");
    row(&table, uid).and_then(|row| row.split(':').nth(3)?.parse().ok())
}

/// Whether a user's processes may use what is a group's. Who is not listed is believed to.
#[must_use]
pub fn is_member(uid: u32, gid: u32) -> bool {
    let Some(primary) = primary_group(uid) else { return true };
    if uid == 0 || primary == gid {
        return true;
    }
    let (groups, name) = (read("/etc/group"), user(uid));
    let members = row(&groups, gid).and_then(|row| row.split(':').nth(3)).unwrap_or_default();
    members.split(',').any(|member| member == name)
}

fn name(file: &str, id: u32) -> Option<String> {
    let table = read(file);
    let name = row(&table, id)?.split(':').next()?.to_owned();
    Some(name)
}

/// The row whose third column is this number (passwd(5), group(5)).
fn row(table: &str, id: u32) -> Option<&str> {
    table.lines().find(|line| line.split(':').nth(2).is_some_and(|column| column.parse() == Ok(id)))
}

/// A file that cannot be read lists nobody.
fn read(file: &str) -> String {
    fs::read(file).map(|octets| String::from_utf8_lossy(&octets).into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{group, ids, is_member, primary_group, row, user};

    #[test]
    fn root_has_a_name_and_who_is_not_listed_a_number() {
        assert_eq!((user(0), group(0), primary_group(0)), ("root".to_owned(), "root".to_owned(), Some(0)));
        assert_eq!((user(3_999_999_998), primary_group(3_999_999_998)), ("3999999998".to_owned(), None));
        assert_eq!((ids("root"), ids("nobody-of-that-name")), (Some((0, 0)), None));
        assert!(is_member(0, 4711) && is_member(3_999_999_998, 5));
    }

    #[test]
    fn a_row_is_found_by_its_whole_number() {
        let table = "ann:x:1000:1000:Ann,,,:/home/ann:/bin/sh\nbob:x:100:50::/:\n";
        assert_eq!(row(table, 100), Some("bob:x:100:50::/:"));
        assert_eq!(row(table, 10), None);
    }
}
