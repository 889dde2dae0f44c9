//! What the Received field says of a transaction.

use super::{Greeting, Hello, MailParameters, Peer, Tls};

fn with(hello: Option<Hello>, peer: Peer, parameters: MailParameters) -> String {
    let greeting = hello.map(|hello| Greeting { hello, domain: "me".to_owned() });
    Peer { greeting, ..peer }.with_protocol(&parameters)
}

#[test]
fn the_protocol_is_named_as_registered() {
    let bare = || (Peer::default(), MailParameters::default());
    let (peer, parameters) = bare();
    assert_eq!(with(Some(Hello::Helo), peer, parameters), "SMTP");
    let (peer, parameters) = bare();
    assert_eq!(with(Some(Hello::Ehlo), peer, parameters), "ESMTP");
    let (peer, parameters) = bare();
    let secure = Peer { tls: Some(Tls::default()), ..peer };
    assert_eq!(with(Some(Hello::Lhlo), secure, parameters), "LMTPS");
    let (peer, parameters) = bare();
    let known = Peer { tls: Some(Tls::default()), identity: Some("me".to_owned()), ..peer };
    assert_eq!(with(Some(Hello::Ehlo), known, MailParameters { smtputf8: true, ..parameters }), "UTF8SMTPSA");
}
