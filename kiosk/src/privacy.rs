//! What strangers may read over a resident's shoulder (invariant 12).

/// How many signs are covered.
const COVERED: usize = 2;

/// A place with its last digits replaced: enough to know one's own door, too little to find another's.
pub fn masked(place: &str) -> String {
    let mut left = COVERED;
    let mut reversed: Vec<char> = Vec::with_capacity(place.len());
    for c in place.chars().rev() {
        if left > 0 && c.is_ascii_alphanumeric() {
            left -= 1;
            reversed.push('*');
        } else {
            reversed.push(c);
        }
    }
    reversed.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn invariant_12_the_room_is_covered() {
        assert_eq!(masked("3栋1单元1201"), "3栋1单元12**");
        assert_eq!(masked("Building 3, room A7"), "Building 3, room **");
        assert_eq!(masked("院内"), "院内");
    }
}
