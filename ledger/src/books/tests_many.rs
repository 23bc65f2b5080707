//! Ten million entries, by moving every counter on as that many would have: the books, an entry and its proof are then what
//! they are at the beginning, but for their numbers.

use std::convert::Infallible;

use super::testing::{books_after, whole_sale};
use super::*;
use crate::entry::Entry;
use crate::entry::tests::stamp;
use crate::merkle::{
    Edge, NodeHash, NodeSource, TileChanges, inclusion_proof, leaf_hash, verify_inclusion,
};

/// What a whole sale comes to: nine entries, one note, 20.00 from the note into the meter.
const ENTRIES_OF_A_SALE: u64 = 9;
const PRICE: i64 = 2000;

/// Sells `sales` times, one after the other.
fn sell(books: &mut Books, sales: u64) {
    for _ in 0..sales {
        let sale = books.next_sale().0;
        let purchase = u32::try_from(sale).unwrap();
        for event in whole_sale(sale, "111", purchase) {
            books.apply(&event).unwrap();
        }
    }
}

/// Moves every counter on as `sales` whole sales would, without making them.
fn skip(books: &mut Books, sales: u64) {
    let worth = i64::try_from(sales).unwrap() * PRICE;
    let [cash, _, _, _, credited, ..] = &mut books.balances.0;
    cash.0 += worth;
    credited.0 -= worth;
    books.next_sale.0 += sales;
    books.next_note.0 += sales;
    let standing = &mut books.standing;
    standing.entries += sales * ENTRIES_OF_A_SALE;
    standing.since.money.0 += worth;
    standing.since.sales += u32::try_from(sales).unwrap();
    standing.since.last += sales * ENTRIES_OF_A_SALE;
    for notes in [
        &mut standing.till.since_start,
        &mut standing.till.since_collection,
    ] {
        *notes.get_mut(&Money(PRICE)).unwrap() += sales;
    }
}

/// Gives hashes for a tree of any size.
struct Endless;

impl NodeSource for Endless {
    type Error = Infallible;

    fn tile(&mut self, level: u8, index: u64, width: u8) -> Result<Vec<NodeHash>, Infallible> {
        let name = |place: u8| leaf_hash(format!("{level} {index} {place}").as_bytes()).0;
        Ok((0..width).map(name).collect())
    }
}

#[test]
fn skipped_sales_count_like_made_ones() {
    let kept = SALES_KEPT as u64;
    let mut made = books_after(&[]);
    sell(&mut made, 3 + 400 + kept);
    let mut skipped = books_after(&[]);
    sell(&mut skipped, 3);
    skip(&mut skipped, 400);
    // By then the sales that were skipped would be forgotten.
    sell(&mut skipped, kept);
    assert_eq!(skipped, made);
}

#[test]
fn after_ten_million_entries_the_books_go_on_and_survive_their_statement() {
    let mut books = books_after(&[]);
    sell(&mut books, 3);
    let early = books.encode().len();
    skip(&mut books, 10_000_000 / ENTRIES_OF_A_SALE + 1);
    assert!(books.size() > 10_000_000);
    sell(&mut books, 1_000);
    assert_eq!(books.balances().sum(), Some(Money::ZERO));
    assert_eq!(
        books.balances().of(crate::account::Account::CashBox),
        books.till().total().unwrap()
    );
    assert_eq!(Books::decode(&books.encode()).unwrap(), books);
    // What is kept does not grow with the log: the sales that are kept, each a few bytes longer for its larger numbers.
    let mut young = books_after(&[]);
    sell(&mut young, SALES_KEPT as u64);
    assert!(early < books.encode().len());
    assert!(books.encode().len() < young.encode().len() + 20 * SALES_KEPT);
}

#[test]
fn after_ten_million_entries_an_entry_is_as_short_and_its_proof_has_24_hashes() {
    let mut books = books_after(&[]);
    sell(&mut books, 3);
    skip(&mut books, 10_000_000 / ENTRIES_OF_A_SALE + 1);
    let size = books.size();
    let mut tree = Edge::load(size, &mut Endless).unwrap();
    let sale = books.next_sale().0;
    let mut entries = Vec::new();
    for event in whole_sale(sale, "111", 4) {
        let postings = books.apply(&event).unwrap();
        let stamp = stamp(4_000_000_000_000);
        let entry = Entry::new(tree.size(), stamp, event, postings, *books.balances());
        let bytes = entry.encode().unwrap();
        assert_eq!(Entry::decode(&bytes).unwrap(), entry);
        assert!(bytes.len() < 200, "{} bytes", bytes.len());
        tree.push(leaf_hash(&bytes), &mut TileChanges::default());
        entries.push(bytes);
    }
    // Of the tree below only the edge is here, and that is enough to prove the newest entry.
    let newest = tree.size() - 1;
    let proof = inclusion_proof(newest, tree.size(), &mut tree.over(Endless)).unwrap();
    assert!(proof.len() <= 24, "{} hashes", proof.len());
    let leaf = leaf_hash(entries.last().unwrap());
    verify_inclusion(leaf, newest, tree.size(), &proof, &tree.root()).unwrap();
}
