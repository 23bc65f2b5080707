//! Pictures of the pages, for people to look at: one a page and language, at a desk and on a narrow screen.

use std::fmt::Write as _;
use std::path::PathBuf;

use base64ct::{Base64, Encoding};

use super::checks::NARROW;
use super::chromium::{Chromium, DESK};

/// The folder they go into, where some are wanted: `OFFICE_SCREENS`.
pub struct Gallery {
    folder: PathBuf,
    language: &'static str,
    names: Vec<&'static str>,
}

impl Gallery {
    pub fn wanted(language: &'static str) -> Option<Gallery> {
        let folder = PathBuf::from(std::env::var_os("OFFICE_SCREENS")?);
        std::fs::create_dir_all(&folder).expect("a folder");
        Some(Gallery {
            folder,
            language,
            names: Vec::new(),
        })
    }

    /// The page that the browser is at.
    pub fn takes(&mut self, browser: &Chromium, name: &'static str) {
        for (size, width) in [(DESK, ""), (NARROW, "-narrow")] {
            browser.sized(size);
            let picture = Base64::decode_vec(&browser.picture()).expect("Base64");
            let file = format!("{}{width}-{}.png", plain(name), self.language);
            std::fs::write(self.folder.join(file), picture).expect("a picture");
        }
        browser.sized(DESK);
        self.names.push(name);
    }

    /// A page with all of them, in both languages.
    pub fn index(&self) {
        let mut text = String::from(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>The back office, page by page</title>\n\
             <style>body{font:15px system-ui,sans-serif;margin:24px;background:#f4f6f8}ul{list-style:none;padding:0;display:grid;\
             grid-template-columns:repeat(auto-fill,minmax(420px,1fr));gap:24px}li div{display:flex;gap:8px}\
             a{flex:1;height:260px;overflow:hidden;border:1px solid #c5ced6}a+a+a{flex:0 0 70px}img{width:100%}</style>\n\
             <h1>The back office, page by page</h1>\n<ul>\n",
        );
        for name in &self.names {
            let file = plain(name);
            let _ = write!(text, "<li>{name}<div>");
            for of in ["-en", "-zh", "-narrow-en"] {
                let _ = write!(
                    text,
                    "<a href=\"{file}{of}.png\"><img loading=\"lazy\" src=\"{file}{of}.png\" alt=\"{name}, {of}\"></a>"
                );
            }
            text.push_str("</div></li>\n");
        }
        text.push_str("</ul>\n");
        std::fs::write(self.folder.join("index.html"), text).expect("an index");
    }
}

fn plain(name: &str) -> String {
    let kept = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter
        } else {
            '-'
        }
    };
    name.chars()
        .map(kept)
        .collect::<String>()
        .replace("--", "-")
}
