//! `[[dkim]]`.

use std::path::PathBuf;

use mail::Domain;

use super::declare::rows;
use super::view::{Reading, View};

rows! {
    DKIM: Blocks = "dkim", "Signatures on mail that leaves, by the domain of its author; several blocks of a domain all sign.";

    domain: text ["example.edu"], now, "whose mail is signed: the domain in From, or one above it";
    selector: text = "callpost", now, "the name of the key in DNS: SELECTOR._domainkey.DOMAIN";
    key: file = "", now, "PEM; \"\" = two are made and kept: RSA under the selector, Ed25519 under SELECTOR-ed25519";
}

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
