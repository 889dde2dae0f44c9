//! The one table of all sections and keys of the configuration.
//!
//! Reading a file (with its unknown-key errors), the environment, `config default`, `config explain` and `config show`
//! all work from it; there is no second list. Keys whose room is not built yet are here too, marked, so that they are
//! refused by name and never ignored.

mod top;

use super::table::Section;

/// Every section, in the order of the sample file.
pub(super) const SECTIONS: &[&Section] = &[
    &top::TOP,
    &super::http::HTTP,
    &super::http::LISTENER,
    &super::admin::ADMIN,
    &super::send::SEND,
    &super::deliver::DELIVER,
    &super::route::ROUTE,
    &super::dkim::DKIM,
    &super::dns::DNS,
    &super::webhook::WEBHOOK,
    &super::queue::QUEUE,
    &super::smtp::SMTP,
    &super::calls::CALLS,
    &super::peer::PEER,
    &super::service::SERVICE,
    &super::connect::CONNECT,
    &super::scan::SCAN,
    &super::limits::LIMITS,
    &super::log::LOG,
    &top::METRICS,
];

/// The section of that dotted name.
#[must_use]
pub(super) fn named(name: &str) -> Option<&'static Section> {
    SECTIONS.iter().copied().find(|section| section.name == name)
}
