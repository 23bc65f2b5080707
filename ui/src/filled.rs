//! Puts values into a text of the catalogue.

/// The text with its values at their places, `{0}` to `{9}`. One pass: what looks like a place within a value stays as it is.
pub(crate) fn filled<S: AsRef<str>>(text: &str, values: &[S]) -> String {
    let mut whole = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        whole.push_str(&rest[..at]);
        rest = &rest[at..];
        let number = rest.get(1..2).and_then(|digit| digit.parse::<usize>().ok());
        match number.filter(|_| rest.get(2..3) == Some("}")) {
            Some(place) => {
                whole.push_str(values.get(place).map_or("", AsRef::as_ref));
                rest = &rest[3..];
            }
            None => {
                whole.push('{');
                rest = &rest[1..];
            }
        }
    }
    whole + rest
}

#[cfg(test)]
mod tests {
    use super::filled;

    #[test]
    fn values_go_to_their_places_and_are_not_looked_into() {
        let values = ["a {1}".to_owned(), "b".to_owned()];
        assert_eq!(filled("{1} of {0}", &values), "b of a {1}");
        assert_eq!(filled("{0}{0}", &values), "a {1}a {1}");
        assert_eq!(filled("no place", &values), "no place");
        assert_eq!(filled("{2} is not given", &values), " is not given");
        assert_eq!(filled("{ {x} {", &values), "{ {x} {");
        assert_eq!(filled("第 {0} 页", &["3"]), "第 3 页");
    }
}
