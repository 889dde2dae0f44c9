//! Lines out of a stream, and no more memory than a line.

use proptest::prelude::{any, prop, proptest};

use super::{Line, LineReader};

const LIMIT: usize = 10;

/// What comes out of a stream that is cut into pieces of so many bytes.
fn read(stream: &[u8], piece: usize) -> Vec<String> {
    let (mut reader, mut seen) = (LineReader::default(), Vec::new());
    for mut input in stream.chunks(piece) {
        while !input.is_empty() {
            let (used, line) = reader.read(input, LIMIT);
            match line {
                Line::Whole(line) => seen.push(line.escape_ascii().to_string()),
                Line::None => assert!(used > 0, "every call goes on"),
                refused => seen.push(format!("{refused:?}")),
            }
            input = &input[used..];
        }
        assert!(reader.buffer.len() <= LIMIT);
    }
    seen
}

#[test]
fn the_limit_counts_the_line_end() {
    for piece in [1, 3, 100] {
        assert_eq!(read(b"12345678\r\n123456789\r\nx\r\n", piece), ["12345678", "TooLong", "x"]);
    }
}

#[test]
fn a_refused_line_goes_on_to_the_next_crlf_and_is_refused_once() {
    for piece in [1, 2, 3, 100] {
        assert_eq!(read(b"a\nb\nc\rd\n\r\ne\r\n", piece), ["BareLf", "e"]);
        assert_eq!(read(b"\n\r\n\r\nx\r\n", piece), ["BareLf", "", "x"]);
        assert_eq!(read(b"123456789\r\r\nx\r\n", piece), ["TooLong", "x"]);
        assert_eq!(read(b"1234567890123\nabc\r\nx\r\n", piece), ["TooLong", "x"]);
    }
}

#[test]
fn a_line_that_comes_whole_is_not_copied() {
    let mut reader = LineReader::default();
    let input = b"NOOP\r\nQUIT\r\n";
    let (used, Line::Whole(line)) = reader.read(input, LIMIT) else { panic!("a line") };
    assert_eq!((used, line.as_ptr(), line.len()), (6, input.as_ptr(), 4));
    assert_eq!(reader.buffer.capacity(), 0);
}

proptest! {
    #[test]
    fn any_stream_reads_the_same_in_any_pieces(tokens in prop::collection::vec("\r\n|\r|\n|abc|0123456789", 0..30), piece in 1_usize..20, noise in any::<u8>()) {
        let stream = [tokens.concat().as_bytes(), &[noise], b"\r\nend\r\n"].concat();
        assert_eq!(read(&stream, piece), read(&stream, stream.len()));
    }
}
