//! What stands around every page: its language, its light, the way to the others; and how times and sizes are written.

use std::fmt;

use control::role::Role;
use jiff::Timestamp;

use crate::prefs::Light;
use crate::words::{LANGUAGES, Words};

/// The places that the navigation names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Overview,
    Messages,
    Inbox,
    Calls,
    Destinations,
    Access,
    /// None of them.
    Elsewhere,
}

/// What stands around a page.
pub(crate) struct Frame {
    pub(crate) w: &'static Words,
    pub(crate) light: Light,
    pub(crate) place: Place,
    /// Of whoever is signed in; none: nobody is.
    pub(crate) role: Option<Role>,
    /// What each form that changes something carries.
    pub(crate) token: String,
    /// What was done just now.
    pub(crate) note: Option<String>,
    pub(crate) now: Timestamp,
    /// The path of the page.
    pub(crate) here: String,
}

/// A link of the navigation.
pub(crate) struct Way {
    pub(crate) path: &'static str,
    pub(crate) name: &'static str,
    pub(crate) is_here: bool,
}

impl Frame {
    /// The navigation.
    pub(crate) fn ways(&self) -> Vec<Way> {
        let w = self.w;
        let ways = [
            (Place::Overview, "/", w.overview),
            (Place::Messages, "/messages", w.messages),
            (Place::Inbox, "/inbox", w.inbox),
            (Place::Calls, "/calls", w.calls),
            (Place::Destinations, "/destinations", w.destinations),
            (Place::Access, "/access", w.access),
        ];
        ways.into_iter().map(|(place, path, name)| Way { path, name, is_here: place == self.place }).collect()
    }

    /// The languages that can be chosen.
    pub(crate) fn languages(&self) -> impl Iterator<Item = &'static Words> {
        LANGUAGES.into_iter()
    }

    /// True where acts on the queue may be asked for.
    pub(crate) fn may_act(&self) -> bool {
        self.role >= Some(Role::Operator)
    }

    /// When something was or will be, from now.
    pub(crate) fn time(&self, at: &Timestamp) -> Time {
        Time { w: self.w, now: self.now, at: *at }
    }

    /// Octets, for people.
    pub(crate) fn size(&self, octets: &u64) -> String {
        match *octets {
            octets if octets < 1_000 => format!("{octets} B"),
            octets if octets < 1_000_000 => format!("{}.{} kB", octets / 1_000, octets % 1_000 / 100),
            octets if octets < 1_000_000_000 => format!("{}.{} MB", octets / 1_000_000, octets % 1_000_000 / 100_000),
            octets => format!("{} GB", octets / 1_000_000_000),
        }
    }
}

/// A time, as an element of HTML. There is nothing in it that anybody else wrote.
pub(crate) struct Time {
    w: &'static Words,
    now: Timestamp,
    at: Timestamp,
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.at.as_second() - self.now.as_second();
        let length = self.w.length(seconds.unsigned_abs());
        let words = match seconds {
            -1..=1 => self.w.now.to_owned(),
            ..-1 => self.w.ago.replace("{}", &length),
            _ => self.w.ahead.replace("{}", &length),
        };
        write!(f, "<time datetime=\"{at:.0}\" title=\"{at:.0}\">{words}</time>", at = self.at)
    }
}
