//! What holds on every page: axe-core finds nothing, the keyboard reaches everything, narrow screens show everything, the console is silent.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::chromium::{Chromium, DESK, required};

/// As narrow as WCAG 1.4.10 asks for.
pub const NARROW: (u32, u32) = (320, 640);
const CHECKS: &str = include_str!("checks.js");
const TAB: char = '\u{e004}';
/// Presses of a key in one command.
const AT_ONCE: usize = 40;
/// All of axe-core's rules of these, and the one for the size of targets, which it leaves out by itself.
const AXE: &str = "const done = arguments[arguments.length - 1]; \
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice']; \
    axe.run(document, {runOnly: {type: 'tag', values: tags}, rules: {'target-size': {enabled: true}}, resultTypes: ['violations']}) \
        .then(result => done(result.violations.flatMap(rule => rule.nodes.map(node => \
            `${rule.id} (${rule.impact}): ${rule.help}: ${node.target.join(' ')}: ${node.html.slice(0, 160)}`)))) \
        .catch(error => done([`axe itself failed: ${error}`]));";

/// The rules, as axe-core's own file.
pub struct Axe(String);

impl Axe {
    /// `None` where it cannot be fetched, and one line says so. With `OFFICE_BROWSER=required` that is a failure.
    pub fn fetched() -> Option<Axe> {
        let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo tells");
        let output = Command::new(Path::new(&here).join("../scripts/axe.sh")).output();
        let output = output.expect("bash");
        if output.status.success() {
            let path = String::from_utf8(output.stdout).expect("a path");
            let text = std::fs::read_to_string(path.trim());
            return Some(Axe(text.expect("axe-core")));
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!required(), "{said}");
        eprintln!("without axe-core: {}", said.trim());
        None
    }

    fn findings(&self, browser: &Chromium) -> Vec<String> {
        browser.run(&self.0, &[]);
        words(&browser.run_to_its_end(AXE, &[]))
    }
}

fn words(said: &Value) -> Vec<String> {
    let all = said.as_array().expect("findings").iter();
    all.map(|one| one.as_str().expect("words").to_owned())
        .collect()
}

fn check(browser: &Chromium, name: &str) -> Vec<String> {
    words(&browser.run(&format!("return meterpost.{name}()"), &[]))
}

/// The way of the Tab key through the page, from its beginning to its end.
fn keyboard(browser: &Chromium) -> Vec<String> {
    let presses = browser.run("return meterpost.walk()", &[]);
    let presses = presses.as_f64().expect("a number") as usize;
    let keys: Vec<char> = std::iter::repeat_n(TAB, presses).collect();
    for some in keys.chunks(AT_ONCE) {
        browser.press(&some.iter().collect::<String>());
    }
    check(browser, "way")
}

/// What is wrong with the page that the browser is at. `refused`: the page tells of an error, and the console says so too.
pub fn findings(browser: &Chromium, axe: Option<&Axe>, refused: bool) -> Vec<String> {
    let mut wrong = browser.console();
    if refused {
        wrong.retain(|line| !line.contains("the server responded with a status of 4"));
    }
    browser.run(CHECKS, &[]);
    wrong.extend(check(browser, "frame"));
    wrong.extend(check(browser, "targets"));
    if let Some(axe) = axe {
        wrong.extend(axe.findings(browser));
    }
    browser.sized(NARROW);
    wrong.extend(check(browser, "reflow"));
    browser.sized(DESK);
    wrong.extend(keyboard(browser));
    wrong.extend(browser.console());
    wrong
}

/// A report of what was found, page by page.
pub fn told(found: &[(String, Vec<String>)]) -> String {
    let page =
        |(name, wrong): &(String, Vec<String>)| format!("{name}\n    {}", wrong.join("\n    "));
    found.iter().map(page).collect::<Vec<_>>().join("\n")
}
