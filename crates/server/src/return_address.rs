//! Addresses of ours that name one mail of ours: `calls+TOKEN@` where the answer to a call comes, `bounces+TOKEN@` where
//! reports about a mail come.
//!
//! A token is what an MTA on the way does not rewrite, while it may rewrite Message-IDs (Amazon SES does). It is signed with
//! a secret of this installation: what nobody here has made is refused at RCPT, and cannot be guessed.

use aws_lc_rs::{constant_time, hmac};
use config::Config;
use keys::Keys;
use mail::address::Domain;
use mail::{Mailbox, ReversePath};
use uuid::Uuid;

mod base32;

/// What the secret is derived for.
const PURPOSE: &[u8] = b"return addresses";

/// Octets of the signature that a token carries.
const SIGNED: usize = 10;

/// The addresses.
#[derive(Clone, Debug)]
pub struct ReturnAddresses {
    seal: hmac::Key,
    /// Whose extensions are tokens, where answers come to them.
    answers: Option<Mailbox>,
    /// Where reports come, if they come to us.
    bounces: Option<Domain>,
}

/// The name of one mail of ours, as it stands in an address: lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token(pub String);

impl Token {
    /// The Message-ID of the mail that it names, as this host made it.
    #[must_use]
    pub fn message_id(&self, host: &str) -> Option<String> {
        let octets: [u8; 16] = base32::read(&self.0)?.get(..16)?.try_into().ok()?;
        Some(format!("{}@{host}", Uuid::from_bytes(octets)))
    }
}

impl ReturnAddresses {
    /// As it is configured, signed with what only the holder of these keys knows.
    #[must_use]
    pub fn of(config: &Config, keys: &Keys) -> Self {
        Self {
            seal: hmac::Key::new(hmac::HMAC_SHA256, &keys.derived(PURPOSE)),
            answers: config.calls.token_address.then(|| config.calls.from.clone()),
            bounces: config.deliver.bounce_domain.clone(),
        }
    }

    /// The token of the mail with this Message-ID, which must be one that we made ([`mail::message_id::new_id`]).
    #[must_use]
    pub fn token(&self, message_id: &str) -> Option<Token> {
        if self.answers.is_none() && self.bounces.is_none() {
            return None;
        }
        let id = Uuid::try_parse(message_id.split('@').next()?).ok()?;
        let signature = hmac::sign(&self.seal, id.as_bytes());
        let octets: Vec<u8> = id.as_bytes().iter().chain(&signature.as_ref()[..SIGNED]).copied().collect();
        Some(Token(base32::write(&octets)))
    }

    /// Where the answer to a mail from this address comes; `None` where answers come to the address itself.
    #[must_use]
    pub fn for_answers(&self, from: &Mailbox, token: &Token) -> Option<Mailbox> {
        let own = self.answers.as_ref().filter(|own| own.same_mailbox(from))?;
        own.with_local(&format!("{}+{}", own.local(), token.0)).ok()
    }

    /// The reverse-path of a mail; `None` where no reports come to us.
    #[must_use]
    pub fn for_bounces(&self, token: &Token) -> Option<ReversePath> {
        let domain = self.bounces.as_ref()?;
        Mailbox::parse(&format!("bounces+{}@{domain}", token.0)).ok().map(ReversePath::Mailbox)
    }

    /// The token in this address; `None` where it is no address of ours with a token that was made here.
    #[must_use]
    pub fn read(&self, recipient: &Mailbox) -> Option<Token> {
        let (local, extension) = recipient.local().split_once('+')?;
        let for_answers = |own: &Mailbox| own.local().eq_ignore_ascii_case(local) && own.same_domain(recipient);
        let for_bounces = |own: &Domain| local.eq_ignore_ascii_case("bounces") && own.same(recipient.domain());
        let is_ours = self.answers.as_ref().is_some_and(for_answers) || self.bounces.as_ref().is_some_and(for_bounces);
        // Local parts may come in any case (RFC 5321 §2.4 forbids it, and it happens).
        let token = Token(extension.to_ascii_lowercase());
        (is_ours && self.is_signed(&token)).then_some(token)
    }

    /// True where this is the domain of reports.
    #[must_use]
    pub fn is_bounce_domain(&self, domain: &Domain) -> bool {
        self.bounces.as_ref().is_some_and(|own| own.same(domain))
    }

    fn is_signed(&self, token: &Token) -> bool {
        let Some(octets) = base32::read(&token.0).filter(|octets| octets.len() == 16 + SIGNED) else { return false };
        let (id, signature) = octets.split_at(16);
        let right = hmac::sign(&self.seal, id);
        constant_time::verify_slices_are_equal(signature, &right.as_ref()[..SIGNED]).is_ok()
    }
}

#[cfg(test)]
mod tests;
