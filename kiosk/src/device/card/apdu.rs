//! Commands to a card and its answers (ISO 7816-4:2020, 5). Pure but for the wire it is given.
//!
//! Short commands only, which every card and reader knows: what is longer than 255 bytes goes out as a chain (class bit 10h),
//! and what a card answers in pieces is fetched with GET RESPONSE. Everything a card can draw out is bounded.

use zeroize::Zeroizing;

/// The most bytes a command carries in one piece.
const PIECE: usize = 255;
/// The most bytes an answer may have in all; the longest object of a PIV card is 3 KB.
const LONGEST_ANSWER: usize = 8 * 1024;
/// The most pieces of an answer.
const MOST_PIECES: usize = 64;
/// Class bit: another piece of this command follows.
const CHAIN: u8 = 0x10;
const GET_RESPONSE: u8 = 0xC0;

/// A command, before it is cut into pieces. The class is always 0.
#[derive(Clone)]
pub struct Command {
    /// Instruction.
    pub ins: u8,
    /// First parameter.
    pub p1: u8,
    /// Second parameter.
    pub p2: u8,
    /// What it carries; wiped when dropped, because it may be a PIN.
    pub data: Zeroizing<Vec<u8>>,
    /// Whether an answer with data is wanted.
    pub answered: bool,
}

/// Without what it carries, which may be a PIN.
impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Command { ins, p1, p2, .. } = self;
        write!(f, "Command({ins:02X} {p1:02X} {p2:02X})")
    }
}

/// What the card said in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The data of all pieces.
    pub data: Vec<u8>,
    /// How it went.
    pub status: Status,
}

/// The two status bytes, SW1 and SW2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub u16);

impl Status {
    /// Done.
    pub const OK: Status = Status(0x9000);
    /// The file, application or object is not there.
    pub const NOT_FOUND: Status = Status(0x6A82);
    /// The PIN or key is blocked.
    pub const BLOCKED: Status = Status(0x6983);

    /// Tries left after a wrong PIN or key: 63Cx.
    pub fn tries_left(self) -> Option<u8> {
        (self.0 & 0xFFF0 == 0x63C0).then_some((self.0 & 0x000F) as u8)
    }

    fn first(self) -> u8 {
        (self.0 >> 8) as u8
    }

    fn second(self) -> u8 {
        (self.0 & 0xFF) as u8
    }
}

/// The way to a card: one command piece, one answer piece.
pub trait Wire {
    /// Sends the bytes and returns what came back, with the status bytes last.
    ///
    /// # Errors
    /// When nothing comes back.
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, WireError>;
}

/// Why a card did not answer. The texts are for staff.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// It was taken away.
    #[error("the card was taken away")]
    Pulled,
    /// It is there and does not answer, or the reader failed.
    #[error("{0}")]
    Failed(String),
}

/// Why there is no answer to a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// The wire.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// Fewer than two bytes.
    #[error("the card answered without a status")]
    NoStatus,
    /// More bytes or pieces than any card of this kind has.
    #[error("the card's answer does not end")]
    Endless,
}

/// Sends a command, in as many pieces as it needs, and collects the answer.
///
/// # Errors
/// When the card does not answer, or its answer has no end. A status other than 9000 is an answer.
pub fn exchange(wire: &mut impl Wire, command: &Command) -> Result<Answer, ExchangeError> {
    let mut pieces = command.data.chunks(PIECE).peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return collect(wire, &last_piece(command, piece), command.answered);
        }
        let mut apdu = Zeroizing::new(vec![CHAIN, command.ins, command.p1, command.p2]);
        push_data(&mut apdu, piece);
        let (data, status) = split(wire.transmit(&apdu)?)?;
        if status != Status::OK {
            return Ok(Answer { data, status });
        }
    }
    collect(wire, &last_piece(command, &[]), command.answered)
}

fn last_piece(command: &Command, data: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut apdu = Zeroizing::new(Vec::with_capacity(data.len() + 6));
    apdu.extend([0, command.ins, command.p1, command.p2]);
    if !data.is_empty() {
        push_data(&mut apdu, data);
    }
    if command.answered {
        apdu.push(0);
    }
    apdu
}

/// Length and data; at most [`PIECE`] bytes.
fn push_data(apdu: &mut Vec<u8>, data: &[u8]) {
    apdu.push(u8::try_from(data.len()).unwrap_or(u8::MAX));
    apdu.extend_from_slice(data);
}

/// Sends the last piece, and asks for the rest of the answer as long as the card says that there is more (61xx). A card that
/// wants another expected length (6Cxx) gets it once.
fn collect(wire: &mut impl Wire, apdu: &[u8], answered: bool) -> Result<Answer, ExchangeError> {
    let (mut data, mut status) = split(wire.transmit(apdu)?)?;
    if status.first() == 0x6C && answered {
        let mut again = Zeroizing::new(apdu.to_vec());
        again.pop();
        again.push(status.second());
        (data, status) = split(wire.transmit(&again)?)?;
    }
    for _ in 0..MOST_PIECES {
        if data.len() > LONGEST_ANSWER {
            return Err(ExchangeError::Endless);
        }
        if status.first() != 0x61 {
            return Ok(Answer { data, status });
        }
        let more = [0, GET_RESPONSE, 0, 0, status.second()];
        let (piece, next) = split(wire.transmit(&more)?)?;
        data.extend_from_slice(&piece);
        status = next;
    }
    Err(ExchangeError::Endless)
}

fn split(mut answer: Vec<u8>) -> Result<(Vec<u8>, Status), ExchangeError> {
    let low = answer.pop().ok_or(ExchangeError::NoStatus)?;
    let high = answer.pop().ok_or(ExchangeError::NoStatus)?;
    Ok((answer, Status(u16::from_be_bytes([high, low]))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Answers from a list, and remembers what it was sent.
    struct Scripted {
        answers: Vec<Vec<u8>>,
        heard: Vec<Vec<u8>>,
    }

    impl Scripted {
        fn new(answers: &[&[u8]]) -> Self {
            Scripted {
                answers: answers.iter().rev().map(|a| a.to_vec()).collect(),
                heard: Vec::new(),
            }
        }
    }

    impl Wire for Scripted {
        fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, WireError> {
            self.heard.push(apdu.to_vec());
            self.answers.pop().ok_or(WireError::Pulled)
        }
    }

    fn command(data: Vec<u8>, answered: bool) -> Command {
        Command {
            ins: 0xCB,
            p1: 0x3F,
            p2: 0xFF,
            data: Zeroizing::new(data),
            answered,
        }
    }

    #[test]
    fn a_short_command_is_one_piece() {
        let mut card = Scripted::new(&[&[1, 2, 0x90, 0]]);
        let answer = exchange(&mut card, &command(vec![9], true)).unwrap();
        assert_eq!(answer.data, [1, 2]);
        assert_eq!(answer.status, Status::OK);
        assert_eq!(card.heard, [[0, 0xCB, 0x3F, 0xFF, 1, 9, 0]]);
    }

    #[test]
    fn a_long_command_goes_out_as_a_chain_and_stops_where_the_card_refuses() {
        let mut card = Scripted::new(&[&[0x90, 0], &[0x90, 0], &[0x90, 0]]);
        exchange(&mut card, &command(vec![7; 600], false)).unwrap();
        let heads: Vec<_> = card.heard.iter().map(|h| (h[0], h[4], h.len())).collect();
        assert_eq!(heads, [(0x10, 255, 260), (0x10, 255, 260), (0, 90, 95)]);
        let mut card = Scripted::new(&[&[0x68, 0x84]]);
        let answer = exchange(&mut card, &command(vec![7; 600], false)).unwrap();
        assert_eq!(answer.status, Status(0x6884));
        assert_eq!(card.heard.len(), 1);
    }

    #[test]
    fn an_answer_in_pieces_is_put_together() {
        let mut card = Scripted::new(&[&[1, 0x61, 0x02], &[2, 3, 0x61, 0], &[4, 0x90, 0]]);
        let answer = exchange(&mut card, &command(vec![9], true)).unwrap();
        assert_eq!(answer.data, [1, 2, 3, 4]);
        assert_eq!(card.heard[1], [0, 0xC0, 0, 0, 2]);
        assert_eq!(card.heard[2], [0, 0xC0, 0, 0, 0]);
    }

    #[test]
    fn a_card_that_names_the_length_it_wants_gets_it_once() {
        let mut card = Scripted::new(&[&[0x6C, 0x05], &[1, 0x90, 0]]);
        let answer = exchange(&mut card, &command(vec![9], true)).unwrap();
        assert_eq!(answer.data, [1]);
        assert_eq!(card.heard[1].last(), Some(&5));
        let mut card = Scripted::new(&[&[0x6C, 0x05], &[0x6C, 0x05]]);
        let answer = exchange(&mut card, &command(vec![9], true)).unwrap();
        assert_eq!(answer.status, Status(0x6C05));
    }

    #[test]
    fn endless_huge_and_empty_answers_are_errors() {
        struct Endless(usize);
        impl Wire for Endless {
            fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>, WireError> {
                let mut piece = vec![0; self.0];
                piece.extend([0x61, 0xFF]);
                Ok(piece)
            }
        }
        for length in [0, 255, 60_000] {
            let answer = exchange(&mut Endless(length), &command(vec![9], true));
            assert_eq!(answer, Err(ExchangeError::Endless));
        }
        for short in [&[][..], &[0x90]] {
            let mut card = Scripted::new(&[short]);
            let answer = exchange(&mut card, &command(vec![9], true));
            assert_eq!(answer, Err(ExchangeError::NoStatus));
        }
    }

    #[test]
    fn tries_left_are_read_from_63cx_only() {
        assert_eq!(Status(0x63C2).tries_left(), Some(2));
        assert_eq!(Status(0x6300).tries_left(), None);
        assert_eq!(Status::OK.tries_left(), None);
    }

    proptest! {
        #[test]
        fn any_card_is_answered_with_a_bounded_number_of_commands(
            answers in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..80),
            length in 0_usize..2000,
        ) {
            let answers: Vec<&[u8]> = answers.iter().map(Vec::as_slice).collect();
            let mut card = Scripted::new(&answers);
            let _ = exchange(&mut card, &command(vec![1; length], true));
            prop_assert!(card.heard.len() <= MOST_PIECES + 2 + length / PIECE);
            for apdu in &card.heard {
                prop_assert!(apdu.len() <= PIECE + 6);
            }
        }
    }
}
