//! What the name of a simulated recipient asks for.

use std::time::Duration;

use mail::EnhancedStatus;

/// The longest that a slow recipient takes.
const LONGEST: u64 = 600;

/// Said of a connection, not of a recipient (RFC 5321 §3.8).
const CLOSING: u16 = 421;

/// How a recipient behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behaviour {
    /// `delivered`, `delivered+LABEL`.
    Deliver,
    /// `slow+SECONDS`: takes that long for the message, and then takes it.
    Slow(Duration),
    /// `bounce`, `bounce+CODE`, `bounce+CODE-X.Y.Z`: refused at RCPT.
    Refuse { code: u16, status: EnhancedStatus },
    /// `defer+N`, `greylist+N`: put off so many times, then taken.
    PutOff { times: u32, status: EnhancedStatus },
}

impl Behaviour {
    /// Of a local part; in any case, and one more `+LABEL` means nothing. None for a name that is none of these.
    pub(super) fn of(local: &str) -> Option<Self> {
        let local = local.to_ascii_lowercase();
        let mut words = local.split('+');
        let (name, argument) = (words.next()?, words.next());
        if words.nth(1).is_some() {
            return None;
        }
        match (name, argument) {
            // What follows these is a label already.
            ("delivered", _) => Some(Self::Deliver),
            ("bounce", None) => Some(Self::Refuse { code: 550, status: EnhancedStatus::new(5, 1, 1) }),
            ("bounce", Some(said)) => {
                Some(refusal(said).unwrap_or(Self::Refuse { code: 550, status: EnhancedStatus::new(5, 1, 1) }))
            }
            ("defer", said) => put_off(said, EnhancedStatus::new(4, 3, 0)),
            ("greylist", said) => put_off(said, EnhancedStatus::new(4, 7, 1)),
            ("slow", Some(said)) => {
                Some(Self::Slow(Duration::from_secs(said.parse::<u64>().ok().filter(|time| *time <= LONGEST)?)))
            }
            _ => None,
        }
    }
}

/// `550`, `550-5.7.1`, `421`. None for a label.
fn refusal(said: &str) -> Option<Behaviour> {
    let (code, status) = said.split_once('-').map_or((said, None), |(code, status)| (code, Some(status)));
    let code: u16 = code.parse().ok().filter(|code| (400..600).contains(code) && *code != CLOSING)?;
    let class = if code < 500 { 4 } else { 5 };
    let status = match status {
        None if code == 550 => EnhancedStatus::new(5, 1, 1),
        None => EnhancedStatus::new(class, 0, 0),
        Some(status) => EnhancedStatus::parse(status).filter(|status| status.class == class)?,
    };
    Some(Behaviour::Refuse { code, status })
}

fn put_off(said: Option<&str>, status: EnhancedStatus) -> Option<Behaviour> {
    let times = said.map_or(Some(1), |said| said.parse().ok())?;
    Some(Behaviour::PutOff { times, status })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_how_its_recipient_behaves() {
        let refuse = |code, class, subject, detail| Behaviour::Refuse {
            code,
            status: EnhancedStatus::new(class, subject, detail),
        };
        let put_off =
            |times, subject, detail| Behaviour::PutOff { times, status: EnhancedStatus::new(4, subject, detail) };
        for (local, expected) in [
            ("delivered", Behaviour::Deliver),
            ("Delivered+anything", Behaviour::Deliver),
            ("bounce", refuse(550, 5, 1, 1)),
            ("bounce+label", refuse(550, 5, 1, 1)),
            ("bounce+554", refuse(554, 5, 0, 0)),
            ("bounce+552-5.2.2", refuse(552, 5, 2, 2)),
            ("bounce+552-5.2.2+label", refuse(552, 5, 2, 2)),
            ("bounce+450-4.2.1", refuse(450, 4, 2, 1)),
            ("bounce+421", refuse(550, 5, 1, 1)),
            ("greylist+3", put_off(3, 7, 1)),
            ("defer", put_off(1, 3, 0)),
            ("defer+2+label", put_off(2, 3, 0)),
            ("slow+5", Behaviour::Slow(Duration::from_secs(5))),
        ] {
            assert_eq!(Behaviour::of(local), Some(expected), "{local}");
        }
        for none in ["ann", "", "slow", "slow+601", "slow+-1", "greylist+x", "defer+1+2+3"] {
            assert_eq!(Behaviour::of(none), None, "{none}");
        }
    }
}
