//! What makes two calls the same: what was asked, whatever protocol carried it, whatever form the rows had.

use aws_lc_rs::digest::{Context, SHA256};
use jiff::Timestamp;

use super::draft::{Draft, More, When};
use super::options::Options;

/// SHA-256 of what a call asks for, without its keys.
#[must_use]
pub(super) fn of(drafts: &[Draft], options: &Options) -> [u8; 32] {
    let mut digest = Digest(Context::new(&SHA256));
    digest.options(options);
    digest.number(drafts.len());
    for draft in drafts {
        let repaired = draft.repaired();
        digest.draft(repaired.as_ref().unwrap_or(draft));
    }
    let mut octets = [0; 32];
    octets.copy_from_slice(digest.0.finish().as_ref());
    octets
}

struct Digest(Context);

impl Digest {
    /// Nothing of one part can pass for the next one's.
    fn octets(&mut self, octets: &[u8]) {
        self.number(octets.len());
        self.0.update(octets);
    }

    fn number(&mut self, number: usize) {
        self.0.update(&(number as u64).to_be_bytes());
    }

    fn texts<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) {
        texts.into_iter().for_each(|text| self.octets(text.as_bytes()));
    }

    /// What is absent is another thing than what is empty.
    fn optional(&mut self, text: Option<&str>) {
        self.number(usize::from(text.is_some()));
        self.texts(text);
    }

    fn time(&mut self, at: Option<Timestamp>) {
        self.optional(at.map(|at| at.to_string()).as_deref());
    }

    fn when(&mut self, when: Option<When>) {
        self.optional(when.map(|when| format!("{when:?}")).as_deref());
    }

    fn options(&mut self, options: &Options) {
        let Options { idempotency_key: _, dry_run, partial, send_at, expires, priority, envelope_from } = options;
        self.number(usize::from(*dry_run) + 2 * usize::from(*partial));
        self.time(*send_at);
        self.when(*expires);
        self.optional(priority.map(spool::Priority::name));
        self.optional(envelope_from.as_ref().map(ToString::to_string).as_deref());
    }

    fn draft(&mut self, draft: &Draft) {
        let Draft { to, from, subject, text, headers, latin1: _, more, wrong } = draft;
        self.texts([to, from, subject, text, headers].map(String::as_str));
        self.optional(wrong.as_deref());
        // A row by place, and one by name that says nothing more, are the same.
        let more = more.as_deref().filter(|more| **more != More::default());
        self.number(usize::from(more.is_some()));
        let Some(more) = more else { return };
        let More { cc, bcc, reply_to, html, attachments, send_at, expires, priority, tags, metadata } = more;
        self.texts([cc, bcc, reply_to].map(String::as_str));
        self.optional(html.as_deref());
        self.number(attachments.len());
        for file in attachments {
            self.texts([file.filename.as_str(), &file.content_type]);
            self.octets(&file.content);
            self.optional(file.content_id.as_deref());
        }
        self.time(*send_at);
        self.when(*expires);
        self.optional(priority.map(spool::Priority::name));
        self.number(tags.len());
        self.texts(tags.iter().map(String::as_str));
        self.number(metadata.len());
        self.texts(metadata.iter().flat_map(|(name, text)| [name.as_str(), text]));
    }
}
