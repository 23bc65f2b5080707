//! Notices what is new on the glass and has it said; keeps the focus on a control while somebody uses the keys.

use std::cell::{Cell, RefCell};

use i_slint_core::accessibility::AccessibilityAction;
use i_slint_core::item_tree::ItemRc;
use i_slint_core::items::FocusReason;
use i_slint_core::window::WindowInner;
use slint::{ComponentHandle, Global};

use super::page::{Key, Page};
use super::say::{News, changes, whole};
use super::words::Words;
use super::{Found, Phrase, Speaker, Utterance, read, scope};
use crate::generated::{
    AppWindow, CashAdapter, DoneAdapter, FrameAdapter, HelpAdapter, LossAdapter, OwedAdapter,
    PayingAdapter, PayingStep, ScreenName, UnpaidAdapter,
};
use crate::keys::Press;
use crate::show::frame::{begins_sessions, forgets};

/// Time that runs out is signalled when it begins to be shown, at most so many seconds before its end.
const SIGNALLED: [u32; 2] = [30, 10];

/// What the answer to "still there?" is called.
const STAY: &str = "stay";

/// Where the keys are.
#[derive(Clone, Debug)]
struct Place {
    key: Key,
    control: String,
    /// The control that had the focus before the question came over it.
    beneath: Option<String>,
}

/// The ear of the terminal: see the module.
#[derive(Default)]
pub(crate) struct Listener {
    speaker: RefCell<Option<Box<dyn Speaker>>>,
    /// What was said of the glass last; `None` while the voice is off.
    heard: RefCell<Option<Page>>,
    /// Where the keys are; `None` while nobody uses them.
    place: RefCell<Option<Place>>,
    left: Cell<Option<u32>>,
}

impl Listener {
    pub(crate) fn lend(&self, speaker: Box<dyn Speaker>) {
        self.speaker.replace(Some(speaker));
    }

    /// To be called whenever the glass may be another; costs nothing where nobody listens or uses the keys.
    pub(crate) fn look(&self, app: &AppWindow) {
        let signal = self.signals(app);
        let voice = HelpAdapter::get(app).get_voice();
        let keyed = self.place.borrow().is_some();
        if !voice && self.heard.take().is_some() {
            self.part(app);
        }
        if !voice && !keyed {
            keep_keys(app);
            if signal {
                self.sound(app, true, News::default());
            }
            return;
        }
        let mut found = read(app);
        self.follow(app, &mut found);
        let news = if voice {
            self.news(app, found.page)
        } else {
            News::default()
        };
        if signal || !news.phrases.is_empty() {
            self.sound(app, signal, news);
        }
    }

    /// One of the four keys. `false` where it had nothing to do but to say that somebody is there.
    pub(crate) fn press(&self, app: &AppWindow, press: Press) -> bool {
        if FrameAdapter::get(app).get_asks_still_there() {
            return false;
        }
        let mut found = read(app);
        self.follow(app, &mut found);
        let usable: Vec<usize> = (0..found.page.controls.len())
            .filter(|at| found.page.controls[*at].enabled)
            .collect();
        let focus = found.page.focus.as_ref();
        let at = usable
            .iter()
            .position(|at| Some(&found.page.controls[*at].id) == focus);
        let count = usable.len();
        let target = match (press, at) {
            _ if count == 0 => None,
            (Press::Choose, Some(at)) => {
                found.items[usable[at]].accessible_action(&AccessibilityAction::Default);
                self.look(app);
                return true;
            }
            (_, None) => Some(0),
            (Press::Previous, Some(at)) => Some((at + count - 1) % count),
            (_, Some(at)) => Some((at + 1) % count),
        };
        if let Some(target) = target {
            self.focus(app, &mut found, usable[target], None);
        }
        self.look(app);
        false
    }

    /// The id of the control that has the focus.
    pub(crate) fn focused(app: &AppWindow) -> Option<String> {
        read(app).page.focus
    }

    /// Whether time runs out and it is to be heard now.
    fn signals(&self, app: &AppWindow) -> bool {
        let left = time_left(app);
        let before = self.left.replace(left);
        let below = |at: u32, left: Option<u32>| left.is_some_and(|left| left <= at);
        SIGNALLED
            .iter()
            .any(|at| below(*at, left) && !below(*at, before))
    }

    /// What is new, where somebody listens.
    fn news(&self, app: &AppWindow, page: Page) -> News {
        let words = Words::of(app, page.key.language);
        let before = self.heard.replace(Some(page.clone()));
        match before {
            // Somebody has just switched it on.
            None => {
                let language = page.key.language;
                let hello = format!("{}. {}", words.voice_on, words.keys);
                let words_of_it = Phrase {
                    language,
                    words: hello,
                };
                let mut phrases = vec![words_of_it];
                phrases.extend(whole(&page, &words));
                at_once(phrases)
            }
            Some(before) if before.key != page.key => at_once(whole(&page, &words)),
            Some(before) => changes(&before, &page, &words),
        }
    }

    /// The voice goes off.
    fn part(&self, app: &AppWindow) {
        let ended = forgets(FrameAdapter::get(app).get_screen());
        if let Some(speaker) = self.speaker.borrow().as_ref().filter(|_| ended) {
            speaker.hush();
        } else {
            let page = read(app).page;
            let words = Words::of(app, page.key.language);
            let off = Phrase {
                language: page.key.language,
                words: format!("{}.", words.voice_off),
            };
            self.sound(app, false, at_once(vec![off]));
        }
    }

    fn sound(&self, app: &AppWindow, signal: bool, news: News) {
        let help = HelpAdapter::get(app);
        let step = |value: i32| u8::try_from(value.clamp(0, 3)).unwrap_or_default();
        if let Some(speaker) = self.speaker.borrow().as_ref() {
            speaker.say(Utterance {
                signal,
                patient: news.patient && !signal,
                phrases: news.phrases,
                volume: step(help.get_volume()),
                speed: step(help.get_speed()),
            });
        }
    }

    /// Brings the focus to where somebody with the keys expects it.
    fn follow(&self, app: &AppWindow, found: &mut Found) {
        let Some(place) = self.place.borrow().clone() else {
            return;
        };
        let key = found.page.key.clone();
        let same_page = place.key.screen == key.screen && place.key.sheet == key.sheet;
        // Whoever comes next finds the screen without a focus.
        if place.key.screen != key.screen && begins_sessions(key.screen) {
            self.place.replace(None);
            keep_keys(app);
            found.page.focus = None;
            return;
        }
        if same_page && place.key.overlaid == key.overlaid && found.page.focus.is_some() {
            return self.remember(found, place.beneath);
        }
        let wanted = match (key.overlaid, same_page) {
            (true, _) => Some(STAY.to_owned()),
            (false, true) if place.key.overlaid => place.beneath.clone(),
            (false, true) => Some(place.control.clone()),
            (false, false) => None,
        };
        let usable = |id: &String| {
            let mut controls = found.page.controls.iter();
            controls.position(|control| control.enabled && control.id == *id)
        };
        let first = found.page.controls.iter().position(|each| each.enabled);
        let target = wanted.as_ref().and_then(usable).or(first);
        let beneath = if key.overlaid && !place.key.overlaid {
            Some(place.control)
        } else {
            place.beneath
        };
        match target {
            Some(target) => self.focus(app, found, target, beneath),
            // Nothing can be chosen here, such as while the meter is read.
            None => {
                keep_keys(app);
                found.page.focus = None;
                self.place.replace(Some(Place {
                    key,
                    control: String::new(),
                    beneath,
                }));
            }
        }
    }

    fn focus(&self, app: &AppWindow, found: &mut Found, target: usize, beneath: Option<String>) {
        if let Some(scope) = scope(&found.items[target]) {
            take_focus(app, &scope, FocusReason::TabNavigation);
            found.page.focus = Some(found.page.controls[target].id.clone());
            self.remember(found, beneath);
        }
    }

    fn remember(&self, found: &Found, beneath: Option<String>) {
        if let Some(control) = found.page.focus.clone() {
            self.place.replace(Some(Place {
                key: found.page.key.clone(),
                control,
                beneath,
            }));
        }
    }
}

fn at_once(phrases: Vec<Phrase>) -> News {
    News {
        phrases,
        patient: false,
    }
}

fn take_focus(app: &AppWindow, item: &ItemRc, reason: FocusReason) {
    WindowInner::from_pub(app.window()).set_focus_item(item, true, reason);
}

/// Keys go to nobody while no element has the focus: then the window's own scope has it.
fn keep_keys(app: &AppWindow) {
    let window = WindowInner::from_pub(app.window());
    let root = ItemRc::new_root(window.component());
    let Some(keys) = scope(&root) else {
        return;
    };
    let focused = window.focus_item.borrow().upgrade();
    if focused.as_ref() != Some(&keys) {
        take_focus(app, &keys, FocusReason::Programmatic);
    }
}

/// The seconds of the countdown that is shown, if one is.
fn time_left(app: &AppWindow) -> Option<u32> {
    let frame = FrameAdapter::get(app);
    let counting = |counts: bool, left: i32| counts.then(|| u32::try_from(left).unwrap_or(0));
    if frame.get_asks_still_there() {
        return counting(true, frame.get_still_there_seconds());
    }
    match frame.get_screen() {
        ScreenName::Cash => {
            let cash = CashAdapter::get(app);
            counting(cash.get_counts_down(), cash.get_finishing_in())
        }
        ScreenName::Paying => {
            let paying = PayingAdapter::get(app);
            counting(paying.get_step() == PayingStep::Scan, paying.get_left())
        }
        ScreenName::Done | ScreenName::Collected => {
            let done = DoneAdapter::get(app);
            counting(done.get_counts_down(), done.get_closing_in())
        }
        ScreenName::Owed => {
            let owed = OwedAdapter::get(app);
            counting(owed.get_counts_down(), owed.get_closing_in())
        }
        ScreenName::Unpaid => {
            let unpaid = UnpaidAdapter::get(app);
            counting(unpaid.get_counts_down(), unpaid.get_closing_in())
        }
        ScreenName::LossBlocked => {
            let loss = LossAdapter::get(app);
            counting(loss.get_counts_down(), loss.get_closing_in())
        }
        _ => None,
    }
}
