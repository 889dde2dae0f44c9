//! Who uses whom among the modules that lie side by side, and the circles in that.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::resolve;
use super::tree::{Index, Tree};

/// How many lines of source are shown for a step.
const MOST_SHOWN: usize = 4;

/// One module uses another that lies beside it.
type Edge = (Index, Index);

/// The circles of a crate, a text for each: the modules, and for each step a line of source that takes it.
pub(super) fn circles(tree: &Tree) -> Vec<String> {
    let edges = edges(tree);
    let mut ahead: BTreeMap<Index, BTreeSet<Index>> = BTreeMap::new();
    for (from, to) in edges.keys() {
        ahead.entry(*from).or_default().insert(*to);
    }
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    for start in ahead.keys() {
        let Some(circle) = shortest(&ahead, *start) else { continue };
        if told.insert(circle.iter().copied().collect::<BTreeSet<_>>()) {
            found.push(tell(tree, &edges, &circle));
        }
    }
    found
}

/// Every step between modules that lie side by side, with where it is written.
fn edges(tree: &Tree) -> BTreeMap<Edge, Vec<String>> {
    let mut edges: BTreeMap<Edge, Vec<String>> = BTreeMap::new();
    for (index, module) in tree.modules.iter().enumerate() {
        for (path, line) in &module.text.uses {
            let Some(edge) = resolve::target(tree, index, path).and_then(|to| side_by_side(tree, index, to)) else {
                continue;
            };
            let file = module.file.file_name().unwrap_or_default().to_string_lossy();
            edges.entry(edge).or_default().push(format!("{} ({file}:{line})", path.join("::")));
        }
    }
    edges
}

/// The two modules in one folder, of which one contains `from` and the other `to`; none where one contains the other.
fn side_by_side(tree: &Tree, from: Index, to: Index) -> Option<Edge> {
    let (from, to) = (tree.line_of(from), tree.line_of(to));
    let pairs = from.iter().rev().zip(to.iter().rev());
    pairs.map(|(a, b)| (*a, *b)).find(|(a, b)| a != b)
}

/// The shortest way from a module back to itself.
fn shortest(ahead: &BTreeMap<Index, BTreeSet<Index>>, start: Index) -> Option<Vec<Index>> {
    let mut came_from: BTreeMap<Index, Index> = BTreeMap::new();
    let mut waiting = VecDeque::from([start]);
    while let Some(here) = waiting.pop_front() {
        for next in ahead.get(&here).into_iter().flatten() {
            if *next == start {
                let mut circle: Vec<Index> = std::iter::successors(Some(here), |m| came_from.get(m).copied()).collect();
                circle.reverse();
                return Some(circle);
            }
            if !came_from.contains_key(next) {
                came_from.insert(*next, here);
                waiting.push_back(*next);
            }
        }
    }
    None
}

fn tell(tree: &Tree, edges: &BTreeMap<Edge, Vec<String>>, circle: &[Index]) -> String {
    let names: Vec<String> = circle.iter().chain(circle.first()).map(|m| tree.path(*m)).collect();
    let mut text = names.join(" → ");
    for (place, from) in circle.iter().enumerate() {
        let to = circle[(place + 1) % circle.len()];
        let lines = edges.get(&(*from, to)).map(Vec::as_slice).unwrap_or_default();
        let shown = &lines[..lines.len().min(MOST_SHOWN)];
        let more =
            if shown.len() < lines.len() { format!(" and {} more", lines.len() - shown.len()) } else { String::new() };
        text.push_str(&format!("\n        {} uses {}{more}", tree.path(*from), shown.join(", ")));
    }
    text
}
