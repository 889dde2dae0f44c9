//! The nearest name to one that is not known: for "did you mean".

/// The longest name that is compared; longer ones are nobody's slip of the pen.
const LONGEST: usize = 64;

/// The candidate that is nearest to `name`, if any is near: hyphens, underscores and case count for nothing, and at most
/// a third of the letters may differ.
pub fn among<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = plain(name);
    let letters = name.chars().count();
    if letters > LONGEST {
        return None;
    }
    let reach = (letters / 3).max(1);
    let near = candidates.into_iter().map(|candidate| (strsim::osa_distance(&name, &plain(candidate)), candidate));
    near.filter(|(distance, _)| *distance <= reach)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | '.')).flat_map(char::to_lowercase).collect()
}
