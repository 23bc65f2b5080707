//! The panel's window, and the way from its buttons to the worker.

// What the Slint compiler makes of `panel.slint` is documented there.
#![allow(missing_docs, clippy::all)]

use std::sync::mpsc::Sender;

use super::hands::Act;

slint::slint! {
    export { Panel, MeterRow } from "panel.slint";
}

/// Every button sends what it stands for.
pub(super) fn connect(panel: &Panel, acts: &Sender<Act>) {
    // A worker that has ended takes nothing any more: the windows are closing.
    let send = |acts: &Sender<Act>, act: Act| {
        let _ = acts.send(act);
    };
    let sender = acts.clone();
    panel.on_insert(move |note| send(&sender, Act::Insert(note.unsigned_abs())));
    let sender = acts.clone();
    panel.on_paper(move |out| send(&sender, Act::PaperOut(out)));
    let sender = acts.clone();
    panel.on_jam(move |on| send(&sender, Act::Jam(on)));
    let sender = acts.clone();
    panel.on_cable(move |cut| send(&sender, Act::CableCut(cut)));
    let sender = acts.clone();
    panel.on_telephone(move || send(&sender, Act::Telephone));
    let sender = acts.clone();
    panel.on_server(move |off| send(&sender, Act::ServerOff(off)));
}
