//! Grouping of meter numbers for reading.

/// Splits the number into groups of four from the left, as people compare it with the plate: `1234 5678 9012`.
pub(crate) fn group_by_four(number: &str) -> String {
    let mut grouped = String::with_capacity(number.len() + number.len() / 4);
    for (place, sign) in number
        .chars()
        .filter(|sign| !sign.is_whitespace())
        .enumerate()
    {
        if place > 0 && place % 4 == 0 {
            grouped.push(' ');
        }
        grouped.push(sign);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::group_by_four;

    #[test]
    fn groups_start_at_the_left_and_the_last_may_be_short() {
        assert_eq!(group_by_four(""), "");
        assert_eq!(group_by_four("1234"), "1234");
        assert_eq!(group_by_four("12345"), "1234 5");
        assert_eq!(group_by_four("123456789012"), "1234 5678 9012");
        assert_eq!(group_by_four("12345678901234"), "1234 5678 9012 34");
    }

    #[test]
    fn a_grouped_number_stays_as_it_is() {
        assert_eq!(group_by_four("1234 5678 9012"), "1234 5678 9012");
    }
}
