//! The configuration of a desk, which makes cards: the same tables as a kiosk's, but for those of money and meters.

use std::path::Path;

use toml::de::DeTable;

use super::reader::Notes;
use super::{
    CardsConfig, ConfigErrors, PrinterConfig, Problem, ServerConfig, TerminalConfig, parse_with,
    read_file,
};
use super::{cards, sections, server, top};

/// The whole configuration of a desk. What is inside was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskConfig {
    /// `[terminal]`
    pub terminal: TerminalConfig,
    /// `[printer]`
    pub printer: PrinterConfig,
    /// `[server]`, whose jobs it takes.
    pub server: ServerConfig,
    /// `[cards]`
    pub cards: CardsConfig,
}

impl DeskConfig {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn load(path: &Path) -> Result<DeskConfig, ConfigErrors> {
        let text = read_file(path, "a TOML file; docs/examples/desk.toml is one")?;
        DeskConfig::parse(&text).map_err(|problems| ConfigErrors::new(path.to_owned(), problems))
    }

    /// Checks a text.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(text: &str) -> Result<DeskConfig, Vec<Problem>> {
        parse_with(text, read)
    }
}

fn read<'a>(notes: &'a Notes<'a>, root: &'a DeTable<'a>) -> Option<DeskConfig> {
    let top = top::Top::new(notes, root);
    let terminal = sections::terminal(top.section("terminal"));
    let printer = sections::printer(top.section("printer"));
    let server = server::read(top.section("server"));
    let cards = cards::read(top.section("cards"));
    top.finish();
    let missing = |name: &str, what: &str| {
        notes.add(None, name, "missing", what);
    };
    if matches!(server, Some(None)) {
        missing(
            "[server]",
            "the table of the server whose jobs the desk takes",
        );
    }
    if matches!(cards, Some(None)) {
        missing("[cards]", "the table of the card reader");
    }
    Some(DeskConfig {
        terminal: terminal?,
        printer: printer?,
        server: server??,
        cards: cards??,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../../docs/examples/desk.toml");

    #[test]
    fn the_example_of_a_desk_is_whole() {
        let config = DeskConfig::parse(EXAMPLE).unwrap();
        assert_eq!(config.terminal.id, "D1");
        assert_eq!(config.server.url, "https://server.example:8443");
    }

    #[test]
    fn a_desk_without_a_server_or_a_card_reader_is_told_what_is_missing() {
        let bare: String = EXAMPLE
            .lines()
            .take_while(|line| !line.starts_with("[server]"))
            .map(|line| format!("{line}\n"))
            .collect();
        let problems = DeskConfig::parse(&bare).unwrap_err();
        let places: Vec<&str> = problems.iter().map(|p| p.place.as_str()).collect();
        assert_eq!(places, ["[server]", "[cards]"]);
    }

    #[test]
    fn a_desk_takes_no_money_and_knows_no_meters() {
        let kiosk = format!("{EXAMPLE}\n[validator]\ndevice = \"/dev/ttyS0\"\n");
        let problems = DeskConfig::parse(&kiosk).unwrap_err();
        assert_eq!(problems[0].what, "unknown table or key");
    }
}
