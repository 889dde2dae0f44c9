//! What a server said it can do: the lines of its EHLO reply (RFC 5321 §4.1.1.1).

/// The extensions of a server that matter to a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    bits: u16,
    size: Option<u64>,
}

/// An extension without parameters of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Extension {
    /// RFC 2920: groups of commands.
    Pipelining = 1,
    /// RFC 6152: octets above 127 in bodies.
    EightBitMime = 1 << 1,
    /// RFC 6531: UTF-8 in addresses and header fields.
    SmtpUtf8 = 1 << 2,
    /// RFC 3207: TLS on the same connection.
    StartTls = 1 << 3,
    /// RFC 3030: BDAT.
    Chunking = 1 << 4,
    /// RFC 3461: delivery status notifications.
    Dsn = 1 << 5,
    /// RFC 2034: enhanced status codes in replies.
    EnhancedStatusCodes = 1 << 6,
    /// RFC 1870: the size of a message is declared.
    Size = 1 << 7,
    /// RFC 4616 in RFC 4954: AUTH PLAIN.
    AuthPlain = 1 << 8,
    /// AUTH LOGIN, of no standard and of every server.
    AuthLogin = 1 << 9,
}

impl Capabilities {
    /// Reads the lines of an EHLO reply; the first one is the server's name and is skipped. Unknown words are ignored.
    pub fn read<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let mut found = Self::default();
        for line in lines.skip(1) {
            found.read_line(line);
        }
        found
    }

    /// True where the server offers this.
    #[must_use]
    pub fn has(&self, extension: Extension) -> bool {
        self.bits & extension as u16 != 0
    }

    /// The largest message it takes, in octets; `None` where it named no limit (RFC 1870 §4: 0 is none).
    #[must_use]
    pub fn max_size(&self) -> Option<u64> {
        self.size
    }

    fn add(&mut self, extension: Extension) {
        self.bits |= extension as u16;
    }

    fn read_line(&mut self, line: &str) {
        // QUIRK: `AUTH=PLAIN LOGIN` is how old Exchange and sendmail servers wrote it.
        let mut words = line.split([' ', '=', '\t']).filter(|word| !word.is_empty());
        let Some(keyword) = words.next() else { return };
        match keyword.to_ascii_uppercase().as_str() {
            "PIPELINING" => self.add(Extension::Pipelining),
            "8BITMIME" => self.add(Extension::EightBitMime),
            "SMTPUTF8" => self.add(Extension::SmtpUtf8),
            "STARTTLS" => self.add(Extension::StartTls),
            "CHUNKING" => self.add(Extension::Chunking),
            "DSN" => self.add(Extension::Dsn),
            "ENHANCEDSTATUSCODES" => self.add(Extension::EnhancedStatusCodes),
            "SIZE" => {
                self.add(Extension::Size);
                self.size = words.next().and_then(|word| word.parse().ok()).filter(|&octets| octets > 0);
            }
            "AUTH" => words.for_each(|mechanism| self.read_mechanism(mechanism)),
            _ => {}
        }
    }

    fn read_mechanism(&mut self, mechanism: &str) {
        if mechanism.eq_ignore_ascii_case("PLAIN") {
            self.add(Extension::AuthPlain);
        } else if mechanism.eq_ignore_ascii_case("LOGIN") {
            self.add(Extension::AuthLogin);
        }
    }
}

#[cfg(test)]
mod tests;
