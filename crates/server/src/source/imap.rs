//! A mailbox on an IMAP server (RFC 9051). A mail is known by UIDVALIDITY and UID.
//!
//! Where the server has conditional marks (CONDSTORE, RFC 7162), a mail is claimed by a keyword with this state's name, which
//! of several readers one alone can set (see [`Imap::prevail`]). Else it is moved (RFC 6851) to a folder of this state's own,
//! and belongs to whom the server tells its new UID (COPYUID, RFC 4315); what lies there when a pass begins comes first. Some
//! servers copy and then remove when they move, and let two do so at once: so the mark is tried first. A server with neither
//! is for one state only.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::time::Duration;

use bytes::Bytes;
use config::{Account, After, MailLogin, Scan};

mod response;
mod session;

use super::wire::Rules;
use super::{Content, Ground, Listed, Source, SourceError, Step};
use response::{Marks, Response, Status, quoted};
use session::{Answer, Session};

/// An IDLE is ended and begun again before servers take us for gone (RFC 2177 says 29 minutes).
const LONGEST_IDLE: Duration = Duration::from_secs(25 * 60);

/// What comes together is looked at together.
const BREATH: Duration = Duration::from_millis(100);

/// The beginning of the keyword, or of the folder, by which a state claims mail.
const CLAIM: &str = "Callpost-";

/// How often a rival's mark is looked at again, a breath apart, until we give way.
const YIELDS: usize = 20;

/// UIDs in one command.
const AT_ONCE: usize = 500;

/// A mailbox on an IMAP server.
pub(super) struct Imap {
    name: String,
    account: Account,
    folder: String,
    login: Option<MailLogin>,
    after: After,
    aside: String,
    claims: String,
    largest: u64,
    rules: Rules,
    session: Option<Session>,
    listed: VecDeque<Listed>,
    /// What is to be put away at the end of the pass, by folder and by what becomes of it.
    finished: BTreeMap<(Folder, KnownAttempt), Vec<u32>>,
    /// The UID that the next mail of the mailbox was to have when the pass began.
    next: u32,
}

/// Where a mail lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Folder {
    /// In the mailbox itself.
    Mailbox,
    /// In the folder of what this state has claimed.
    Claims,
}

/// What becomes of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum KnownAttempt {
    Done,
    Aside,
}

/// Whose claims a mail bears.
enum Rivals {
    Nobody,
    OursIsThere,
    AnotherIsThere,
}

fn is_claim(flag: &str) -> bool {
    flag.get(..CLAIM.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(CLAIM))
}

impl Imap {
    pub(super) fn new((account, folder): (&Account, &str), scan: &Scan, ground: &Ground<'_>) -> Self {
        Self {
            name: scan.source.to_string(),
            account: account.clone(),
            folder: folder.to_owned(),
            login: scan.login.clone(),
            after: scan.after.clone(),
            aside: scan.set_aside.clone(),
            claims: format!("{CLAIM}{}", ground.state_id),
            largest: ground.config.smtp.max_size,
            rules: Rules::of(&ground.config.limits),
            session: None,
            listed: VecDeque::new(),
            finished: BTreeMap::new(),
            next: 0,
        }
    }

    /// What does not work; the connection is given up.
    fn lost<T>(&mut self, what: &str, done: io::Result<T>) -> Result<T, SourceError> {
        done.map_err(|error| {
            self.session = None;
            SourceError::new(format!("{} {what}", self.name), error)
        })
    }

    fn session(&mut self) -> io::Result<&mut Session> {
        self.session.as_mut().ok_or_else(|| io::Error::other("the connection was lost"))
    }

    fn claims_by_moving(&self) -> bool {
        let can = |session: &Session| session.can("MOVE") && session.can("UIDPLUS");
        self.after != After::Keep && !self.claims_by_marking() && self.session.as_ref().is_some_and(can)
    }

    fn claims_by_marking(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.can("CONDSTORE"))
    }

    /// Marks a mail as this state's; false where it is another's, or another was faster.
    async fn mark(&mut self, uid: u32) -> io::Result<bool> {
        let Some(marks) = self.marks(uid).await? else { return Ok(false) };
        match self.rivals(&marks) {
            Rivals::OursIsThere => return self.prevail(uid).await,
            Rivals::AnotherIsThere => return Ok(false),
            Rivals::Nobody => {}
        }
        let keyword = self.claims.clone();
        let session = self.enter(Folder::Mailbox).await?;
        let store = format!("UID STORE {uid} (UNCHANGEDSINCE {}) +FLAGS.SILENT ({keyword})", marks.changed);
        let stored = session.command(&store).await?;
        if stored.is_gone() || stored.responses.iter().any(|response| response.code("MODIFIED").is_some()) {
            return Ok(false);
        }
        stored.ok()?;
        self.prevail(uid).await
    }

    /// The marks of a mail; none where it is gone.
    async fn marks(&mut self, uid: u32) -> io::Result<Option<Marks>> {
        let session = self.enter(Folder::Mailbox).await?;
        let asked = session.command(&format!("UID FETCH {uid} (UID FLAGS MODSEQ)")).await?;
        if asked.is_gone() {
            return Ok(None);
        }
        Ok(asked.ok()?.responses.iter().find_map(|response| response.marks(uid)))
    }

    fn rivals(&self, marks: &Marks) -> Rivals {
        let mut claims = marks.flags.iter().filter(|flag| is_claim(flag));
        match claims.next() {
            None => Rivals::Nobody,
            Some(first) if claims.chain([first]).any(|flag| flag.eq_ignore_ascii_case(&self.claims)) => {
                Rivals::OursIsThere
            }
            Some(_) => Rivals::AnotherIsThere,
        }
    }

    /// Whether a mail that bears our mark is ours alone. Dovecot lets two set theirs at once while a mailbox has no marks yet,
    /// whatever UNCHANGEDSINCE says. Of two each sees the other's mark unless its own came first: so whoever sees two gives
    /// way, at once where the other's name comes first, and else when the other has not given way in time.
    async fn prevail(&mut self, uid: u32) -> io::Result<bool> {
        for _ in 0..YIELDS {
            let Some(marks) = self.marks(uid).await? else { return Ok(false) };
            let ours = self.claims.to_ascii_lowercase();
            let first = marks.flags.iter().map(|flag| flag.to_ascii_lowercase()).filter(|flag| *flag != ours);
            match first.filter(|flag| is_claim(flag)).min() {
                None => return Ok(true),
                Some(other) if other < ours => break,
                Some(_) => tokio::time::sleep(BREATH).await,
            }
            self.session()?.command("NOOP").await?.ok()?;
        }
        let keyword = self.claims.clone();
        self.session()?.command(&format!("UID STORE {uid} -FLAGS.SILENT ({keyword})")).await?.ok()?;
        Ok(false)
    }

    async fn list(&mut self) -> io::Result<()> {
        if self.session.is_none() {
            let limits = (self.rules, self.largest);
            self.session = Some(Session::open(&self.account, self.login.as_ref(), limits).await?);
        }
        if self.claims_by_moving() {
            self.search(Folder::Claims, "UNDELETED").await?;
        }
        let wanted = if self.after == After::Keep { "UNDELETED UNSEEN" } else { "UNDELETED" };
        match self.search(Folder::Mailbox, wanted).await? {
            true => Ok(()),
            false => Err(io::Error::other(format!("there is no folder {}", self.folder))),
        }
    }

    /// Lists what lies in a folder; false where there is none.
    async fn search(&mut self, folder: Folder, wanted: &str) -> io::Result<bool> {
        let name = self.name_of(folder);
        let session = self.session()?;
        let Some(selected) = session.select(&name).await? else { return Ok(false) };
        let answer = session.command(&format!("UID SEARCH {wanted}")).await?.ok()?;
        let mut uids: Vec<u32> =
            answer.responses.iter().filter_map(Response::found).flatten().filter(|uid| *uid > 0).collect();
        uids.sort_unstable();
        uids.dedup();
        if folder == Folder::Mailbox {
            self.next = selected.next;
        }
        self.listed.extend(uids.into_iter().map(|uid| listed(folder, selected.validity, uid)));
        Ok(true)
    }

    fn name_of(&self, folder: Folder) -> String {
        match folder {
            Folder::Mailbox => self.folder.clone(),
            Folder::Claims => self.claims.clone(),
        }
    }

    /// Makes this folder the selected one.
    async fn enter(&mut self, folder: Folder) -> io::Result<&mut Session> {
        let name = self.name_of(folder);
        let session = self.session()?;
        let is_there = session.selected.as_ref().is_some_and(|selected| selected.name == name);
        if !is_there && session.select(&name).await?.is_none() {
            return Err(io::Error::other(format!("the folder {name} is gone")));
        }
        Ok(session)
    }

    async fn fetch(&mut self, spot: &str) -> io::Result<Content> {
        let Some((folder, uid)) = place(spot) else { return Ok(Content::Gone) };
        let largest = self.largest;
        let session = self.enter(folder).await?;
        // One octet more than allowed tells that it is too much.
        let asked = session.command(&format!("UID FETCH {uid} (UID BODY.PEEK[]<0.{}>)", largest + 1)).await?;
        if asked.is_gone() {
            return Ok(Content::Gone);
        }
        let asked = asked.ok()?;
        let Some(mail) = asked.responses.iter().find_map(|response| response.fetched(uid)) else {
            return Ok(Content::Gone);
        };
        if mail.len() as u64 > largest {
            return Ok(Content::TooLarge);
        }
        Ok(Content::Mail { sender: None, message: Bytes::from(mail::mbox::canonical(mail)) })
    }

    /// Moves a mail to the folder of what is claimed; false where another reader was faster.
    async fn take(&mut self, listed: &mut Listed) -> io::Result<bool> {
        let Some((Folder::Mailbox, uid)) = place(&listed.spot) else { return Ok(true) };
        if self.claims_by_marking() {
            return self.mark(uid).await;
        }
        if !self.claims_by_moving() {
            return Ok(true);
        }
        let claims = self.claims.clone();
        self.enter(Folder::Mailbox).await?;
        let answer = self.relocate(&uid.to_string(), &claims).await?;
        if answer.is_gone() {
            return Ok(false);
        }
        match answer.ok()?.responses.iter().find_map(|response| response.moved(uid)) {
            Some((validity, moved)) => {
                *listed = self::listed(Folder::Claims, validity, moved);
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// Moves mails of the selected folder, and makes the other folder where there is none.
    async fn relocate(&mut self, uids: &str, to: &str) -> io::Result<Answer> {
        let name = quoted(to).ok_or_else(|| io::Error::other("the folder's name has more than ASCII in it"))?;
        let session = self.session()?;
        let command = format!("UID MOVE {uids} {name}");
        let answer = session.command(&command).await?;
        if answer.status != Status::No || !answer.responses.iter().any(|one| one.code("TRYCREATE").is_some()) {
            return Ok(answer);
        }
        // Where it is there meanwhile, the move says so.
        session.command(&format!("CREATE {name}")).await?;
        session.command(&command).await
    }

    fn finish(&mut self, spot: &str, known_attempt: KnownAttempt) {
        if let Some((folder, uid)) = place(spot) {
            self.finished.entry((folder, known_attempt)).or_default().push(uid);
        }
    }

    /// Puts away what was taken in.
    async fn put_away(&mut self) -> io::Result<()> {
        let finished = std::mem::take(&mut self.finished);
        for ((folder, known_attempt), uids) in finished {
            self.enter(folder).await?;
            for uids in uids.chunks(AT_ONCE) {
                let set = uids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
                self.put(&set, known_attempt).await?;
            }
        }
        Ok(())
    }

    async fn put(&mut self, set: &str, known_attempt: KnownAttempt) -> io::Result<()> {
        let to = match (known_attempt, self.after.clone()) {
            (KnownAttempt::Aside, _) => self.aside.clone(),
            (KnownAttempt::Done, After::Move(name)) => name,
            (KnownAttempt::Done, After::Keep) => {
                return self
                    .session()?
                    .command(&format!("UID STORE {set} +FLAGS.SILENT (\\Seen)"))
                    .await?
                    .ok()
                    .map(drop);
            }
            (KnownAttempt::Done, After::Delete) => return self.remove(set).await,
        };
        if self.session()?.can("MOVE") {
            return self.relocate(set, &to).await?.ok().map(drop);
        }
        let name = quoted(&to).ok_or_else(|| io::Error::other("the folder's name has more than ASCII in it"))?;
        let session = self.session()?;
        // Where it is there already, the server says no to this alone.
        session.command(&format!("CREATE {name}")).await?;
        session.command(&format!("UID COPY {set} {name}")).await?.ok()?;
        self.remove(set).await
    }

    /// Removes mails. Without UIDPLUS they are marked only: an EXPUNGE would remove what others have marked.
    async fn remove(&mut self, set: &str) -> io::Result<()> {
        let session = self.session()?;
        session.command(&format!("UID STORE {set} +FLAGS.SILENT (\\Deleted)")).await?.ok()?;
        if session.can("UIDPLUS") {
            session.command(&format!("UID EXPUNGE {set}")).await?.ok()?;
        }
        Ok(())
    }

    async fn idle(&mut self, most: Duration) -> io::Result<()> {
        let (folder, known) = (self.folder.clone(), self.next);
        let session = self.session()?;
        // What came while other folders were selected is not told of again.
        let selected = session.select(&folder).await?;
        if selected.is_some_and(|selected| selected.next == known || known == 0) {
            session.idle(most.min(LONGEST_IDLE)).await?;
        }
        tokio::time::sleep(BREATH).await;
        Ok(())
    }
}

fn listed(folder: Folder, validity: u32, uid: u32) -> Listed {
    match folder {
        Folder::Mailbox => Listed { id: format!("{validity}.{uid}"), spot: format!("mailbox {uid}") },
        Folder::Claims => Listed { id: format!("claimed {validity}.{uid}"), spot: format!("claims {uid}") },
    }
}

fn place(spot: &str) -> Option<(Folder, u32)> {
    let (folder, uid) = spot.split_once(' ')?;
    let folder = if folder == "claims" { Folder::Claims } else { Folder::Mailbox };
    Some((folder, uid.parse().ok()?))
}

impl Source for Imap {
    fn begin(&mut self) -> Step<'_, ()> {
        Box::pin(async move {
            self.listed.clear();
            self.finished.clear();
            let listed = self.list().await;
            self.lost("cannot be read", listed)
        })
    }

    fn next(&mut self) -> Step<'_, Option<Listed>> {
        Box::pin(std::future::ready(Ok(self.listed.pop_front())))
    }

    fn read<'a>(&'a mut self, listed: &'a Listed) -> Step<'a, Content> {
        Box::pin(async move {
            let read = self.fetch(&listed.spot).await;
            self.lost("has a mail that cannot be read", read)
        })
    }

    fn claim<'a>(&'a mut self, listed: &'a mut Listed) -> Step<'a, bool> {
        Box::pin(async move {
            let taken = self.take(listed).await;
            self.lost("does not let a mail be moved", taken)
        })
    }

    fn done<'a>(&'a mut self, listed: &'a Listed) -> Step<'a, ()> {
        self.finish(&listed.spot, KnownAttempt::Done);
        Box::pin(std::future::ready(Ok(())))
    }

    fn set_aside<'a>(&'a mut self, listed: &'a Listed) -> Step<'a, ()> {
        self.finish(&listed.spot, KnownAttempt::Aside);
        Box::pin(std::future::ready(Ok(())))
    }

    fn end(&mut self) -> Step<'_, ()> {
        Box::pin(async move {
            if self.session.is_none() {
                return Ok(());
            }
            let away = self.put_away().await;
            self.lost("did not put away what was taken in", away)
        })
    }

    fn wait(&mut self, most: Duration) -> Step<'_, ()> {
        Box::pin(async move {
            let can_idle = self.session.as_ref().is_some_and(|session| session.can("IDLE"));
            if can_idle && let Err(error) = self.idle(most).await {
                tracing::debug!(mailbox = self.name, %error, "the connection was lost while nothing came");
                self.session = None;
            } else if can_idle {
                return Ok(());
            }
            tokio::time::sleep(most).await;
            Ok(())
        })
    }
}
