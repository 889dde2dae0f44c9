//! Tables for people: columns as wide as their widest cell, two spaces between, no trailing spaces.

use diagnostic::screen::{columns, plain};

/// Draws rows under their headings.
#[must_use]
pub fn draw(headings: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut widths: Vec<usize> = headings.iter().map(|heading| columns(heading)).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(columns(cell));
        }
    }
    let heading: Vec<String> = headings.iter().map(|heading| (*heading).to_owned()).collect();
    std::iter::once(heading).chain(rows).map(|row| line(&row, &widths)).collect()
}

fn line(row: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, width) in row.iter().zip(widths) {
        let cell = plain(cell);
        line.push_str(&cell);
        line.extend(std::iter::repeat_n(' ', width.saturating_sub(columns(&cell)) + 2));
    }
    format!("{}\n", line.trim_end())
}

#[cfg(test)]
mod tests {
    use super::draw;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = vec![vec!["1.1".to_owned(), "żółw@x.pl".to_owned()], vec!["10.1".to_owned(), "a@b".to_owned()]];
        assert_eq!(draw(&["id", "to"], rows), "id    to\n1.1   żółw@x.pl\n10.1  a@b\n");
        let rows = vec![vec!["日本".to_owned(), "a".to_owned()], vec!["abcde".to_owned(), "b".to_owned()]];
        assert_eq!(draw(&["x", "y"], rows), "x      y\n日本   a\nabcde  b\n");
    }

    #[test]
    fn a_cell_cannot_move_the_cursor() {
        assert_eq!(draw(&["x"], vec![vec!["a\u{1b}[2J".to_owned()]]), "x\na\u{fffd}[2J\n");
    }
}
