//! One request of somebody who is signed in: who it is, what was asked, and what the daemon answers to it.

use std::net::IpAddr;

use control::store::StoreRequest;
use control::{Refused, Request};
use diagnostic::Code;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::form::Form;
use crate::frame::{Frame, Place};
use crate::prefs::Prefs;
use crate::sessions::{Actor, Session};
use crate::{Console, Operator};

/// A request of somebody who is signed in.
pub(crate) struct Visit<'a> {
    pub(crate) console: &'a Console,
    /// The session and its name.
    pub(crate) session: Session,
    pub(crate) name: String,
    pub(crate) prefs: Prefs,
    pub(crate) from: IpAddr,
    /// The path, as it came.
    pub(crate) path: String,
    /// The query.
    pub(crate) query: Form,
    /// The form that was sent; empty where none was.
    pub(crate) form: Form,
    /// True where a script looks again at a page that is open.
    pub(crate) is_again: bool,
}

impl Visit<'_> {
    /// Asks the daemon, within the role of whoever is signed in.
    ///
    /// # Errors
    /// The role is too little, or what the daemon says.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, request: Request) -> Result<T, Refused> {
        if let Some(needed) = request.needs().filter(|needed| *needed > self.session.role) {
            let what = format!("this needs the role {needed}, and you are signed in as {}", self.session.role);
            return Err(Refused::new(Code::NotPermitted, what));
        }
        let Session { owner, role, .. } = self.session.clone();
        let answer = self.operator().ask(&Actor { owner, role, from: self.from }, request).await?;
        serde_json::from_value(answer).map_err(|error| Refused::new(Code::Bug, error.to_string()))
    }

    /// Asks what only needs the store.
    ///
    /// # Errors
    /// As [`Visit::ask`].
    pub(crate) async fn store<T: DeserializeOwned>(&self, request: StoreRequest) -> Result<T, Refused> {
        self.ask(Request::Store(request)).await
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.operator().now()
    }

    /// What stands around a page, with the words that were left for it.
    pub(crate) fn frame(&self, place: Place) -> Frame {
        let note = if self.is_again { None } else { self.console.sessions.take_note(&self.name) };
        Frame {
            w: self.prefs.words,
            light: self.prefs.light,
            place,
            role: Some(self.session.role),
            token: self.session.token.clone(),
            note,
            now: self.now(),
            here: self.path.clone(),
        }
    }

    /// Leaves words for the next page.
    pub(crate) fn note(&self, words: String) {
        self.console.sessions.note(&self.name, words);
    }

    fn operator(&self) -> &dyn Operator {
        &*self.console.operator
    }
}
