//! The layout of a slip.

use meterpost_ledger::{Means, Money, Slip};

use super::canvas::{Canvas, Sizes};
use super::qr::Modules;
use super::raster::Raster;
use super::typeface::Typeface;
use super::words::{self, Both};
use super::{LedgerLine, SlipDoc};
use crate::privacy::masked;

/// Hexadecimal digits of the root hash that are printed; the QR code holds all of them.
const ROOT_DIGITS: usize = 16;

/// Draws a slip for paper of `width` dots ([`WIDE`](super::WIDE) or [`NARROW`](super::NARROW)).
pub fn compose(doc: &SlipDoc, typeface: &Typeface, width: usize) -> Raster {
    let mut canvas = Canvas::new(typeface, width);
    copy_banner(&mut canvas, doc);
    head(&mut canvas, doc);
    amount(&mut canvas, doc);
    canvas.rule();
    meter(&mut canvas, doc);
    canvas.rule();
    money(&mut canvas, doc);
    help(&mut canvas, doc);
    proof(&mut canvas, doc);
    foot(&mut canvas, doc);
    canvas.finish()
}

fn copy_banner(canvas: &mut Canvas, doc: &SlipDoc) {
    if doc.copy > 0 {
        let text = format!("{}  {} {}", words::COPY.zh, words::COPY.en, doc.copy);
        let style = Sizes::bold(canvas.sizes.body * 1.2);
        canvas.inverted(|c| c.centered(&text, style));
        canvas.space(canvas.sizes.gap);
    }
}

fn head(canvas: &mut Canvas, doc: &SlipDoc) {
    let sizes = canvas.sizes;
    canvas.space(sizes.gap / 2);
    canvas.headline(&doc.operator, Sizes::bold(sizes.body * 1.25));
    let terminal = format!(
        "{} {}  {}",
        words::TERMINAL.zh,
        doc.terminal,
        words::TERMINAL.en
    );
    canvas.centered(&terminal, sizes.small());
    canvas.space(sizes.gap);
    let title = words::title(doc.kind);
    let write = |c: &mut Canvas| {
        c.headline(title.zh, Sizes::bold(sizes.title));
        c.centered(title.en, sizes.small());
    };
    match doc.kind {
        Slip::Receipt => {
            canvas.bar();
            write(canvas);
        }
        // Who owes and who has to act must be seen from an arm's length.
        Slip::Claim | Slip::Pending => canvas.inverted(write),
    }
}

fn amount(canvas: &mut Canvas, doc: &SlipDoc) {
    let sizes = canvas.sizes;
    canvas.space(sizes.gap);
    canvas.headline(&shown(&doc.currency, doc.amount), Sizes::bold(sizes.amount));
    let label = words::amount(doc.kind);
    canvas.centered(label.zh, sizes.strong());
    canvas.centered(label.en, sizes.small());
    canvas.space(sizes.gap);
    let large = match doc.kind {
        Slip::Receipt => sizes.strong(),
        Slip::Claim | Slip::Pending => Sizes::bold(sizes.body * 1.4),
    };
    canvas.row(words::REFERENCE, &doc.reference, large);
    match &doc.printed_at {
        Some(time) => canvas.row(words::TIME, time, sizes.body()),
        None => canvas.row(words::TIME, &in_both(words::CLOCK_NOT_SET), sizes.body()),
    }
}

fn meter(canvas: &mut Canvas, doc: &SlipDoc) {
    let sizes = canvas.sizes;
    canvas.row(words::METER, &grouped(&doc.meter_number), sizes.strong());
    canvas.row(
        words::UTILITY,
        &in_both(words::utility(doc.utility)),
        sizes.body(),
    );
    if !doc.meter_place.is_empty() {
        canvas.row(words::PLACE, &masked(&doc.meter_place), sizes.body());
    }
}

fn money(canvas: &mut Canvas, doc: &SlipDoc) {
    let sizes = canvas.sizes;
    canvas.row(words::PAID, &shown(&doc.currency, doc.paid), sizes.strong());
    let way = doc.means.as_ref().map(|means| match means {
        Means::Wallet(_) => words::WALLET,
        Means::Code => words::CODE,
    });
    if let Some(way) = way {
        canvas.row(words::PAID_WITH, &in_both(way), sizes.body());
    }
    if !doc.notes.is_empty() {
        canvas.row(words::NOTES, &counted(&doc.notes), sizes.body());
    }
    if let Some(before) = doc.before {
        canvas.row(words::BEFORE, &shown(&doc.currency, before), sizes.body());
    }
    if let Some(after) = doc.after {
        canvas.row(words::AFTER, &shown(&doc.currency, after), sizes.strong());
    }
    if let Some(purchase) = doc.purchase {
        canvas.row(words::PURCHASE, &purchase.to_string(), sizes.body());
    }
}

fn help(canvas: &mut Canvas, doc: &SlipDoc) {
    let (happened, to_do) = match (doc.kind, doc.reason) {
        (Slip::Receipt, _) => return,
        (Slip::Claim, reason) => (reason.map(words::claim), words::CLAIM_TO_DO),
        (Slip::Pending, _) => (Some(words::PENDING_HAPPENED), words::PENDING_TO_DO),
    };
    canvas.space(canvas.sizes.gap);
    canvas.framed(|c| {
        if let Some(happened) = happened {
            explanation(c, words::HAPPENED, happened);
            c.space(c.sizes.gap);
        }
        explanation(c, words::TO_DO, to_do);
        c.space(c.sizes.gap);
        let large = Sizes::bold(c.sizes.body * 1.4);
        c.row(words::CALL, &doc.phone, large);
    });
    canvas.space(canvas.sizes.gap);
    canvas.centered(words::KEEP.zh, Sizes::bold(canvas.sizes.body * 1.15));
    canvas.centered(words::KEEP.en, canvas.sizes.small());
}

fn explanation(canvas: &mut Canvas, heading: Both, text: Both) {
    canvas.paragraph(&in_both(heading), Sizes::bold(canvas.sizes.small * 1.1));
    canvas.paragraph(text.zh, canvas.sizes.body());
    canvas.paragraph(text.en, canvas.sizes.small());
}

fn proof(canvas: &mut Canvas, doc: &SlipDoc) {
    if doc.ledger.is_none() && doc.qr.is_none() {
        return;
    }
    canvas.rule();
    let small = canvas.sizes.small();
    // A code that cannot be made is left out: the slip itself matters more.
    if let Some(modules) = doc
        .qr
        .as_deref()
        .and_then(|text| Modules::encode(text).ok())
    {
        canvas.qr(&modules);
        canvas.centered(&in_both(words::SCAN), small);
    }
    if let Some(LedgerLine { entry, size, root }) = &doc.ledger {
        let digits: String = root.chars().take(ROOT_DIGITS).collect();
        canvas.centered(
            &format!("{} {entry} / {size}", in_both(words::LEDGER)),
            small,
        );
        canvas.centered(&grouped(&digits), small);
    }
}

fn foot(canvas: &mut Canvas, doc: &SlipDoc) {
    let sizes = canvas.sizes;
    if let Slip::Receipt = doc.kind {
        canvas.rule();
        canvas.centered(&in_both(words::THANKS), sizes.strong());
        if !doc.phone.is_empty() {
            canvas.centered(
                &format!("{}  {}", in_both(words::CALL), doc.phone),
                sizes.small(),
            );
        }
    }
    canvas.space(sizes.gap);
}

fn in_both(text: Both) -> String {
    format!("{} {}", text.zh, text.en)
}

fn shown(currency: &str, amount: Money) -> String {
    format!("{currency} {amount}")
}

/// Digits in groups of four, which people read and type without losing their place.
fn grouped(digits: &str) -> String {
    let all: Vec<char> = digits.chars().collect();
    all.chunks(4)
        .map(|group| group.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join(" ")
}

/// `50 × 1 + 20 × 2`, largest first.
fn counted(notes: &[Money]) -> String {
    let mut sorted = notes.to_vec();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let mut groups: Vec<(Money, usize)> = Vec::new();
    for note in sorted {
        match groups.last_mut() {
            Some((value, count)) if *value == note => *count += 1,
            _ => groups.push((note, 1)),
        }
    }
    let text = |(value, count): &(Money, usize)| match value.0 % 100 {
        0 => format!("{}×{count}", value.0 / 100),
        _ => format!("{value}×{count}"),
    };
    groups.iter().map(text).collect::<Vec<_>>().join(" + ")
}

#[cfg(test)]
mod tests;
