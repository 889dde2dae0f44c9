//! `[[dkim]]`.

use std::path::PathBuf;

use mail::Domain;

use super::view::{Reading, View};

/// A domain whose mail is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dkim {
    /// The author's domain, in ASCII and lower case.
    pub domain: String,
    /// The selector of its key.
    pub selector: String,
    /// The key in PEM; `None`: two are made and kept in the state folder.
    pub key: Option<PathBuf>,
}

pub(super) fn dkim(reading: &Reading<'_>) -> Vec<Dkim> {
    let mut all: Vec<Dkim> = Vec::new();
    for view in reading.blocks("dkim", None) {
        let Some(dkim) = block(view) else { continue };
        if all.iter().any(|other| (&other.domain, &other.selector) == (&dkim.domain, &dkim.selector)) {
            view.contradicts("selector", "another [[dkim]] block has it, for the same domain");
        }
        all.push(dkim);
    }
    all
}

fn block(view: View<'_>) -> Option<Dkim> {
    let domain = view.parsed("domain", |text| match Domain::parse(text) {
        Ok(domain @ Domain::Name(_)) => Ok(domain.ascii().into_owned()),
        Ok(Domain::Literal(_)) => Err("it is an address; a name is wanted".to_owned()),
        Err(error) => Err(error.to_string()),
    });
    // RFC 6376 §3.1: labels of a domain name.
    let selector = view.parsed("selector", |text| match super::value::is_host_name(text) && text.is_ascii() {
        true => Ok(text.to_ascii_lowercase()),
        false => Err("a selector is one or more labels of letters, digits and hyphens".to_owned()),
    });
    Some(Dkim { domain: domain?, selector: selector?, key: view.file("key") })
}
