//! Why an exchange broke, down to the word of whoever broke it: hyper says "connection error" and keeps the rest.

use std::error::Error;
use std::io;

use rustls::AlertDescription::CertificateRequired;

/// What a server means that ends the connection for want of a certificate.
const WANTED: &str = "the server wants a client certificate: -E FILE";

/// The reason, for a person.
pub(super) fn of(error: &(dyn Error + 'static)) -> String {
    let (outermost, mut innermost) = (error.to_string(), String::new());
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::AlertReceived(CertificateRequired)) = error.downcast_ref() {
            return WANTED.to_owned();
        }
        innermost = error.to_string();
        // What an I/O error wraps is not its source.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = wrapped.map_or_else(|| error.source(), |wrapped| Some(wrapped as &(dyn Error + 'static)));
    }
    if outermost.contains(&innermost) { outermost } else { format!("{outermost}: {innermost}") }
}

#[cfg(test)]
mod tests {
    use std::io;

    use rustls::AlertDescription;

    use super::{WANTED, of};

    fn alert(alert: AlertDescription) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, rustls::Error::AlertReceived(alert))
    }

    #[test]
    fn the_alert_of_the_server_is_what_is_told() {
        assert_eq!(of(&alert(AlertDescription::CertificateRequired)), WANTED);
        assert_eq!(of(&io::Error::other(alert(AlertDescription::CertificateRequired))), WANTED);
        assert!(of(&alert(AlertDescription::UnknownCA)).contains("UnknownCA"));
        assert_eq!(of(&io::Error::other("no route")), "no route");
    }
}
