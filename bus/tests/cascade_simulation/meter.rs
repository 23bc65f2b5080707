//! A prepaid meter on a simulated wire: it counts purchases, and applies the next one only.

use meterpost_bus::frame::dlt645::{Address, Control, Frame, Function};

#[derive(Debug)]
pub struct Meter {
    pub address: Address,
    pub count: u32,
    pub last: u32,
    /// Every purchase that was applied, by its amount; each order has its own.
    pub applied: Vec<u32>,
    /// Every purchase that was heard, applied or not.
    pub heard: Vec<u32>,
}

/// What the meter shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Books {
    pub count: u32,
    pub last: u32,
}

pub fn read(address: Address) -> Vec<u8> {
    let control = Control::request(Function::Read);
    Frame::new(address, control, vec![1, 2, 3, 4])
        .unwrap()
        .encode()
}

pub fn credit(address: Address, count: u32, amount: u32) -> Vec<u8> {
    let mut data = amount.to_le_bytes().to_vec();
    data.extend(count.to_le_bytes());
    let control = Control::request(Function::Security);
    Frame::new(address, control, data).unwrap().encode()
}

fn number(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(
        data.get(at..at + 4)?.try_into().unwrap(),
    ))
}

/// The amount a frame would credit.
pub fn amount_of(frame: &[u8]) -> Option<u32> {
    let frame = Frame::parse(frame).ok()?;
    if frame.control() != Control::request(Function::Security) {
        return None;
    }
    number(frame.data(), 0)
}

pub fn books_of(frame: &[u8]) -> Option<Books> {
    let frame = Frame::parse(frame).ok()?;
    Some(Books {
        count: number(frame.data(), 0)?,
        last: number(frame.data(), 4)?,
    })
}

/// Whether a frame can be the answer to a request.
pub fn fits(request: &[u8], frame: &[u8]) -> bool {
    let (Ok(request), Ok(frame)) = (Frame::parse(request), Frame::parse(frame)) else {
        return false;
    };
    frame.address() == request.address()
        && frame.control().from_meter()
        && frame.control().function() == request.control().function()
}

impl Meter {
    pub fn new(address: Address) -> Meter {
        Meter {
            address,
            count: 0,
            last: 0,
            applied: Vec::new(),
            heard: Vec::new(),
        }
    }

    /// What the meter does with a frame on its wire.
    pub fn answer(&mut self, frame: &[u8]) -> Option<Vec<u8>> {
        let request = Frame::parse(frame).ok()?;
        if request.address() != self.address || request.control().from_meter() {
            return None;
        }
        let function = request.control().function();
        let answer = match function {
            Function::Read => {
                let mut data = self.count.to_le_bytes().to_vec();
                data.extend(self.last.to_le_bytes());
                Frame::new(self.address, Control::answer(function), data)
            }
            Function::Security => {
                let (amount, count) = (number(request.data(), 0)?, number(request.data(), 4)?);
                self.heard.push(amount);
                if count == self.count + 1 {
                    self.count = count;
                    self.last = amount;
                    self.applied.push(amount);
                    Frame::new(self.address, Control::answer(function), vec![1; 4])
                } else {
                    Frame::new(self.address, Control::refusal(function), vec![2, 0])
                }
            }
            _ => return None,
        };
        Some(answer.unwrap().encode())
    }
}
