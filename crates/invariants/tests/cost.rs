//! Reading costs its share of the input: twice the document is at most twice the work, counted in octets that are allocated.
//! What is only looked at and not copied is counted where it is done (the XML reader's own tests) and shown by the clock in
//! `cargo xtask bench reading`.

#![allow(clippy::unwrap_used)] // all of this file is test

use invariants::shape::{SHAPES, Shape};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static COUNTED: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

/// How many times, and how many octets, the reader allocates for a document of this size.
fn cost(shape: &Shape, octets: usize) -> (usize, usize) {
    let document = (shape.make)(octets);
    let region = Region::new(COUNTED);
    (shape.read)(&document);
    let change = region.change();
    // What grows in place is counted as grown, not as new.
    (change.allocations + change.reallocations, change.bytes_allocated + change.bytes_reallocated.unsigned_abs())
}

/// One test only: the counter is the process's.
#[test]
fn twice_the_document_is_twice_the_work() {
    for shape in SHAPES {
        let size = 64 * 1024;
        let ((times, octets), (more_times, more_octets)) = (cost(&shape, size), cost(&shape, 4 * size));
        // A list that doubles its room may have done so just before, or just after.
        assert!(more_times <= 5 * times + 64, "{}: {times} allocations, then {more_times}", shape.name);
        assert!(more_octets <= 9 * octets + 4096, "{}: {octets} octets, then {more_octets}", shape.name);
    }
}
