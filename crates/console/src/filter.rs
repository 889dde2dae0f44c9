//! The filter of the queue as forms and links carry it: the same that `callpost queue` takes.

use control::filter::FilterRow;

use crate::form::Form;

/// Reads it; what is empty is not wanted.
pub(crate) fn read(form: &Form) -> FilterRow {
    FilterRow {
        state: form.some("state"),
        to: form.some("to"),
        from: form.some("from"),
        owner: form.some("owner"),
        kind: form.some("kind"),
        subject: form.some("subject"),
        age: form.get("age").parse().ok(),
    }
}

/// Its parts that are there, by the names that [`read`] knows.
pub(crate) fn pairs(filter: &FilterRow) -> Vec<(&'static str, String)> {
    let texts = [
        ("state", &filter.state),
        ("to", &filter.to),
        ("from", &filter.from),
        ("owner", &filter.owner),
        ("kind", &filter.kind),
        ("subject", &filter.subject),
    ];
    let texts = texts.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
    texts.chain(filter.age.map(|age| ("age", age.to_string()))).collect()
}

/// As the command line takes it: `to=@x.pl state=deferred`.
pub(crate) fn told(filter: &FilterRow) -> String {
    let told = |(name, value): (&str, String)| match name {
        "age" => format!("age>{value}s"),
        name if value.contains(' ') => format!("'{name}={value}'"),
        name => format!("{name}={value}"),
    };
    pairs(filter).into_iter().map(|(name, value)| told((name, value))).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{pairs, read, told};
    use crate::form::{Form, encode};

    #[test]
    fn a_filter_comes_back_from_a_link() {
        let filter = read(&Form::parse("to=%40x.pl&state=deferred&subject=two+words&age=3600&from="));
        let pairs = pairs(&filter);
        let query = encode(pairs.iter().map(|(name, value)| (*name, value.as_str())));
        assert_eq!(read(&Form::parse(&query)), filter);
        assert_eq!(filter.from, None);
        assert_eq!(told(&filter), "state=deferred to=@x.pl 'subject=two words' age>3600s");
    }
}
