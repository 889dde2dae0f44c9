//! What `ask` asks a person: one question for each parameter, until the answer is a value.

use std::ops::RangeInclusive;

use rpc::Value;

/// One parameter that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The parameter's name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Which whole numbers will do.
    pub range: Option<RangeInclusive<i64>>,
}

/// The types of `NAME:TYPE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `int`.
    Int,
    /// `double`.
    Double,
    /// `bool`: true or false.
    Bool,
    /// `string`.
    Text,
    /// `json`: whatever is written.
    Json,
}

/// Why a text is no answer, in words for the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoAnswer(String);

impl std::str::FromStr for Question {
    type Err = NoAnswer;

    /// Reads `NAME:TYPE`; without a type, whatever is written.
    fn from_str(text: &str) -> Result<Self, NoAnswer> {
        let (name, kind) = text.split_once(':').unwrap_or((text, "json"));
        let kind = match kind {
            "int" | "i4" | "i8" | "integer" | "long" => Kind::Int,
            "double" | "float" | "decimal" => Kind::Double,
            "bool" | "boolean" => Kind::Bool,
            "string" | "str" | "text" => Kind::Text,
            "json" => Kind::Json,
            other => {
                return Err(NoAnswer(format!("`{other}` is no type; there are int, double, bool, string and json")));
            }
        };
        if name.is_empty() {
            return Err(NoAnswer("a parameter needs a name".to_owned()));
        }
        Ok(Self { name: name.to_owned(), kind, range: None })
    }
}

impl Question {
    /// The questions of a method that ships.
    #[must_use]
    pub fn of(method: &str) -> Option<Vec<Self>> {
        let number = |name: &str, range| Self { name: name.to_owned(), kind: Kind::Int, range: Some(range) };
        (method == "getMonth").then(|| vec![number("year", 1..=9999), number("month", 1..=12)])
    }

    /// `Month of request: `.
    #[must_use]
    pub fn label(&self) -> String {
        let mut letters = self.name.chars();
        let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
        format!("{first}{} of request: ", letters.as_str())
    }

    /// `Year of request(Return to exit): `: the first question, at which the asking can end.
    #[must_use]
    pub fn first_label(&self) -> String {
        self.label().replace(" of request: ", " of request(Return to exit): ")
    }

    /// The value of an answer.
    ///
    /// # Errors
    /// Why it is none.
    pub fn read(&self, text: &str) -> Result<Value, NoAnswer> {
        let text = text.trim();
        let no = |what: &str| NoAnswer(format!("{} must be {what}, not `{text}`", self.name));
        match self.kind {
            Kind::Int => {
                let number = text.parse().map_err(|_| no("a whole number"))?;
                match &self.range {
                    Some(range) if !range.contains(&number) => {
                        Err(no(&format!("from {} to {}", range.start(), range.end())))
                    }
                    _ => Ok(Value::Int(number)),
                }
            }
            Kind::Double => text.parse().map(Value::Double).map_err(|_| no("a number")),
            Kind::Bool => text.parse().map(Value::Bool).map_err(|_| no("true or false")),
            Kind::Text => Ok(Value::from(text)),
            Kind::Json => Ok(super::args::value(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use rpc::Value;

    use super::{Kind, Question};

    #[test]
    fn the_calendar_is_asked_for_in_the_ancestors_words() {
        let questions = Question::of("getMonth").unwrap();
        assert_eq!(questions[0].first_label(), "Year of request(Return to exit): ");
        assert_eq!(questions[1].label(), "Month of request: ");
    }

    #[test]
    fn a_month_of_13_is_no_answer() {
        let month = &Question::of("getMonth").unwrap()[1];
        assert_eq!(month.read("12\n"), Ok(Value::Int(12)));
        assert_eq!(month.read("13").unwrap_err().to_string(), "month must be from 1 to 12, not `13`");
        assert_eq!(month.read("May").unwrap_err().to_string(), "month must be a whole number, not `May`");
    }

    #[test]
    fn a_parameter_is_named_with_its_type() {
        assert_eq!("year:int".parse::<Question>().unwrap().kind, Kind::Int);
        assert_eq!("anything".parse::<Question>().unwrap().kind, Kind::Json);
        assert!("year:date".parse::<Question>().is_err());
    }
}
