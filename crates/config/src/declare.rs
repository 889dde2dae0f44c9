//! A key is declared once: from one line of a `section!` come its row of the table, the field of the section's struct, and
//! how that field is read. What needs judgement across keys is a row only (`key …`), and code (`with (view) { … }`); a
//! section that is read by hand as a whole has rows only (`rows!`).

/// Declares an enum, the word for each of its variants, and words that are known but not built (`later ["…"]`).
macro_rules! words {
    (
        $(#[$meta:meta])*
        $visibility:vis enum $name:ident $(later [$($later:literal),*])? {
            $($(#[$about:meta])* $word:literal => $variant:ident,)*
        }
    ) => {
        $(#[$meta])*
        $visibility enum $name {
            $($(#[$about])* $variant,)*
        }

        impl $crate::table::Word for $name {
            const WORDS: $crate::table::Words = $crate::table::Words { now: &[$($word),*], later: &[$($($later),*)?] };
            const MEANINGS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),*];
        }
    };
}

/// What there is to know of a kind of key: the type of its field, its kind in the table, its default, how it is read.
macro_rules! kind {
    (type size) => { u64 };
    (type count) => { usize };
    (type positive) => { usize };
    (type most) => { Option<usize> };
    (type switch) => { bool };
    (type duration) => { std::time::Duration };
    (type some_time) => { std::time::Duration };
    (type networks) => { Vec<ipnet::IpNet> };
    (type listens) => { Vec<std::net::SocketAddr> };
    (type choice<$words:ident>) => { $words };

    (row size) => { $crate::table::Kind::Size };
    (row count) => { $crate::table::Kind::Count };
    (row positive) => { $crate::table::Kind::Count };
    (row most) => { $crate::table::Kind::Count };
    (row switch) => { $crate::table::Kind::Switch };
    (row duration) => { $crate::table::Kind::Duration };
    (row some_time) => { $crate::table::Kind::Duration };
    (row durations) => { $crate::table::Kind::Durations };
    (row networks) => { $crate::table::Kind::Networks };
    (row listen) => { $crate::table::Kind::Listen };
    (row listens) => { $crate::table::Kind::Listens };
    (row hops) => { $crate::table::Kind::Hops };
    (row text) => { $crate::table::Kind::Text };
    (row texts) => { $crate::table::Kind::Texts };
    (row one_or_more) => { $crate::table::Kind::OneOrMore };
    (row file) => { $crate::table::Kind::File };
    (row secret) => { $crate::table::Kind::Secret };
    (row url) => { $crate::table::Kind::Url };
    (row choices<$words:ident>) => { $crate::table::Kind::Choices(<$words as $crate::table::Word>::WORDS) };
    (row choice<$words:ident>) => { $crate::table::Kind::Choice(<$words as $crate::table::Word>::WORDS) };

    (default choices<$words:ident> $default:expr) => { $crate::table::Literal::List(&$default) };
    (default count $default:expr) => { $crate::table::Literal::Number($default) };
    (default positive $default:expr) => { $crate::table::Literal::Number($default) };
    (default most $default:expr) => { $crate::table::Literal::Number($default) };
    (default switch $default:expr) => { $crate::table::Literal::Switch($default) };
    (default durations $default:expr) => { $crate::table::Literal::List(&$default) };
    (default networks $default:expr) => { $crate::table::Literal::List(&$default) };
    (default texts $default:expr) => { $crate::table::Literal::List(&$default) };
    (default choice<$words:ident> $default:expr) => { $crate::table::Literal::Text($default) };
    (default $kind:ident $default:expr) => { $crate::table::Literal::Text($default) };

    (read $view:ident $key:ident choice<$words:ident>) => { $view.word(stringify!($key)) };
    (read $view:ident $key:ident $kind:ident) => { $view.$kind(stringify!($key)) };
}

/// Declares a section. See the head of this module.
///
/// ```text
/// /// What the struct is.
/// CONSTANT: Struct = "section", "what the section is for";
/// field: kind = default, now | restart, "what the key does";
/// key name: kind = default, now | restart, "read by hand";
/// later name: kind = default, "known, and not built";
/// with (view) { /// What the field is. field: Type = expression; }
/// ```
macro_rules! section {
    // A field.
    (@keys $head:tt [$($rows:tt)*] [$($fields:tt)*] [$($reads:tt)*]
        $key:ident: $kind:ident $(<$words:ident>)? = $default:expr, $reload:ident, $doc:literal; $($rest:tt)*
    ) => {
        $crate::declare::section! { @keys $head
            [$($rows)* $crate::declare::row!($key $kind $(<$words>)?, $default, $doc).$reload(),]
            [$($fields)* #[doc = $doc] pub $key: $crate::declare::kind!(type $kind $(<$words>)?),]
            [$($reads)* ($key $kind $(<$words>)?)]
            $($rest)*
        }
    };
    // A row that is read by hand.
    (@keys $head:tt [$($rows:tt)*] $fields:tt $reads:tt
        key $key:ident: $kind:ident $(<$words:ident>)? = $default:expr, $reload:ident, $doc:literal; $($rest:tt)*
    ) => {
        $crate::declare::section! { @keys $head
            [$($rows)* $crate::declare::row!($key $kind $(<$words>)?, $default, $doc).$reload(),] $fields $reads $($rest)*
        }
    };
    // A row of what is not built.
    (@keys $head:tt [$($rows:tt)*] $fields:tt $reads:tt
        later $key:ident: $kind:ident = $default:expr, $doc:literal; $($rest:tt)*
    ) => {
        $crate::declare::section! { @keys $head
            [$($rows)* $crate::declare::row!($key $kind, $default, $doc).later(),] $fields $reads $($rest)*
        }
    };
    (@keys $head:tt $rows:tt $fields:tt $reads:tt) => {
        $crate::declare::section! { @keys $head $rows $fields $reads with (view) {} }
    };
    // All keys are known.
    (@keys $head:tt $rows:tt [$($fields:tt)*] [$($reads:tt)*]
        with ($view:ident) { $($(#[$said:meta])* $by_hand:ident: $type:ty = $value:expr;)* }
    ) => {
        $crate::declare::section! { @struct $head $rows [$($fields)* $($(#[$said])* pub $by_hand: $type,)*] }
        $crate::declare::section! { @read $head
            fn read($view: $crate::view::View<'_>) -> Self = { [$($reads)*] $($by_hand: $value,)* }
        }
    };
    (@keys $head:tt $rows:tt [$($fields:tt)*] [$($reads:tt)*]
        with ($view:ident, $more:ident: $of:ty)? { $($(#[$said:meta])* $by_hand:ident: $type:ty = $value:expr;)* }
    ) => {
        $crate::declare::section! { @struct $head $rows [$($fields)* $($(#[$said])* pub $by_hand: $type,)*] }
        $crate::declare::section! { @read $head
            fn read($view: $crate::view::View<'_>, $more: $of) -> Option<Self> = Some { [$($reads)*] $($by_hand: $value,)* }
        }
    };
    (@struct [$(#[$meta:meta])* $table:ident $name:ident $section:literal $about:literal]
        [$($rows:tt)*] [$($fields:tt)*]
    ) => {
        pub(crate) const $table: $crate::table::Section = $crate::table::Section {
            name: $section,
            form: $crate::table::Form::Table,
            doc: $about,
            keys: &[$($rows)*],
        };

        $(#[$meta])*
        pub struct $name {
            $($fields)*
        }
    };
    (@read [$(#[$meta:meta])* $table:ident $name:ident $($about:literal)*]
        fn read($view:ident: $viewed:ty $(, $more:ident: $of:ty)?) -> $into:ty = $($some:ident)? {
            [$(($key:ident $($kind:tt)*))*] $($by_hand:ident: $value:expr,)*
        }
    ) => {
        impl $name {
            pub(crate) fn read($view: $viewed $(, $more: $of)?) -> $into {
                $($some)?(Self {
                    $($key: $crate::declare::kind!(read $view $key $($kind)*),)*
                    $($by_hand: $value,)*
                })
            }
        }
    };
    ($(#[$meta:meta])* $table:ident: $name:ident = $section:literal, $about:literal; $($keys:tt)*) => {
        $crate::declare::section! { @keys [$(#[$meta])* $table $name $section $about] [] [] [] $($keys)* }
    };
}

/// The row of a key.
macro_rules! row {
    ($key:ident $kind:ident $(<$words:ident>)?, $default:expr, $doc:literal) => {
        $crate::table::key(
            stringify!($key),
            $crate::declare::kind!(row $kind $(<$words>)?),
            $crate::declare::kind!(default $kind $(<$words>)? $default),
            $doc,
        )
    };
}

/// Declares a section whose keys are all read by hand: as a table, or as blocks, whose keys may have no default.
///
/// ```text
/// CONSTANT: Table | Blocks = "section", "what the section is for";
/// name: kind = default, now | restart | later, "what the key does";
/// name: kind ["an example"], now | restart | later, "a key without a default";
/// ```
macro_rules! rows {
    ($table:ident: $form:ident = $section:literal, $about:literal; $(
        $key:ident: $kind:ident $(<$words:ident>)? $([$example:expr])? $(= $default:expr)?, $reload:ident, $doc:literal;
    )*) => {
        pub(crate) const $table: $crate::table::Section = $crate::table::Section {
            name: $section,
            form: $crate::table::Form::$form,
            doc: $about,
            keys: &[$(
                $crate::declare::row_by_hand!(
                    $key [$kind $(<$words>)?] [$($example)?] [$($default)?] $reload $doc
                ),
            )*],
        };
    };
}

/// A row of `rows!`, with an example or without one.
macro_rules! row_by_hand {
    ($key:ident $kind:tt [] $default:tt $reload:ident $doc:literal) => {
        $crate::table::key(
            stringify!($key),
            $crate::declare::literal!(kind $kind),
            $crate::declare::literal!($kind $default),
            $doc,
        ).$reload()
    };
    ($key:ident $kind:tt [$example:expr] $default:tt $reload:ident $doc:literal) => {
        $crate::table::key(
            stringify!($key),
            $crate::declare::literal!(kind $kind),
            $crate::declare::literal!($kind $default),
            $doc,
        ).example($crate::declare::literal!($kind [$example])).$reload()
    };
}

/// The kind of a key, and a value of it in brackets, which may be none.
macro_rules! literal {
    (kind [$($kind:tt)+]) => { $crate::declare::kind!(row $($kind)+) };
    ($kind:tt []) => { $crate::table::Literal::Unset };
    ([$($kind:tt)+] [$value:expr]) => { $crate::declare::kind!(default $($kind)+ $value) };
}

pub(super) use {kind, literal, row, row_by_hand, rows, section, words};
