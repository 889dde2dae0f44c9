//! What is configured arrives in the rooms as it was said.

use std::path::Path;
use std::time::Duration;

use config::{Config, Options};
use delivery::Timeouts;

use super::policy;

fn timeouts(toml: &str) -> Timeouts {
    policy(&Config::load(&Options::text(toml, Path::new("/tmp/callpost-test"))).unwrap()).timeouts
}

#[test]
fn a_server_is_waited_for_as_rfc_5321_wants_unless_somebody_says_otherwise() {
    assert_eq!(timeouts(""), Timeouts::default());
    let said = "[deliver]\nconnect_timeout = \"1s\"\ntls_timeout = \"2s\"\ngreeting_timeout = \"3s\"\n\
                command_timeout = \"4s\"\ndata_timeout = \"5s\"\nwrite_timeout = \"6s\"\ndot_timeout = \"7s\"\n\
                idle_timeout = \"8s\"\n";
    let wanted = Timeouts {
        connect: Duration::from_secs(1),
        handshake: Duration::from_secs(2),
        greeting: Duration::from_secs(3),
        command: Duration::from_secs(4),
        data_start: Duration::from_secs(5),
        write: Duration::from_secs(6),
        final_dot: Duration::from_secs(7),
        idle: Duration::from_secs(8),
    };
    assert_eq!(timeouts(said), wanted);
}
