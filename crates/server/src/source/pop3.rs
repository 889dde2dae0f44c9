//! A mailbox on a POP3 server (RFC 1939). Its server locks it as long as we are connected, and removes what we marked when we
//! say QUIT. A mail is known by its UIDL.

use std::collections::{HashSet, VecDeque};
use std::io;

use bytes::Bytes;
use config::{Account, AccountTls, After, MailLogin, Scan};

mod answer;

use super::kept::{Aside, Remembered};
use super::wire::{self, Rules, Wire};
use super::{Content, Ground, Listed, Source, SourceError, Step};
use answer::{Unstuffed, is_ok, numbered};

/// A mailbox on a POP3 server.
pub(super) struct Pop3 {
    name: String,
    account: Account,
    login: Option<MailLogin>,
    after: After,
    aside: Aside,
    largest: u64,
    most: usize,
    rules: Rules,
    wire: Option<Wire>,
    listed: VecDeque<Listed>,
    /// The numbers of mails that are too large to be read.
    large: HashSet<String>,
    present: HashSet<String>,
    remembered: Remembered,
}

impl Pop3 {
    pub(super) fn new(account: &Account, scan: &Scan, ground: &Ground<'_>) -> Self {
        let name = scan.source.to_string();
        Self {
            account: account.clone(),
            login: scan.login.clone(),
            after: scan.after.clone(),
            aside: Aside::of(ground.config),
            largest: ground.config.smtp.max_size,
            most: ground.config.limits.mailbox_mails,
            rules: Rules::of(&ground.config.limits),
            wire: None,
            listed: VecDeque::new(),
            large: HashSet::new(),
            present: HashSet::new(),
            remembered: Remembered::new(&ground.config.state, &name),
            name,
        }
    }

    /// What does not work; the connection is given up.
    fn lost<T>(&mut self, what: &str, done: io::Result<T>) -> Result<T, SourceError> {
        done.map_err(|error| {
            self.wire = None;
            SourceError::new(format!("{} {what}", self.name), error)
        })
    }

    async fn connect(&mut self) -> io::Result<Wire> {
        let mut wire = Wire::open(&self.account, self.rules).await?;
        expect(&wire.line().await?)?;
        let mut capabilities = capabilities(&mut wire, self.most).await?;
        let is_offered = |offered: &[String], name: &str| offered.iter().any(|one| one.eq_ignore_ascii_case(name));
        if self.account.tls == AccountTls::StartTls && is_offered(&capabilities, "STLS") {
            ask(&mut wire, "STLS").await?;
            wire = wire.secured(&self.account).await?;
            capabilities = self::capabilities(&mut wire, self.most).await?;
        }
        if !wire.is_private() && !self.account.host.is_loopback() {
            return Err(io::Error::other(
                "the server offers no STLS, and a password does not go over the network in the clear",
            ));
        }
        match &self.login {
            Some(MailLogin::Password(password)) => {
                let (user, password) = (plain(&self.account.user)?, plain(password.expose())?);
                ask(&mut wire, &format!("USER {user}")).await?;
                ask(&mut wire, &format!("PASS {password}")).await?;
            }
            Some(MailLogin::Token(file)) => {
                let token = wire::token(file)?;
                let is_bearer = capabilities.iter().any(|one| one.to_ascii_uppercase().contains("OAUTHBEARER"));
                let mechanism = if is_bearer { "OAUTHBEARER" } else { "XOAUTH2" };
                let message = wire::bearer(mechanism, &self.account, &token);
                ask(&mut wire, &format!("AUTH {mechanism} {message}")).await?;
            }
            None => return Err(io::Error::other("neither a password nor a token is configured")),
        }
        Ok(wire)
    }

    async fn list(&mut self) -> io::Result<()> {
        let mut wire = self.connect().await?;
        ask(&mut wire, "LIST").await?;
        let sizes = lines(&mut wire, self.most).await?;
        let is_large = |line: &Vec<u8>| {
            let (number, size) = numbered(line)?;
            (size.parse::<u64>().ok()? > self.largest).then_some(number)
        };
        self.large = sizes.iter().filter_map(is_large).collect();
        ask(&mut wire, "UIDL").await.map_err(|error| io::Error::other(format!("it has no UIDL: {error}")))?;
        self.present.clear();
        for line in lines(&mut wire, self.most).await? {
            let Some((spot, id)) = numbered(&line).filter(|(_, id)| answer::is_uid(id)) else {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the server lists what is no UIDL"));
            };
            // Of two mails that the server gives the same name none could be told from the other.
            if !self.present.insert(id.clone()) {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("the server gives two mails the UIDL {id}"),
                ));
            }
            if self.after != After::Keep || !self.remembered.has(&id)? {
                self.listed.push_back(Listed { id, spot });
            }
        }
        self.wire = Some(wire);
        Ok(())
    }

    fn wire(&mut self) -> io::Result<&mut Wire> {
        self.wire.as_mut().ok_or_else(|| io::Error::other("the connection was lost"))
    }

    async fn retrieve(&mut self, number: &str) -> io::Result<Option<Vec<u8>>> {
        if self.large.contains(number) {
            return Ok(None);
        }
        let largest = self.largest;
        let wire = self.wire()?;
        ask(wire, &format!("RETR {number}")).await?;
        let mut mail = Unstuffed::new(usize::try_from(largest).unwrap_or(usize::MAX));
        while !mail.push(&wire.line().await?).map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))? {}
        Ok(Some(mail.octets))
    }

    async fn finish(&mut self, listed: &Listed) -> io::Result<()> {
        match self.after {
            After::Keep => self.remembered.add(&listed.id),
            After::Delete | After::Move(_) => ask(self.wire()?, &format!("DELE {}", listed.spot)).await.map(drop),
        }
    }

    async fn put_aside(&mut self, listed: &Listed) -> io::Result<()> {
        let Some(mail) = self.retrieve(&listed.spot).await? else { return Ok(()) };
        self.aside.keep((&self.name, &listed.id), mail)?;
        self.finish(listed).await
    }
}

/// Sends a command, and gives back the text of its `+OK`.
async fn ask(wire: &mut Wire, command: &str) -> io::Result<String> {
    wire.send(format!("{command}\r\n").as_bytes()).await?;
    expect(&wire.line().await?)
}

fn expect(line: &[u8]) -> io::Result<String> {
    is_ok(line).map_err(|said| io::Error::other(format!("the server says: {said}")))
}

/// The lines of an answer up to the one with a dot, at most so many.
async fn lines(wire: &mut Wire, most: usize) -> io::Result<Vec<Vec<u8>>> {
    let mut lines = Vec::new();
    loop {
        let line = wire.line().await?;
        if line == b"." {
            return Ok(lines);
        }
        if lines.len() >= most {
            let what = format!("the mailbox has more than {most} mails (limits.mailbox_mails)");
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        lines.push(line);
    }
}

/// What the server says that it can; a server that knows no CAPA can nothing more.
async fn capabilities(wire: &mut Wire, most: usize) -> io::Result<Vec<String>> {
    wire.send(b"CAPA\r\n").await?;
    if is_ok(&wire.line().await?).is_err() {
        return Ok(Vec::new());
    }
    let said = lines(wire, most).await?;
    Ok(said.iter().map(|line| String::from_utf8_lossy(line).trim().to_owned()).collect())
}

/// A text that cannot become a second command.
fn plain(text: &str) -> io::Result<&str> {
    let is_plain = !text.contains(['\r', '\n', '\0']);
    is_plain.then_some(text).ok_or_else(|| io::Error::other("the name or password has a line end in it"))
}

impl Source for Pop3 {
    fn begin(&mut self) -> Step<'_, ()> {
        Box::pin(async move {
            self.listed.clear();
            let listed = self.list().await;
            self.lost("cannot be read", listed)
        })
    }

    fn next(&mut self) -> Step<'_, Option<Listed>> {
        Box::pin(std::future::ready(Ok(self.listed.pop_front())))
    }

    fn read<'a>(&'a mut self, listed: &'a Listed) -> Step<'a, Content> {
        Box::pin(async move {
            let read = self.retrieve(&listed.spot).await;
            let read = self.lost("has a mail that cannot be read", read)?;
            Ok(read.map_or(Content::TooLarge, |mail| Content::Mail { sender: None, message: Bytes::from(mail) }))
        })
    }

    /// The server lets nobody else in as long as we are there.
    fn claim<'a>(&'a mut self, _: &'a mut Listed) -> Step<'a, bool> {
        Box::pin(std::future::ready(Ok(true)))
    }

    fn done<'a>(&'a mut self, listed: &'a Listed) -> Step<'a, ()> {
        Box::pin(async move {
            let done = self.finish(listed).await;
            self.lost("does not remove a mail", done)
        })
    }

    fn set_aside<'a>(&'a mut self, listed: &'a Listed) -> Step<'a, ()> {
        Box::pin(async move {
            let aside = self.put_aside(listed).await;
            self.lost("has a mail that cannot be set aside", aside)
        })
    }

    fn end(&mut self) -> Step<'_, ()> {
        Box::pin(async move {
            let Some(mut wire) = self.wire.take() else { return Ok(()) };
            let ended = match ask(&mut wire, "QUIT").await {
                Ok(_) if self.after == After::Keep => self.remembered.keep_only(&self.present),
                ended => ended.map(drop),
            };
            self.lost("did not remove what was taken in", ended)
        })
    }
}
