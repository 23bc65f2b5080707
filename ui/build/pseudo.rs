//! The pseudo-language: English at least 40 % longer and with accents, between brackets that show where a text is cut. It is made
//! from a catalogue's source texts, so it is complete whenever that one is.

/// The catalogue of the pseudo-language for the source texts of another one.
pub fn catalogue(of: &str) -> String {
    let mut text = String::from(
        "msgid \"\"\nmsgstr \"\"\n\"Language: qps\\n\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n\n",
    );
    for line in of.lines() {
        if line.starts_with("msgctxt ") {
            text.push_str(line);
            text.push('\n');
        }
        let quoted = line.strip_prefix("msgid \"");
        if let Some(source) = quoted
            .and_then(|rest| rest.strip_suffix('"'))
            .filter(|s| !s.is_empty())
        {
            text.push_str(&format!("{line}\nmsgstr \"{}\"\n\n", longer(source)));
        }
    }
    text
}

/// The text with accents, in brackets, and so many words more that it is 40 % longer. What is between braces, and escapes, stay.
pub fn longer(source: &str) -> String {
    let mut text = String::from("[");
    let mut inside = false;
    for sign in source.chars() {
        inside = sign == '{' || (inside && sign != '}');
        text.push(if inside { sign } else { accented(sign) });
    }
    let wanted = (source.chars().count() * 7).div_ceil(5) + 1;
    for filler in ["ëïn", "zwêi", "drëi", "víer"].iter().cycle() {
        let missing = wanted.saturating_sub(text.chars().count());
        if missing == 0 {
            break;
        }
        text.push(if missing > 2 { ' ' } else { '·' });
        text.extend(filler.chars().take(missing.saturating_sub(1)));
    }
    text.push(']');
    text
}

fn accented(sign: char) -> char {
    match sign {
        'a' => 'á',
        'e' => 'é',
        'i' => 'í',
        'o' => 'ö',
        'u' => 'ü',
        'y' => 'ý',
        'A' => 'Å',
        'E' => 'É',
        'O' => 'Ø',
        'U' => 'Ü',
        other => other,
    }
}
