//! What the old mailer had not: options, members that only objects have, and what became of mail.

use testbed::Requirement::{Php, Python};
use testbed::{Requirement, need};

use crate::house::{Driver, House};

/// Runs a driver over HTTP and over HTTPS; it looks at what became of its mail itself.
fn satisfied(requirements: &[Requirement], interpreter: &str, file: &str) {
    if !need(requirements) {
        return;
    }
    let house = House::open();
    let key = house.server.key_add(file);
    let (ca, pem) = house.server.certificate("options");
    let [plain, secure] = house.urls();
    let driver = Driver::script(interpreter, file);
    driver.run(&[&plain, &key, "plain"]);
    driver.run(&[&secure, &key, "secure", &ca.to_string_lossy(), &pem.to_string_lossy()]);
    let queue = house.server.queue();
    assert!(queue.iter().all(|row| !row.to_string().contains("unwanted-")), "{queue:#?}");
    let events = house.server.command(&["events", "--json"]).ok("events").rows();
    assert!(events.iter().all(|event| event["owner"] == file && event["type"].is_string()), "{events:#?}");
    assert!(events.len() > 2, "{events:#?}");
}

#[test]
fn python_by_xml_rpc_and_json_rpc_sends_with_options_and_asks_what_became_of_it() {
    satisfied(&[Python], "python3", "options.py");
}

#[test]
fn php_sends_attachments_and_makes_calls_again() {
    satisfied(&[Php("curl")], "php", "options.php");
}
