//! Names as they leave the server: enough for their owner to know them again, not enough for others.

/// The first character of each word, and at most three stars for the rest: `王**`, `A*** L***`.
pub(super) fn masked(name: &str) -> String {
    let words: Vec<String> = name.split_whitespace().map(masked_word).collect();
    words.join(" ")
}

fn masked_word(word: &str) -> String {
    let mut rest = word.chars();
    let first = rest.next().map(String::from).unwrap_or_default();
    first + &"*".repeat(rest.count().min(3))
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn a_name_shows_its_first_letters_only() {
        for (name, shown) in [
            ("王小明", "王**"),
            ("欧阳", "欧*"),
            ("Ada  Lovelace", "A** L***"),
            ("李", "李"),
            ("", ""),
        ] {
            assert_eq!(masked(name), shown);
        }
    }
}
