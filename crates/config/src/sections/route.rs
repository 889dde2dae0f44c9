//! Where mail for some recipients goes: `[[route]]`.

use crate::deliver::HopTls;
use crate::table::{Form, Kind, Literal, Section, Word, key};

pub(super) const ROUTE: Section = Section {
    name: "route",
    form: Form::Blocks,
    doc: "Where mail for some recipients goes; the first match wins.",
    keys: &[
        key("match", Kind::Texts, Literal::Unset, "recipients: *@domain, local@*, *@*.domain, *")
            .example(Literal::List(&["*@fourthought.com"])),
        key("next_hop", Kind::Text, Literal::Unset, "host:port | capture").example(Literal::Text("127.0.0.1:8024")),
        key("tls", Kind::Choice(HopTls::WORDS), Literal::Unset, "as in [deliver]").example(Literal::Text("off")),
    ],
};
