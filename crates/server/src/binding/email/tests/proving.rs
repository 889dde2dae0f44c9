//! M14 and M9 where a domain is proven: where answers go, and whose request it is.

use mail::Mailbox;
use spool::{Proof, ProvenBy};

use super::super::guard;
use super::policy;

/// Whether `calendar` (for `*`) and `listed` (for `*@x.test` and `one@y.test`) answer to this address, where x.test is proven.
fn answered(address: &str) -> [bool; 2] {
    let (policy, address) = (policy(""), Mailbox::parse(address).unwrap());
    let proof = Proof { by: ProvenBy::Dkim, identity: "asker@x.test".into(), domain: Some("x.test".into()) };
    ["calendar", "listed"].map(|name| {
        let service = policy.services.iter().find(|service| service.name == name).unwrap();
        guard::may_be_answered(service, &proof, &address)
    })
}

#[test]
fn outside_the_proven_domain_only_those_are_answered_whom_the_service_names() {
    assert_eq!(answered("desk@x.test"), [true, true]);
    assert_eq!(answered("desk@Mail.X.test"), [true, false], "below it, but not served by the other");
    assert_eq!(answered("one@y.test"), [false, true], "`*` names nobody");
    assert_eq!(answered("two@y.test"), [false, false]);
    assert_eq!(answered("desk@notx.test"), [false, false]);
}
