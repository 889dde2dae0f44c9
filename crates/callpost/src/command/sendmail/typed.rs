//! The mail on standard input.

use std::io::{BufRead, Read};

use config::Config;
use diagnostic::Outcome;

use crate::command::submit::{later, too_large};

/// What ends a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The end of the input.
    Input,
    /// A line of one dot, too.
    Dot,
}

/// Reads it to its end.
///
/// # Errors
/// It is larger than `smtp.max_size` octets: then nothing of it is used. Or it cannot be read.
pub(super) fn read(config: &Config, end: End) -> Outcome<Vec<u8>> {
    let mut typed = Vec::new();
    // One octet more than allowed tells that it is too much, and no more is read.
    let mut input = std::io::stdin().lock().take(config.smtp.max_size.saturating_add(1));
    let read = match end {
        End::Dot => until_dot(&mut input, &mut typed),
        End::Input => input.read_to_end(&mut typed).map(|_| ()),
    };
    read.map_err(|error| later(&error))?;
    if typed.len() as u64 > config.smtp.max_size {
        return Err(too_large(config));
    }
    Ok(typed)
}

/// RFC 5321 does not know it, sendmail does: a line of one dot ends the message.
fn until_dot(input: &mut impl BufRead, typed: &mut Vec<u8>) -> std::io::Result<()> {
    loop {
        let start = typed.len();
        if input.read_until(b'\n', typed)? == 0 {
            return Ok(());
        }
        if matches!(&typed[start..], b".\n" | b".\r\n") {
            typed.truncate(start);
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::until_dot;

    #[test]
    fn a_line_of_one_dot_ends_the_message_and_no_other_line_does() {
        for (input, wanted) in
            [("a\n.\nb\n", "a\n"), ("a\r\n.\r\nb", "a\r\n"), ("..\n. \n.b\n", "..\n. \n.b\n"), ("", "")]
        {
            let mut typed = Vec::new();
            until_dot(&mut input.as_bytes(), &mut typed).unwrap();
            assert_eq!(String::from_utf8(typed).unwrap(), wanted);
        }
    }
}
