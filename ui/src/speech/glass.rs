//! Reading the glass: every element with what it says of itself to readers.

use i_slint_core::accessibility::AccessibleStringProperty as Property;
use i_slint_core::item_tree::{ItemRc, ParentItemTraversalMode};
use i_slint_core::items::{AccessibleRole, FocusScope};
use i_slint_core::window::WindowInner;
use slint::{ComponentHandle, Global};

use super::page::{Control, Key, Kind, Page, Text};
use crate::generated::{AppWindow, FrameAdapter};
use crate::view::Language;

/// A control that writes more than this on itself is a page: what is on it is read, and not said with its name.
const DETAILS: usize = 3;

/// A page, and the elements of its controls in the same order.
pub(crate) struct Found {
    pub(crate) page: Page,
    pub(crate) items: Vec<ItemRc>,
}

struct Reader {
    texts: Vec<(Text, Region)>,
    controls: Vec<(Control, ItemRc, Region)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Region {
    banner: bool,
    overlay: bool,
}

/// Reads the whole glass as it is now.
pub(crate) fn read(app: &AppWindow) -> Found {
    let window = WindowInner::from_pub(app.window());
    window.ensure_tree_instantiated();
    let root = ItemRc::new_root(window.component());
    let mut reader = Reader {
        texts: Vec::new(),
        controls: Vec::new(),
    };
    reader.children(&root, Region::default(), None);
    let focused = window.focus_item.borrow().upgrade();
    reader.found(app, focused)
}

/// The control that an element is in, if it is in one.
fn control_of(mut item: ItemRc) -> Option<ItemRc> {
    loop {
        if item.is_accessible() && item.accessible_role() == AccessibleRole::Button {
            return Some(item);
        }
        item = item.parent_item(ParentItemTraversalMode::StopAtPopups)?;
    }
}

/// What of an element takes the focus.
pub(crate) fn scope(item: &ItemRc) -> Option<ItemRc> {
    if item.downcast::<FocusScope>().is_some() {
        return Some(item.clone());
    }
    let mut child = item.first_child();
    while let Some(candidate) = child {
        if let Some(found) = scope(&candidate) {
            return Some(found);
        }
        child = candidate.next_sibling();
    }
    None
}

fn said(item: &ItemRc, what: Property) -> String {
    let value = item.accessible_string_property(what);
    value.map_or_else(String::new, |value| value.trim().to_owned())
}

impl Reader {
    fn children(&mut self, item: &ItemRc, region: Region, control: Option<usize>) {
        let mut child = item.first_child();
        while let Some(item) = child {
            self.visit(&item, region, control);
            child = item.next_sibling();
        }
    }

    fn visit(&mut self, item: &ItemRc, region: Region, control: Option<usize>) {
        if !item.is_visible() {
            return;
        }
        if !item.is_accessible() {
            return self.children(item, region, control);
        }
        let (label, id) = (said(item, Property::Label), said(item, Property::Id));
        match item.accessible_role() {
            AccessibleRole::Banner => {
                let region = Region {
                    banner: true,
                    ..region
                };
                self.children(item, region, control);
            }
            AccessibleRole::Region if id == "overlay" => {
                let region = Region {
                    overlay: true,
                    ..region
                };
                self.children(item, region, control);
            }
            AccessibleRole::Button => {
                let place = self.controls.len();
                let found = control_with(item, label, id);
                self.controls.push((found, item.clone(), region));
                self.children(item, region, Some(place));
            }
            _ if label.is_empty() => self.children(item, region, control),
            _ => self.text(label, &id, region, control),
        }
    }

    fn text(&mut self, text: String, id: &str, region: Region, control: Option<usize>) {
        if let Some(control) = control
            && id != "title"
        {
            let details = &mut self.controls[control].0.details;
            details.push(text);
            return;
        }
        let kind = match id {
            "title" => Kind::Title,
            "notice" => Kind::Notice,
            "figure" => Kind::Figure,
            "entry" => Kind::Entry,
            "placeholder" => Kind::Placeholder,
            _ => Kind::Fact,
        };
        self.texts.push((Text { kind, text }, region));
    }

    fn found(self, app: &AppWindow, focused: Option<ItemRc>) -> Found {
        let frame = FrameAdapter::get(app);
        let overlaid = frame.get_asks_still_there();
        let language = usize::try_from(frame.get_language()).ok();
        let language = language.and_then(|place| Language::OFFERED.get(place).copied());
        let mut texts: Vec<Text> = Vec::new();
        for (text, region) in self.texts {
            if !region.banner && region.overlay == overlaid {
                texts.push(text);
            }
        }
        let mut controls = self.controls;
        controls.retain(|(_, _, region)| region.overlay == overlaid);
        controls.sort_by_key(|(control, _, region)| (region.banner, !control.is_key()));
        for (control, _, _) in &mut controls {
            let label = control.label.clone();
            let details = &mut control.details;
            details.retain(|detail| !label.contains(detail.as_str()));
            if details.len() > DETAILS {
                let facts = std::mem::take(details).into_iter();
                texts.extend(facts.map(|text| Text {
                    kind: Kind::Fact,
                    text,
                }));
            }
        }
        let focused = focused.and_then(control_of);
        let has_focus = |(_, item, _): &&(Control, ItemRc, Region)| Some(item) == focused.as_ref();
        let focus = controls.iter().find(has_focus);
        let focus = focus.filter(|(control, _, _)| control.enabled);
        let page = Page {
            key: Key {
                screen: frame.get_screen(),
                sheet: frame.get_sheet(),
                overlaid,
                language: language.unwrap_or_default(),
            },
            texts: joined(texts),
            focus: focus.map(|(control, _, _)| control.id.clone()),
            controls: controls.iter().map(|(each, _, _)| each.clone()).collect(),
        };
        let items = controls.into_iter().map(|(_, item, _)| item).collect();
        Found { page, items }
    }
}

fn control_with(item: &ItemRc, label: String, id: String) -> Control {
    let checkable = said(item, Property::Checkable) == "true";
    Control {
        id,
        label,
        details: Vec::new(),
        enabled: said(item, Property::Enabled) != "false",
        reason: said(item, Property::Description),
        chosen: checkable.then(|| said(item, Property::Checked) == "true"),
    }
}

/// A figure that stands alone belongs to the words behind it: "24", "seconds until …".
fn joined(texts: Vec<Text>) -> Vec<Text> {
    let mut joined: Vec<Text> = Vec::new();
    for text in texts {
        let plain = |text: &Text| matches!(text.kind, Kind::Fact | Kind::Figure);
        let facts = |other: &Text| plain(other) && plain(&text);
        let figure = |other: &Text| {
            !other.text.is_empty() && other.text.bytes().all(|byte| byte.is_ascii_digit())
        };
        match joined.last_mut().filter(|last| facts(last) && figure(last)) {
            Some(last) => last.text = format!("{} {}", last.text, text.text),
            None => joined.push(text),
        }
    }
    joined
}
