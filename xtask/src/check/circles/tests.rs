//! A crate of a few lines for each way to make a circle, and for what looks like one and is none.

use std::path::Path;

use super::examine;

/// The circles, without the lines that say where, of a crate with these files.
fn circles(files: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    let found = examine(&folder.path().join("lib.rs")).unwrap();
    found.iter().map(|text| text.lines().next().unwrap().to_owned()).collect()
}

const TWO: (&str, &str) = ("lib.rs", "mod a; mod b;");
const THREE: (&str, &str) = ("lib.rs", "mod a; mod b; mod c;");

#[test]
fn two_that_use_each_other_are_found() {
    for (a, b) in [
        ("use crate::b::B; pub struct A;", "use crate::a::A; pub struct B;"),
        ("use super::b::B; pub struct A;", "pub struct B(crate::a::A);"),
        ("pub fn a() { crate::b::b() }", "pub fn b() { super::a::a() }"),
        ("use crate::b; pub fn a() { b::b() }", "pub fn b() { assert!(f(crate::a::a())) }"),
        ("use crate::b::{self as other, B}; pub struct A;", "impl B { fn b() { use crate::a::A; } }"),
        ("pub use crate::b::*; pub struct A;", "pub struct B { a: Vec<Option<crate::a::A>> }"),
    ] {
        assert_eq!(circles(&[TWO, ("a.rs", a), ("b.rs", b)]), ["a → b → a"], "{a} | {b}");
    }
}

#[test]
fn a_circle_over_a_third_is_found_once() {
    let files = [THREE, ("a.rs", "use crate::b::B;"), ("b.rs", "use crate::c::C;"), ("c.rs", "use crate::a::A;")];
    assert_eq!(circles(&files), ["a → b → c → a"]);
}

#[test]
fn a_re_export_hides_nothing() {
    let root = "mod a; mod b; pub use a::A; pub use b::B;";
    let files = [("lib.rs", root), ("a.rs", "use crate::B; pub struct A;"), ("b.rs", "use super::A; pub struct B;")];
    assert_eq!(circles(&files), ["a → b → a"]);
    let root = "mod a; mod b; pub use a::*; pub use b::*;";
    let files = [("lib.rs", root), ("a.rs", "use crate::B; pub struct A;"), ("b.rs", "use super::A; pub struct B;")];
    assert_eq!(circles(&files), ["a → b → a"]);
}

#[test]
fn a_folder_counts_as_one_from_outside() {
    let files = [
        TWO,
        ("a.rs", "mod x; mod z;"),
        ("a/x.rs", "use crate::b::y::Y;"),
        ("a/z.rs", "pub struct Z;"),
        ("b.rs", "pub mod y;"),
        ("b/y.rs", "use crate::a::z::Z;"),
    ];
    assert_eq!(circles(&files), ["a → b → a"]);
}

#[test]
fn a_circle_within_a_folder_is_found() {
    let files = [
        ("lib.rs", "mod a;"),
        ("a.rs", "mod x; mod z;"),
        ("a/x.rs", "use super::z::Z; pub struct X;"),
        ("a/z.rs", "pub struct Z(super::x::X);"),
    ];
    assert_eq!(circles(&files), ["a::x → a::z → a::x"]);
}

#[test]
fn a_module_and_what_it_contains_may_use_each_other() {
    let files =
        [("lib.rs", "mod a;"), ("a.rs", "mod x; use x::X; pub struct A;"), ("a/x.rs", "pub struct X(super::A);")];
    assert_eq!(circles(&files), [""; 0]);
}

#[test]
fn neither_tests_nor_documentation_nor_visibility_make_a_circle() {
    for b in [
        "#[cfg(test)] mod tests { use crate::a::A; }",
        "#[cfg(all(test, unix))] use crate::a::A;",
        "pub struct B; impl B { #[cfg(test)] fn b() { crate::a::a() } }",
        "/// [`crate::a::A`]\npub struct B;",
        "pub(in crate::a) struct B;",
        "use std::a::A; use ::a::A;",
    ] {
        let files = [TWO, ("a.rs", "use crate::b::B;"), ("b.rs", b)];
        assert_eq!(circles(&files), [""; 0], "{b}");
    }
}

#[test]
fn each_step_names_its_line() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [TWO, ("a.rs", "//! A.\n\nuse crate::b::B;\n"), ("b.rs", "fn b() {\n    crate::a::a()\n}\n")] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let found = examine(&folder.path().join("lib.rs")).unwrap();
    assert_eq!(found, ["a → b → a\n        a uses crate::b::B (a.rs:3)\n        b uses crate::a::a (b.rs:2)"]);
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lib.rs"), "mod nowhere;").unwrap();
    assert!(examine(&folder.path().join("lib.rs")).unwrap_err().to_string().contains("nowhere"));
    assert!(examine(Path::new("/nonexistent/lib.rs")).is_err());
}
