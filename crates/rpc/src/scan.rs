//! Finding the octet that needs care among many that do not.

/// The place of the first octet that is `wanted`.
///
/// Sixteen octets at a time are looked at without branches, which the compiler turns into wide instructions; `wanted` should
/// have none either (`|` and `&`, not `||` and `&&`).
pub(crate) fn first(octets: &[u8], wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let (blocks, rest) = octets.as_chunks::<16>();
    let block = blocks.iter().position(|block| block.iter().fold(false, |found, octet| found | wanted(*octet)));
    let start = block.unwrap_or(blocks.len()) * 16;
    let last = if block.is_some() { &octets[start..] } else { rest };
    last.iter().position(|octet| wanted(*octet)).map(|at| start + at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_where_a_walk_would_find_it(octets in proptest::collection::vec(0..60_u8, 0..80)) {
            let wanted = |octet: u8| octet == 7;
            prop_assert_eq!(super::first(&octets, wanted), octets.iter().position(|octet| wanted(*octet)));
        }
    }
}
