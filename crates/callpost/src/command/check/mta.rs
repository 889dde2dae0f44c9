//! Whether the mail servers of this machine pipe mail to services that are there. What is not waits in their queues.

use config::Config;

use super::Line;

/// Where mail servers are told of commands that take mail.
const FILES: &[&str] = &[
    "/etc/aliases",
    "/etc/mail/aliases",
    "/etc/postfix/aliases",
    "/etc/postfix/master.cf",
    "/etc/postfix/main.cf",
    "/etc/exim4/exim4.conf.template",
    "/etc/exim4/exim4.conf",
];

/// A line for each service that a mail server's file names and that is not there.
pub(super) fn check(config: &Config) -> Vec<Line> {
    let is_known = |name: &&str| config.services.iter().any(|service| service.name == **name);
    let mut lines = Vec::new();
    for file in FILES {
        let Ok(text) = std::fs::read_to_string(file) else { continue };
        lines.extend(piped(&text).into_iter().filter(|name| !is_known(name)).map(|name| warning(file, name)));
    }
    lines
}

fn warning(file: &str, name: &str) -> Line {
    let what = format!("{file} gives mail to `callpost pipe {name}`, but there is no service `{name}`");
    Line::doubtful("service", format!("{what}: the mail waits in the mail server's queue"))
}

/// The services that a text names behind `callpost … pipe`; a `$` is the mail server's to put in.
fn piped(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        let is_edge = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '|' | ':' | ',' | '=');
        let mut words = line.split(is_edge).filter(|word| !word.is_empty());
        if words.any(|word| word == "callpost" || word.ends_with("/callpost")) && words.any(|word| word == "pipe") {
            names.extend(words.next().filter(|word| !word.starts_with(['-', '$'])));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::{piped, warning};
    use crate::command::check::Verdict;

    #[test]
    fn services_that_an_mta_pipes_mail_to_are_found_in_its_files() {
        let aliases = "# old: |/usr/bin/callpost pipe former\npostmaster: root\ncalendar: \"|/usr/bin/callpost pipe calendar\"\n\
                       nobody: \"|/usr/bin/callpost -c /etc/callpost.toml pipe nosuch\"\n";
        assert_eq!(piped(aliases), ["calendar", "nosuch"]);
        let master = "callpost unix - n n - - pipe\n  flags=R user=callpost argv=/usr/bin/callpost pipe --recipient ${recipient}\n";
        assert!(piped(master).is_empty());
    }

    #[test]
    fn a_service_that_is_not_there_is_a_warning() {
        let line = warning("/etc/aliases", "nosuch");
        assert_eq!(line.verdict, Verdict::Doubtful);
        assert!(line.text.contains("callpost pipe nosuch") && line.text.contains("/etc/aliases"), "{line:?}");
    }
}
