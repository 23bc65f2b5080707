//! Puts the rows and buttons of the menu's list on the glass: as it came, or another page of it.

use slint::{Global, Model};

use super::super::{refill, text};
use super::rows::{LEAST, Laid, Room, Words, laid, pages};
use crate::generated::{
    AppWindow, MenuActItem, MenuAdapter, MenuMetrics, MenuRawAct, MenuRawRow, MenuRowItem,
};
use crate::measure::Block;
use crate::view::Word;

/// A list of this title is shown: at the page it was left at, where somebody comes back to it, and else from its beginning.
pub(super) fn turn_to(app: &AppWindow, title: Word) {
    let adapter = MenuAdapter::get(app);
    let place = title as usize;
    let shown = i32::try_from(place).unwrap_or(-1);
    if adapter.get_title_place() == shown {
        return;
    }
    let before = usize::try_from(adapter.get_title_place());
    let left_at = adapter.get_left_at();
    let mut sheets: Vec<i32> = left_at.iter().collect();
    if let Ok(before) = before {
        sheets.resize(sheets.len().max(before + 1), 0);
        sheets[before] = adapter.get_sheet();
    }
    let came_back = !adapter.get_deeper();
    let known = sheets.get(place).copied().filter(|_| came_back);
    refill(&left_at, sheets.into_iter());
    adapter.set_sheet(known.unwrap_or(0));
    adapter.set_title_place(shown);
}

/// Lays the list out anew for the canvas there is, and shows the page that is asked for.
pub(crate) fn lay_out(app: &AppWindow) {
    let adapter = MenuAdapter::get(app);
    let metrics = MenuMetrics::get(app);
    let raw: Vec<MenuRawRow> = adapter.get_raw_rows().iter().collect();
    let acts: Vec<MenuRawAct> = adapter.get_raw_acts().iter().collect();
    metrics.set_acts(i32::try_from(acts.len()).unwrap_or(i32::MAX));
    metrics.set_touchable(raw.iter().any(|row| !row.act.name.is_empty()));

    let notice = Block::flowing(
        &adapter.get_raw_notice(),
        metrics.get_text(),
        metrics.get_notice(),
    );
    let taken = notice_height(&metrics, &notice);
    adapter.set_notice(notice.text().into());
    adapter.set_notice_words(notice.height());
    adapter.set_notice_high(taken);
    let offset = if taken > 0.0 {
        taken + metrics.get_gap()
    } else {
        0.0
    };

    let words: Vec<Words> = raw.iter().map(words).collect();
    // With buttons for the pages there is less room: so it is tried without them first.
    metrics.set_paged(false);
    let mut room = room(&metrics, offset);
    let mut rows = laid(&words, &room);
    let mut all = pages(&rows, &room);
    if all.len() > 1 {
        metrics.set_paged(true);
        room = self::room(&metrics, offset);
        rows = laid(&words, &room);
        all = pages(&rows, &room);
    }
    let count = i32::try_from(all.len()).unwrap_or(i32::MAX);
    let sheet = adapter.get_sheet().clamp(0, count - 1);
    adapter.set_sheet(sheet);
    adapter.set_sheets(count);
    let shown = usize::try_from(sheet).ok().and_then(|sheet| all.get(sheet));
    let items = shown.into_iter().flat_map(|(range, tops)| {
        let rows = rows[range.clone()].iter().zip(tops);
        rows.map(|(row, top)| item(row, offset + top, &raw[row.row]))
    });
    refill(&adapter.get_rows(), items);
    let largest = metrics.get_text();
    let for_words = (
        metrics.get_act_words(),
        metrics.get_act_high() - metrics.get_inset(),
    );
    refill(
        &adapter.get_acts(),
        acts.into_iter().map(|act| button(act, largest, for_words)),
    );
}

/// Nought where there is none.
fn notice_height(metrics: &MenuMetrics<'_>, notice: &Block) -> f32 {
    if notice.lines.is_empty() {
        return 0.0;
    }
    let inner = notice.height().max(metrics.get_sign());
    (inner + 2.0 * metrics.get_inset()).max(metrics.get_least_fact())
}

fn room(metrics: &MenuMetrics<'_>, offset: f32) -> Room {
    Room {
        text: metrics.get_text(),
        small: metrics.get_small(),
        touch: metrics.get_least_row(),
        fact: metrics.get_least_fact(),
        gap: metrics.get_gap(),
        close: metrics.get_close(),
        inset: metrics.get_inset(),
        name: metrics.get_name(),
        value: metrics.get_value(),
        whole: metrics.get_whole(),
        // Its sign stands beside the words.
        deed: (metrics.get_deed() - metrics.get_sign()).max(0.0),
        height: metrics.get_height() - offset,
    }
}

/// What a touch does, or why it does nothing. A row that leads to the page of its own name does not say it twice.
fn deed(row: &MenuRawRow) -> &str {
    let act = &row.act;
    if !act.refused.is_empty() {
        &act.refused
    } else if act.word == row.name {
        ""
    } else {
        &act.word
    }
}

fn words(row: &MenuRawRow) -> Words {
    Words {
        name: row.name.to_string(),
        value: row.value.to_string(),
        deed: deed(row).to_owned(),
        touchable: !row.act.name.is_empty(),
    }
}

fn item(row: &Laid, y: f32, raw: &MenuRawRow) -> MenuRowItem {
    let label = [raw.name.as_str(), raw.value.as_str(), deed(raw)];
    let label = label.into_iter().filter(|part| !part.is_empty());
    let label: Vec<&str> = label.collect();
    MenuRowItem {
        y,
        high: row.high,
        tone: raw.tone,
        name: row.name.text().into(),
        name_high: row.name.height(),
        value: row.value.text().into(),
        value_high: row.value.height(),
        below: row.below,
        label: label.join(", ").into(),
        act: if row.touchable {
            raw.act.clone()
        } else {
            MenuRawAct {
                name: text(""),
                ..raw.act.clone()
            }
        },
        word: row.deed.text().into(),
        word_high: row.deed.height(),
        word_size: row.deed.size,
    }
}

/// The answer to a question that does it.
pub(super) fn answer(app: &AppWindow, act: MenuRawAct) -> MenuActItem {
    let metrics = MenuMetrics::get(app);
    let room = (metrics.get_answer_words(), metrics.get_button());
    button(
        act,
        metrics.get_text(),
        (room.0, room.1 - metrics.get_inset()),
    )
}

/// A button whose words have this room.
fn button(act: MenuRawAct, largest: f32, room: (f32, f32)) -> MenuActItem {
    let fitted = |words: &str| Block::fitting(words, largest, LEAST, room);
    // What cannot be used says what it is and why it cannot, or the latter alone.
    let block = if act.refused.is_empty() {
        fitted(&act.word)
    } else {
        let both = fitted(&format!("{}\n{}", act.word, act.refused));
        match both.height() <= room.1 {
            true => both,
            false => fitted(&act.refused),
        }
    };
    MenuActItem {
        act,
        words: block.text().into(),
        high: block.height(),
        size: block.size,
    }
}
