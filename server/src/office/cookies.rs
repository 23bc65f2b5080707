//! What a browser keeps: the session, which no script sees and no other site sends (RFC 6265bis), and the language.

use axum::http::{HeaderMap, HeaderValue, header};

use super::words::Language;

const SESSION: &str = "__Host-office";
const LANGUAGE: &str = "language";

fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(header::COOKIE).iter();
    let pairs = all.filter_map(|value| value.to_str().ok());
    pairs
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

/// The session's token, if the browser has one.
pub(super) fn session(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, SESSION)
}

/// The language chosen, else the first that the browser asks for and there is.
pub(super) fn language(headers: &HeaderMap) -> Language {
    let chosen = cookie(headers, LANGUAGE).and_then(Language::parse);
    let asked = || {
        let asked = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
        asked.split([',', ';']).find_map(Language::parse)
    };
    chosen.or_else(asked).unwrap_or_default()
}

fn set(text: String) -> HeaderValue {
    // Tokens and language codes are plain letters.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// The browser is to keep this session.
pub(super) fn keep_session(token: &str) -> HeaderValue {
    set(format!(
        "{SESSION}={token}; Path=/; Secure; HttpOnly; SameSite=Strict"
    ))
}

/// The browser is to forget its session.
pub(super) fn forget_session() -> HeaderValue {
    set(format!(
        "{SESSION}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"
    ))
}

/// The browser is to keep this language.
pub(super) fn keep_language(language: Language) -> HeaderValue {
    let code = language.code();
    set(format!(
        "{LANGUAGE}={code}; Path=/; Secure; SameSite=Lax; Max-Age=31536000"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn the_language_chosen_comes_before_the_one_asked_for() {
        let asked = with(header::ACCEPT_LANGUAGE, "de, zh-CN;q=0.8, en;q=0.5");
        assert_eq!(language(&asked), Language::Chinese);
        let mut chosen = with(header::COOKIE, "a=b; language=en");
        chosen.extend(asked);
        assert_eq!(language(&chosen), Language::English);
        assert_eq!(language(&HeaderMap::new()), Language::English);
    }

    #[test]
    fn another_cookies_name_is_not_taken_for_the_sessions() {
        let headers = with(
            header::COOKIE,
            "x__Host-office=a; __Host-office=b; c=__Host-office",
        );
        assert_eq!(session(&headers), Some("b"));
        assert_eq!(session(&with(header::COOKIE, "other=1")), None);
    }
}
