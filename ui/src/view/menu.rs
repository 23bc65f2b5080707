//! The service menu: what staff see behind the hidden corner. One kind of page, a list of rows, carries nearly all of it; the few that
//! need a page of their own have one.

mod word;

pub use word::Word;

/// The service menu on the glass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuView {
    /// Who is in; `None` while somebody is asked who it is.
    pub person: Option<MenuPerson>,
    /// Seconds until the menu closes by itself; shown when few.
    pub closing_in: Option<u32>,
    /// What is shown.
    pub page: MenuPage,
    /// A question over it: the act that it asks about is the first of its answers.
    pub asks: Option<MenuQuestion>,
}

/// A member of staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuPerson {
    /// As the card or the PIN names them.
    pub name: String,
    /// What they may do: [`Word::Maintenance`], [`Word::Clerk`], [`Word::Manager`].
    pub role: Word,
}

/// A page of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MenuPage {
    /// Who is it?
    Entry(MenuEntry),
    /// Rows with a state, each of which may be a button, and buttons below.
    List(MenuList),
    /// A number is typed: what was counted, a one-time code.
    Number(MenuNumber),
    /// Every field must be touched once.
    TouchTest {
        /// Fields side by side.
        columns: usize,
        /// Which of them were touched, row by row.
        touched: Vec<bool>,
    },
    /// The whole glass in one colour; a touch shows the next: white, black, red, green, blue, a fine grid.
    ColourTest {
        /// Which of them, from 0.
        step: usize,
    },
}

/// The way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuEntry {
    /// What is asked for.
    pub asks: EntryAsk,
    /// How many digits have been typed; none of them is shown.
    pub typed: usize,
    /// Why the last try failed.
    pub problem: Option<Word>,
}

/// What is asked for at the way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryAsk {
    /// A staff card, or the PIN of somebody without one.
    CardOrPin,
    /// The PIN of the card that lies in the reader.
    CardPin,
    /// The one-time code that the back office tells.
    Code,
    /// Open the door; so many seconds are left.
    Door(u32),
    /// It is being checked, or too many tries were wrong: so many seconds to wait.
    Wait(u32),
}

/// Rows and buttons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuList {
    /// Its title.
    pub title: Word,
    /// What to know or do first.
    pub notice: Option<(MenuTone, Phrase)>,
    /// All rows; the glass pages through them.
    pub rows: Vec<MenuRow>,
    /// At most four buttons below; "back" is the glass's own.
    pub acts: Vec<MenuAct>,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuRow {
    /// What it is about.
    pub name: Phrase,
    /// How it is.
    pub value: Phrase,
    /// The same as a sign and a colour.
    pub tone: MenuTone,
    /// What touching the row does: opens a page, mostly. `name` of the act is then the row's.
    pub act: Option<MenuAct>,
}

/// A button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuAct {
    /// What comes back as [`MenuIntent::Do`], and the control's accessible id after `menu-`: `devices`, `test-printer`, `sale-42`.
    pub name: String,
    /// The words on it.
    pub word: Word,
    /// It changes something that matters: drawn as such.
    pub grave: bool,
    /// Why it cannot be used now; shown in its place.
    pub refused: Option<Word>,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MenuTone {
    /// Only a fact.
    Neutral,
    /// As it should be.
    Good,
    /// Look at it soon.
    Warn,
    /// Not as it should be.
    Bad,
    /// Being found out.
    Busy,
}

/// A typed number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuNumber {
    /// Its title.
    pub title: Word,
    /// What to type.
    pub asks: Phrase,
    /// As typed, finished: `¥ 1,250.00`, `123 456`.
    pub entry: String,
    /// Why it was not taken.
    pub problem: Option<Word>,
}

/// Is it meant?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuQuestion {
    /// What would happen.
    pub words: Phrase,
    /// The answers; "no" is the glass's own and comes as [`MenuIntent::Back`].
    pub act: MenuAct,
}

/// Words of the catalogue with values in them, or a finished text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phrase {
    /// Of the catalogue; `{0}` and `{1}` in it are the values.
    Said(Word, Vec<String>),
    /// Finished: a number, a reference, a device's own words.
    Given(String),
}

impl From<Word> for Phrase {
    fn from(word: Word) -> Phrase {
        Phrase::Said(word, Vec::new())
    }
}

/// What staff do in the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MenuIntent {
    /// The hidden corner was touched as agreed.
    Open,
    /// A button or a row, by its name.
    Do(String),
    /// One page up; out of the menu from its first page; "no" to a question.
    Back,
    /// A digit, on [`MenuPage::Entry`] and [`MenuPage::Number`].
    Digit(u8),
    /// The last digit away.
    Delete,
    /// All away.
    Clear,
    /// Go on with what was typed.
    Next,
    /// A field of the touch test.
    Touched(usize),
    /// Out of the menu, from anywhere.
    Leave,
    /// Somebody pages or looks: the time-out begins anew.
    Stay,
}
