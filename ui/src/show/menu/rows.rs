//! Which rows of a list there is room for: pure reckoning in logical pixels.

use std::ops::Range;

use crate::measure::{Block, LINE};

/// The sizes that rows are laid out with (`ui/theme/menu.slint`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Room {
    /// Size of the type, and of the words at the end of a row.
    pub(super) text: f32,
    pub(super) small: f32,
    /// The least height of a row that can be touched, and of one that cannot.
    pub(super) touch: f32,
    pub(super) fact: f32,
    /// Between two rows that can be touched, and between others.
    pub(super) gap: f32,
    pub(super) close: f32,
    /// Above and below the words of a row.
    pub(super) inset: f32,
    /// Widths: of what a row is about, of how it is, of both together, of what a touch does.
    pub(super) name: f32,
    pub(super) value: f32,
    pub(super) whole: f32,
    pub(super) deed: f32,
    /// What all rows of a page have.
    pub(super) height: f32,
}

/// A row's words before they are laid out.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Words {
    pub(super) name: String,
    pub(super) value: String,
    /// At its end; empty where a touch does nothing.
    pub(super) deed: String,
    pub(super) touchable: bool,
}

/// A row, or a part of one that is higher than a page.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Laid {
    /// Its place in the list.
    pub(super) row: usize,
    pub(super) name: Block,
    pub(super) value: Block,
    pub(super) deed: Block,
    /// The value below the name.
    pub(super) below: bool,
    pub(super) touchable: bool,
    pub(super) high: f32,
}

/// The smallest type there is, on rows and buttons.
pub(super) const LEAST: f32 = 14.0;

/// Lays out all rows. One whose words take more than a page goes on in another row.
pub(super) fn laid(words: &[Words], room: &Room) -> Vec<Laid> {
    let rows = words.iter().enumerate();
    rows.flat_map(|(row, words)| one(row, words, room))
        .collect()
}

fn one(row: usize, words: &Words, room: &Room) -> Vec<Laid> {
    let name = Block::flowing(&words.name, room.text, room.name);
    let value = Block::flowing(&words.value, room.text, room.value);
    if name.lines.len() <= 2 && value.lines.len() <= 2 {
        return vec![whole(row, words, room, (name, value, false))];
    }
    let name = Block::flowing(&words.name, room.text, room.whole);
    let value = Block::flowing(&words.value, room.text, room.whole);
    let fits = ((room.height - room.inset) / (room.text * LINE)).floor() as usize;
    let mut parts = parts(name, value, fits.max(1)).into_iter();
    let first = parts.next().map(|(name, value)| (name, value, true));
    let first = first.map(|blocks| whole(row, words, room, blocks));
    // What goes on below tells only; the touch is the first part's.
    let rest = Words {
        deed: String::new(),
        touchable: false,
        ..words.clone()
    };
    let rest = parts.map(|(name, value)| whole(row, &rest, room, (name, value, true)));
    first.into_iter().chain(rest).collect()
}

fn whole(row: usize, words: &Words, room: &Room, blocks: (Block, Block, bool)) -> Laid {
    let (name, value, below) = blocks;
    let least = if words.touchable {
        room.touch
    } else {
        room.fact
    };
    let deed_room = (room.deed, least - room.inset);
    let deed = Block::fitting(&words.deed, room.small, LEAST, deed_room);
    let said = if below {
        name.height() + value.height()
    } else {
        name.height().max(value.height())
    };
    let high = (said.max(deed.height()) + room.inset).max(least);
    Laid {
        row,
        name,
        value,
        deed,
        below,
        touchable: words.touchable,
        high,
    }
}

/// Name and value in parts of at most so many lines, in their order.
fn parts(name: Block, value: Block, most: usize) -> Vec<(Block, Block)> {
    let (of_name, size) = (name.lines.len(), name.size);
    let lines: Vec<String> = name.lines.into_iter().chain(value.lines).collect();
    let part = |(turn, part): (usize, &[String])| {
        let named = of_name.saturating_sub(turn * most).min(part.len());
        let block = |lines: &[String]| Block {
            lines: lines.to_vec(),
            size,
        };
        (block(&part[..named]), block(&part[named..]))
    };
    lines.chunks(most).enumerate().map(part).collect()
}

/// How far apart two rows stand.
fn between(one: &Laid, other: &Laid, room: &Room) -> f32 {
    if one.touchable && other.touchable {
        room.gap
    } else {
        room.close
    }
}

/// The pages: which rows are on each, with each row's distance from the top.
pub(super) fn pages(rows: &[Laid], room: &Room) -> Vec<(Range<usize>, Vec<f32>)> {
    let mut pages = Vec::new();
    let (mut start, mut tops, mut end) = (0, Vec::new(), 0.0);
    for (place, row) in rows.iter().enumerate() {
        let mut top = 0.0;
        if let Some(before) = place.checked_sub(1).filter(|_| place > start) {
            top = end + between(&rows[before], row, room);
            if top + row.high > room.height {
                pages.push((start..place, std::mem::take(&mut tops)));
                (start, top) = (place, 0.0);
            }
        }
        tops.push(top);
        end = top + row.high;
    }
    pages.push((start..rows.len(), tops));
    pages
}

#[cfg(test)]
mod tests {
    use super::{Room, Words, laid, pages};

    const ROOM: Room = Room {
        text: 20.0,
        small: 18.0,
        touch: 80.0,
        fact: 50.0,
        gap: 16.0,
        close: 6.0,
        inset: 12.0,
        name: 200.0,
        value: 300.0,
        whole: 512.0,
        deed: 120.0,
        height: 400.0,
    };

    fn words(name: &str, value: &str, touchable: bool) -> Words {
        Words {
            name: name.into(),
            value: value.into(),
            deed: String::new(),
            touchable,
        }
    }

    /// All that the rows say, in order.
    fn said(rows: &[super::Laid]) -> String {
        let blocks = rows.iter().flat_map(|row| [&row.name, &row.value]);
        blocks.flat_map(|block| block.lines.clone()).collect()
    }

    #[test]
    fn short_facts_are_dense_and_buttons_can_be_hit() {
        let rows = laid(&[words("a", "b", false), words("c", "d", true)], &ROOM);
        assert!((rows[0].high - 50.0).abs() < 0.01 && !rows[0].below);
        assert!((rows[1].high - 80.0).abs() < 0.01);
    }

    #[test]
    fn a_long_value_goes_below_its_name_and_is_whole() {
        let long = "the device says that it is not well ".repeat(4);
        let rows = laid(&[words("name", &long, false)], &ROOM);
        assert_eq!(rows.len(), 1);
        assert!(rows[0].below && rows[0].high > 100.0);
        assert_eq!(
            said(&rows).replace(' ', ""),
            format!("name{long}").replace(' ', "")
        );
    }

    #[test]
    fn what_is_higher_than_a_page_goes_on_in_another_row_and_nothing_is_lost() {
        let long = "0123456789".repeat(200);
        let rows = laid(&[words("log", &long, true)], &ROOM);
        assert!(rows.len() > 2, "{}", rows.len());
        assert_eq!(said(&rows), format!("log{long}"));
        assert!(rows.iter().all(|row| row.high <= ROOM.height));
        let touchable: Vec<_> = rows.iter().map(|row| row.touchable).collect();
        assert!(touchable[0] && touchable[1..].iter().all(|touchable| !touchable));
    }

    #[test]
    fn every_row_is_on_one_page_and_none_leaves_its_page() {
        for count in [0, 1, 3, 4, 5, 40] {
            for touchable in [true, false] {
                let list: Vec<_> = (0..count).map(|_| words("n", "v", touchable)).collect();
                let rows = laid(&list, &ROOM);
                let pages = pages(&rows, &ROOM);
                let all: Vec<usize> = pages.iter().flat_map(|(rows, _)| rows.clone()).collect();
                assert_eq!(all, (0..count).collect::<Vec<_>>());
                for (range, tops) in &pages {
                    assert_eq!(range.len(), tops.len());
                    for (row, top) in rows[range.clone()].iter().zip(tops) {
                        assert!(top + row.high <= ROOM.height);
                    }
                    let gap = if touchable { 16.0 } else { 6.0 };
                    for (pair, row) in tops.windows(2).zip(&rows[range.clone()]) {
                        assert!((pair[1] - pair[0] - row.high - gap).abs() < 0.01);
                    }
                }
            }
        }
    }

    #[test]
    fn four_buttons_of_eighty_with_their_gaps_fill_four_hundred() {
        let list: Vec<_> = (0..9).map(|_| words("n", "v", true)).collect();
        let pages = pages(&laid(&list, &ROOM), &ROOM);
        let counts: Vec<_> = pages.iter().map(|(range, _)| range.len()).collect();
        assert_eq!(counts, [4, 4, 1]);
    }
}
