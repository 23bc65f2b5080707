//! The example in `docs/exchange.md` is what the program does.

use super::testing::*;

const DOCUMENT: &str = include_str!("../../../docs/exchange.md");

fn assert_in_document(what: &str) {
    assert!(DOCUMENT.contains(what), "not in the document:\n{what}");
}

#[test]
fn the_example_in_the_document_comes_out() {
    let mut terminal = Terminal::new("K1/1", 0, 3);
    let mut server = Witness::new(SERVER, [terminal.memory()]);
    assert_eq!(talk(&mut terminal, 0, &mut server), None);
    terminal.sell(2, 0);
    for leaf in &terminal.tree.leaves {
        assert_in_document(&hex::encode(leaf.0));
    }
    assert_in_document(&hex::encode(terminal.tree.edge.root().0));
    let key = &terminal.memory().verifier_keys().unwrap()[0];
    assert_in_document(&format!("`{key}`"));
    assert_in_document(&format!("`{}`", witness(SERVER)));

    let asked = terminal.ask(0).unwrap();
    let body = asked.request.format();
    assert_in_document(&format!("```\n{body}```"));
    let (status, answer) = server.receive(body.as_bytes());
    assert_eq!(status, 200);
    let answer = String::from_utf8(answer).unwrap();
    assert_in_document(&format!("```\n{answer}```"));

    terminal.sell(1, 0);
    let (status, again) = server.receive(terminal.insist(3).format().as_bytes());
    assert_eq!((status, &again[..]), (409, &b"5\n"[..]));
}
