//! Where the items of an encoded array stand (SOAP 1.1 §5.4.2; SOAP 1.2 Part 2 §3.1.6): in order, unless something says
//! otherwise. An array of several dimensions is a list of lists.

use crate::{Code, Fault, Value};

/// What an array says of its items.
#[derive(Debug, Default)]
pub(super) struct Layout<'a> {
    /// `2,2` of `xsd:int[2,2]`; SOAP 1.2 has spaces between them.
    pub(super) sizes: Option<&'a str>,
    /// `[2]`: where the first of the items stands.
    pub(super) offset: Option<&'a str>,
    /// `[1,0]` for each item, where it says so.
    pub(super) positions: Vec<Option<&'a str>>,
}

fn invalid(what: &str) -> Fault {
    Fault::new(Code::InvalidParams, what)
}

impl Layout<'_> {
    /// True where the items are the list.
    pub(super) fn is_plain(&self) -> bool {
        self.offset.is_none() && self.positions.iter().all(Option::is_none) && self.dimensions().len() < 2
    }

    /// The items in their places, what is between them being null. `room` is spent on what was not written.
    ///
    /// # Errors
    /// The places contradict each other or the sizes, or there are more than there is room for.
    pub(super) fn placed(&self, items: Vec<Value>, room: &mut usize) -> Result<Value, Fault> {
        let sizes = self.sizes_of(items.len())?;
        let places = self.places(&sizes)?;
        let last = places.iter().max().map_or(0, |last| last + 1);
        let length = match sizes.iter().try_fold(1_usize, |all, size| all.checked_mul(*size)) {
            // A size is not always known.
            Some(0) if sizes.len() == 1 => last,
            Some(length) => length,
            None => return Err(invalid("The array is too large.")),
        };
        if last > length {
            return Err(invalid("An item stands behind the end of its array."));
        }
        let left = room.checked_sub(length.saturating_sub(items.len()));
        *room = left.ok_or_else(|| invalid("The array is too large."))?;
        let mut list = vec![None; length];
        for (place, item) in places.into_iter().zip(items) {
            if list[place].replace(item).is_some() {
                return Err(invalid("Two items of an array stand in one place."));
            }
        }
        let mut list: Vec<Value> = list.into_iter().map(Option::unwrap_or_default).collect();
        for size in sizes.iter().skip(1).rev() {
            let mut items = list.into_iter();
            let row = |_| Value::List(items.by_ref().take(*size).collect());
            list = (0..length / size.max(&1)).map(row).collect();
        }
        Ok(Value::List(list))
    }

    /// As they are written, without those of inner arrays.
    fn dimensions(&self) -> Vec<&str> {
        let sizes = self.sizes.unwrap_or_default();
        sizes.split([',', ' ', '\t', '\n']).map(str::trim).collect()
    }

    /// One number for each dimension; 0 for the only one where it is not told. The first may be left open where the items
    /// tell it.
    fn sizes_of(&self, items: usize) -> Result<Vec<usize>, Fault> {
        let written = self.dimensions();
        let mut sizes = Vec::new();
        for (at, size) in written.iter().enumerate() {
            sizes.push(match *size {
                "" | "*" if at == 0 => 0,
                size => size.parse().map_err(|_| invalid("A size of an array is no number."))?,
            });
        }
        let is_open = matches!(written.first(), Some(&("" | "*")));
        if let ([first, rest @ ..], true) = (&mut *sizes, is_open && written.len() > 1) {
            let row: usize = rest.iter().try_fold(1_usize, |all, size| all.checked_mul(*size)).unwrap_or(0);
            let is_told = row > 0
                && items.is_multiple_of(row)
                && self.offset.is_none()
                && self.positions.iter().all(Option::is_none);
            if !is_told {
                return Err(invalid("The sizes of an array do not tell where its items stand."));
            }
            *first = items / row;
        }
        Ok(sizes)
    }

    /// The place of each item among all.
    fn places(&self, sizes: &[usize]) -> Result<Vec<usize>, Fault> {
        let mut next = self.offset.map_or(Ok(0), |offset| place(offset, sizes))?;
        let mut places = Vec::new();
        for position in &self.positions {
            let at = position.map_or(Ok(next), |position| place(position, sizes))?;
            places.push(at);
            next = at.checked_add(1).ok_or_else(|| invalid("The array is too large."))?;
        }
        Ok(places)
    }
}

/// The place that `[1,0]` is among items that lie row by row.
fn place(written: &str, sizes: &[usize]) -> Result<usize, Fault> {
    let wrong = || invalid("A place in an array is none of it.");
    let inside = written.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).ok_or_else(wrong)?;
    let numbers: Vec<&str> = inside.split(',').map(str::trim).collect();
    if numbers.len() != sizes.len() {
        return Err(wrong());
    }
    numbers.iter().zip(sizes).enumerate().try_fold(0_usize, |before, (at, (number, size))| {
        let number: usize = number.parse().map_err(|_| wrong())?;
        if number >= *size && (at > 0 || *size > 0) {
            return Err(wrong());
        }
        before.checked_mul(*size).and_then(|before| before.checked_add(number)).ok_or_else(wrong)
    })
}
