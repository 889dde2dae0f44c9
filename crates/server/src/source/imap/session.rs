//! One connection to an IMAP server: logged in, commands one at a time.

use std::io;
use std::time::Duration;

use base64::Engine as _;
use config::{Account, AccountTls, MailLogin};

use super::super::wire::{self, Rules, Wire};
use super::response::{Kind, Response, Status, literal_size, quoted};

/// A connection.
pub(super) struct Session {
    wire: Wire,
    tags: u32,
    capabilities: Vec<String>,
    /// Octets that one command may be answered with.
    most: usize,
    /// The folder that is selected.
    pub(super) selected: Option<Selected>,
}

/// A folder that is selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Selected {
    /// Its name.
    pub(super) name: String,
    /// Its UIDVALIDITY.
    pub(super) validity: u32,
    /// The UID that its next mail will have; 0 where the server does not say.
    pub(super) next: u32,
}

/// What a command was answered with.
pub(super) struct Answer {
    /// How it ended.
    pub(super) status: Status,
    /// What the server says of that.
    pub(super) text: String,
    /// Everything, the last response too.
    pub(super) responses: Vec<Response>,
}

impl Answer {
    /// True where the mail that the command was about is not there any more (RFC 5530).
    pub(super) fn is_gone(&self) -> bool {
        let says = |code| self.responses.iter().any(|one| one.code(code).is_some());
        self.status == Status::No && (says("EXPUNGEISSUED") || says("NONEXISTENT"))
    }

    /// The answer to a command that was done.
    pub(super) fn ok(self) -> io::Result<Self> {
        match self.status {
            Status::Ok => Ok(self),
            Status::No | Status::Bad => Err(io::Error::other(format!("the server says: {}", shown(&self.text)))),
        }
    }
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn broken(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

impl Session {
    /// Connects and logs in; `largest` is the largest mail that is read.
    pub(super) async fn open(
        account: &Account,
        login: Option<&MailLogin>,
        (rules, largest): (Rules, u64),
    ) -> io::Result<Self> {
        let wire = Wire::open(account, rules).await?;
        let most = usize::try_from(largest).unwrap_or(usize::MAX).saturating_add(rules.longest.saturating_mul(4));
        let mut session = Self { wire, tags: 0, capabilities: Vec::new(), most, selected: None };
        let greeting = session.response(&mut { most }).await?;
        match greeting.kind() {
            Kind::Untagged(text) if text.to_ascii_uppercase().starts_with("OK") => {}
            _ => return Err(broken(format!("the server greets with: {}", shown(greeting.line())))),
        }
        session.ask_capabilities().await?;
        if account.tls == AccountTls::StartTls && session.can("STARTTLS") {
            session.command("STARTTLS").await?.ok()?;
            session.wire = session.wire.secured(account).await?;
            session.ask_capabilities().await?;
        }
        if !session.wire.is_private() && !account.host.is_loopback() {
            return Err(io::Error::other(
                "the server offers no STARTTLS, and a password does not go over the network in the clear",
            ));
        }
        session.log_in(account, login).await?;
        session.ask_capabilities().await?;
        Ok(session)
    }

    async fn log_in(&mut self, account: &Account, login: Option<&MailLogin>) -> io::Result<()> {
        match login {
            Some(MailLogin::Password(password)) if self.can("AUTH=PLAIN") => {
                let message = format!("\0{}\0{}", account.user, password.expose());
                self.authenticate("PLAIN", &base64::engine::general_purpose::STANDARD.encode(message)).await
            }
            Some(MailLogin::Password(password)) => {
                let (user, password) = (quoted(&account.user), quoted(password.expose()));
                let (Some(user), Some(password)) = (user, password) else {
                    return Err(io::Error::other("the server takes names and passwords of ASCII only"));
                };
                self.command(&format!("LOGIN {user} {password}")).await?.ok().map(drop)
            }
            Some(MailLogin::Token(file)) => {
                let mechanism = if self.can("AUTH=OAUTHBEARER") { "OAUTHBEARER" } else { "XOAUTH2" };
                let message = wire::bearer(mechanism, account, &wire::token(file)?);
                self.authenticate(mechanism, &message).await
            }
            None => Err(io::Error::other("neither a password nor a token is configured")),
        }
    }

    async fn authenticate(&mut self, mechanism: &str, message: &str) -> io::Result<()> {
        if self.can("SASL-IR") {
            return self.command(&format!("AUTHENTICATE {mechanism} {message}")).await?.ok().map(drop);
        }
        let tag = self.begin(&format!("AUTHENTICATE {mechanism}")).await?;
        self.continued(&tag).await?;
        self.wire.send(format!("{message}\r\n").as_bytes()).await?;
        self.answer(&tag).await?.ok().map(drop)
    }

    async fn ask_capabilities(&mut self) -> io::Result<()> {
        let answer = self.command("CAPABILITY").await?.ok()?;
        self.capabilities = answer.responses.iter().find_map(Response::capabilities).unwrap_or_default();
        Ok(())
    }

    /// True where the server says that it can.
    pub(super) fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|one| one == capability)
    }

    /// Selects a folder; `None` where there is none of this name.
    pub(super) async fn select(&mut self, name: &str) -> io::Result<Option<Selected>> {
        self.selected = None;
        let quoted = quoted(name).ok_or_else(|| broken(format!("`{}` is no name of a folder", shown(name))))?;
        let answer = self.command(&format!("SELECT {quoted}")).await?;
        if answer.status == Status::No {
            return Ok(None);
        }
        let answer = answer.ok()?;
        let number = |code: &str| answer.responses.iter().find_map(|one| one.code(code)?.parse().ok());
        if answer.responses.iter().any(|one| one.code("READ-ONLY").is_some()) {
            return Err(io::Error::other(format!("{name} is read-only for us")));
        }
        let validity = number("UIDVALIDITY").ok_or_else(|| broken("the server gives no UIDVALIDITY"))?;
        let selected = Selected { name: name.to_owned(), validity, next: number("UIDNEXT").unwrap_or(0) };
        self.selected = Some(selected.clone());
        Ok(Some(selected))
    }

    /// Sends a command and waits for its end.
    pub(super) async fn command(&mut self, command: &str) -> io::Result<Answer> {
        let tag = self.begin(command).await?;
        self.answer(&tag).await
    }

    async fn begin(&mut self, command: &str) -> io::Result<String> {
        self.tags += 1;
        let tag = format!("c{}", self.tags);
        self.wire.send(format!("{tag} {command}\r\n").as_bytes()).await?;
        Ok(tag)
    }

    async fn continued(&mut self, tag: &str) -> io::Result<()> {
        let mut left = self.most;
        loop {
            let response = self.response(&mut left).await?;
            match response.kind() {
                Kind::Continue => return Ok(()),
                Kind::Tagged(found, _, text) if found == tag => {
                    return Err(io::Error::other(format!("the server says: {}", shown(text))));
                }
                Kind::Bye(text) => return Err(io::Error::other(format!("the server ends: {}", shown(text)))),
                Kind::Tagged(..) | Kind::Untagged(_) => {}
            }
        }
    }

    async fn answer(&mut self, tag: &str) -> io::Result<Answer> {
        let (mut responses, mut left) = (Vec::new(), self.most);
        loop {
            let response = self.response(&mut left).await?;
            let end = match response.kind() {
                Kind::Tagged(found, status, text) if found == tag => Some((status, text.to_owned())),
                Kind::Tagged(..) => {
                    return Err(broken(format!("the server answers what was not asked: {}", shown(response.line()))));
                }
                Kind::Bye(text) => return Err(io::Error::other(format!("the server ends: {}", shown(text)))),
                Kind::Continue => return Err(broken("the server waits for more, and there is none")),
                Kind::Untagged(_) => None,
            };
            responses.push(response);
            if let Some((status, text)) = end {
                return Ok(Answer { status, text, responses });
            }
        }
    }

    /// Reads a whole response of at most `left` octets.
    async fn response(&mut self, left: &mut usize) -> io::Result<Response> {
        let mut response = Response::default();
        loop {
            let line = self.wire.line().await?;
            // An empty line costs something too, or there could be any number of them.
            take(left, line.len() + 2)?;
            let literal = literal_size(&line);
            response.text.extend_from_slice(&line);
            let Some(size) = literal else { return Ok(response) };
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            take(left, size)?;
            response.literals.push(self.wire.octets(size).await?);
        }
    }

    /// Waits at most so long until the server says that there is new mail.
    pub(super) async fn idle(&mut self, most: Duration) -> io::Result<()> {
        let until = tokio::time::Instant::now() + most;
        let tag = self.begin("IDLE").await?;
        self.continued(&tag).await?;
        loop {
            let wait = until.saturating_duration_since(tokio::time::Instant::now());
            match self.wire.line_within(wait).await {
                Ok(text) => {
                    let response = Response { text, literals: Vec::new() };
                    if response.brings_mail() {
                        break;
                    }
                    if matches!(response.kind(), Kind::Bye(_) | Kind::Tagged(..)) {
                        return Err(io::Error::other(format!("the server ends: {}", shown(response.line()))));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::TimedOut => break,
                Err(error) => return Err(error),
            }
        }
        self.wire.send(b"DONE\r\n").await?;
        self.answer(&tag).await?.ok().map(drop)
    }
}

fn take(left: &mut usize, octets: usize) -> io::Result<()> {
    let rest = left.checked_sub(octets);
    *left = rest.ok_or_else(|| {
        broken("the server says more than a mail of smtp.max_size and some lines (limits.mailbox_line)")
    })?;
    Ok(())
}
