//! What the configuration promises: no file is a valid file, every error at once, and one table for everything.

use std::path::Path;

use super::{Config, Mode, Options};

fn load(toml: &str) -> Result<Config, Vec<crate::complaint::Complaint>> {
    Config::load(&Options::text(toml, Path::new("/tmp/callpost-test")))
}

#[test]
fn no_file_is_a_valid_file() {
    let config = load("").unwrap();
    assert_eq!(config.http.listeners[0].address, "127.0.0.1:8020".parse().unwrap());
    assert_eq!(config.smtp.listen, ["127.0.0.1:8023".parse().unwrap()]);
    assert_eq!(config.services[0].addresses[0].to_string(), "calendar@localhost");
    assert_eq!(config.deliver.mode, Mode::Capture);
}
