//! What the command line promises: one style, three examples in every help, and the flags that other programs give.

use std::ffi::OsString;

use clap::{CommandFactory, Parser};
use diagnostic::{Exit, Paint, text};
use keys::rate::Rate;

use super::{Cli, Command, Target, start};

fn parse(line: &[&str]) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(std::iter::once("callpost").chain(line.iter().copied()))
}

fn complained(line: &[&str]) -> diagnostic::Diagnostic {
    let arguments: Vec<OsString> =
        std::iter::once("callpost").chain(line.iter().copied()).map(OsString::from).collect();
    start::diagnostic(&parse(line).unwrap_err(), &arguments)
}

fn refused(line: &[&str]) -> String {
    text(&complained(line), Paint::Plain)
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn every_help_ends_with_three_examples() {
    let mut open = vec![("callpost".to_owned(), Cli::command())];
    while let Some((name, command)) = open.pop() {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let (_, examples) = help.split_once("Examples:\n").unwrap_or_else(|| panic!("{name} has no examples"));
        assert_eq!(examples.lines().count(), 3, "{name}: {examples}");
        assert!(examples.lines().all(|line| line.starts_with("  ")), "{name}: {examples}");
        let children = command.get_subcommands().filter(|child| child.get_name() != "help");
        open.extend(children.map(|child| (format!("{name} {}", child.get_name()), child.clone())));
    }
}

/// The value of the first positional argument in each example of this command.
fn examples(path: &[&str]) -> Vec<String> {
    let mut command = Cli::command();
    for name in path {
        command = command.find_subcommand(name).unwrap().clone();
    }
    let help = command.get_after_help().unwrap().to_string();
    let verb = path.last().unwrap();
    let after = help.lines().filter_map(|line| line.split_once(&format!(" {verb} ")));
    after.map(|(_, rest)| rest.split_whitespace().next().unwrap().trim_matches('\'').to_owned()).collect()
}

#[test]
fn ids_in_the_help_are_of_the_form_that_is_shown() {
    for path in [["queue", "show"], ["queue", "hold"], ["replies", "show"], ["replies", "wait"], ["replies", "forget"]]
    {
        for id in examples(&path).iter().filter(|id| !id.contains(['=', '>'])) {
            let is_entry = id.parse::<spool::EntryId>().is_ok();
            let is_call = id.len() == 8 && u32::from_str_radix(id, 16).is_ok();
            let is_number = id.parse::<u8>().is_ok();
            assert!(if path[0] == "queue" { is_entry } else { is_call || is_number }, "{path:?} {id}");
        }
    }
    assert_eq!(examples(&["trace"])[..2], ["4711.2", "1fb6c968"]);
}

#[test]
fn every_example_of_ours_is_a_line_we_take() {
    let mut open = vec![Cli::command()];
    while let Some(command) = open.pop() {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let examples = help.split_once("Examples:\n").map_or("", |(_, examples)| examples);
        for example in examples.lines().map(str::trim).filter(|line| line.starts_with("callpost ")) {
            let words = example.split_whitespace().take_while(|word| !["<", ">", "|", "&&"].contains(word));
            let words: Vec<&str> = words.map(|word| word.trim_matches('\'')).collect();
            assert!(Cli::try_parse_from(&words).is_ok(), "{example}: {words:?}");
        }
        open.extend(command.get_subcommands().cloned());
    }
}

#[test]
fn the_overview_names_every_command_and_no_other() {
    let command = Cli::command();
    let overview = super::COMMANDS.split("Examples:").next().unwrap();
    let named: Vec<&str> = overview
        .lines()
        .filter(|line| line.starts_with("  "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let defined: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    let mut sorted = (named.clone(), defined.clone());
    sorted.0.sort_unstable();
    sorted.1.sort_unstable();
    assert_eq!(sorted.0, sorted.1);
}

#[test]
fn a_wrong_flag_is_told_in_our_style() {
    assert_eq!(
        refused(&["serve", "--lissten", "x"]),
        "error[E1007]: unexpected argument '--lissten' found\n   = help: callpost serve --help\n"
    );
    assert_eq!(complained(&["serve", "-z"]).exit, Exit::Usage);
}

#[test]
fn a_missing_argument_is_named_on_one_line() {
    let text = refused(&["cert", "issue"]);
    assert!(text.starts_with("error[E1007]: the following required arguments were not provided: <NAME>\n"), "{text}");
    assert!(text.ends_with("= help: callpost cert issue --help\n"), "{text}");
}

#[test]
fn a_misspelt_command_gets_the_nearest_one() {
    let text = refused(&["sevre"]);
    assert!(text.contains("'serve'") && text.contains("= help: callpost --help"), "{text}");
}

#[test]
fn a_wrong_address_says_why() {
    let text = refused(&["send", "--to", "wrong@mail@example.org"]);
    assert!(text.contains("wrong@mail@example.org"), "{text}");
}

#[test]
fn called_as_sendmail_it_is_sendmail() {
    let arguments = ["/usr/sbin/sendmail", "-t", "-i"].map(OsString::from);
    let cli = Cli::try_parse_from(start::named(arguments)).unwrap();
    let Command::Sendmail(sendmail) = cli.command else { panic!("another command") };
    assert!(sendmail.from_header && sendmail.ignore_dots);
}

#[test]
fn the_flags_that_cron_and_mail_programs_give_are_taken() {
    let lines: [&[&str]; 9] = [
        &["sendmail", "-FCronDaemon", "-i", "-B8BITMIME", "-oem", "root"],
        &["sendmail", "-ti", "-fbounces@example.edu"],
        &["sendmail", "-oi", "-oem", "-f", "", "--", "ann@example.edu"],
        &["sendmail", "-bs"],
        &["sendmail", "-N", "success,failure", "-R", "hdrs", "-V", "id", "-r", "a@example.edu", "b@example.edu"],
        &["sendmail", "-i", "-em", "-m", "-U", "ann@example.edu"],
        &["sendmail", "-h", "5", "-Am", "-C", "/etc/mail/submit.cf", "-G", "-n", "-om", "ann@example.edu"],
        &["sendmail", "-t", "-i", "-f", "a@example.edu", "-t", "-i", "-fb@example.edu", "-FA", "-F", "-B"],
        &["sendmail", "-bi"],
    ];
    for line in lines {
        let parsed = parse(line);
        assert!(parsed.is_ok(), "{line:?}: {}", parsed.unwrap_err());
    }
}

#[test]
fn of_flags_that_contradict_each_other_the_last_holds() {
    let line = ["sendmail", "-t", "-f", "a@example.edu", "-fb@example.edu", "-h", "5", "root"];
    let Command::Sendmail(sendmail) = parse(&line).unwrap().command else { panic!("another command") };
    assert_eq!(sendmail.sender.as_deref(), Some("b@example.edu"));
    assert_eq!(sendmail.recipients, ["root"], "a hop count is no recipient, and asks for no help");
    let help = parse(&["sendmail", "--help"]).unwrap_err();
    assert_eq!(help.kind(), clap::error::ErrorKind::DisplayHelp);
}

#[test]
fn a_target_is_a_url_or_an_address() {
    assert_eq!("https://h/rpc".parse(), Ok(Target::Url("https://h/rpc".into())));
    let address: Target = "mailto:calendar@localhost".parse().unwrap();
    assert_eq!(address, "calendar@localhost".parse().unwrap());
    assert!("ftp://h/".parse::<Target>().unwrap_err().contains("ftp"));
    assert!("nobody".parse::<Target>().is_err());
    assert!("ééé".parse::<Target>().is_err());
}

#[test]
fn a_rate_has_a_count_and_a_unit() {
    assert_eq!("60/min".parse(), Ok(Rate { count: 60, seconds: 60 }));
    for wrong in ["60", "0/min", "-1/s", "5/week", "/s"] {
        assert!(wrong.parse::<Rate>().is_err(), "{wrong}");
    }
}

#[test]
fn what_a_key_is_good_for_is_one_of_a_list() {
    for (flag, list) in [("--legacy-headers", "cc,colour"), ("--scope", "send,fly")] {
        let text = refused(&["key", "add", "old", flag, list]);
        assert!(text.contains("unknown variant"), "{text}");
    }
    for (flag, wrong) in [("--quota", "0/day"), ("--quota", "5/week"), ("--expires", "soon")] {
        assert!(refused(&["key", "add", "old", flag, wrong]).contains("E1007"), "{flag} {wrong}");
    }
}
