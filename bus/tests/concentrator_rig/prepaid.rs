//! An electricity meter that keeps money, byte by byte (DL/T 645-2007 with the prepayment part of Q/GDW 365).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::Says;

/// The meter 123456789012, as its address stands on the wire.
const ADDRESS: [u8; 6] = [0x12, 0x90, 0x78, 0x56, 0x34, 0x12];

/// Its books.
#[derive(Debug, Default)]
pub struct Books {
    pub balance: u32,
    pub count: u32,
    pub last: u32,
    pub cumulative: u32,
    pub relay_open: bool,
    /// Apply the next purchase and say nothing.
    pub lose_the_answer: bool,
}

pub type Meter = Arc<Mutex<Books>>;

pub fn meter() -> Meter {
    Arc::new(Mutex::new(Books {
        balance: 12_345,
        count: 7,
        last: 3_000,
        cumulative: 25_000,
        ..Books::default()
    }))
}

/// What the meter says to a request.
pub fn script(meter: &Meter) -> impl FnMut(&[u8]) -> Says + Send + use<> {
    let meter = Arc::clone(meter);
    move |request| {
        if request[1..7] != ADDRESS {
            return Vec::new();
        }
        let data: Vec<u8> = request[10..request.len() - 2]
            .iter()
            .map(|byte| byte.wrapping_sub(0x33))
            .collect();
        let answer = meter.lock().unwrap().answer(request[8], &data);
        answer
            .map(|(control, data)| vec![(Duration::ZERO, frame(control, &data))])
            .unwrap_or_default()
    }
}

fn frame(control: u8, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x68];
    bytes.extend(ADDRESS);
    bytes.extend([0x68, control, data.len() as u8]);
    bytes.extend(data.iter().map(|byte| byte.wrapping_add(0x33)));
    bytes.push(
        bytes
            .iter()
            .fold(0, |sum: u8, byte| sum.wrapping_add(*byte)),
    );
    bytes.push(0x16);
    bytes
}

fn bcd(mut number: u32) -> [u8; 4] {
    std::array::from_fn(|_| {
        let pair = (number % 100) as u8;
        number /= 100;
        ((pair / 10) << 4) | (pair % 10)
    })
}

impl Books {
    fn answer(&mut self, control: u8, data: &[u8]) -> Option<(u8, Vec<u8>)> {
        let di = || u32::from_le_bytes(data[..4].try_into().unwrap());
        match control {
            0x03 if di() == 0x0781_02FF => {
                let mut answer = data[..4].to_vec();
                answer.extend(self.balance.to_le_bytes());
                answer.extend([0; 4]);
                answer.extend(self.count.to_le_bytes());
                answer.extend([0; 14]);
                Some((0x83, answer))
            }
            0x03 if di() == 0x0701_02FF => self.top_up(data),
            0x11 => {
                let value = match di() {
                    0x0333_0301 => bcd(self.last).to_vec(),
                    0x0333_0601 => bcd(self.cumulative).to_vec(),
                    0x0400_0503 => vec![u8::from(self.relay_open) << 4, 0],
                    _ => return Some((0xD1, vec![0x02])),
                };
                Some((0x91, [&data[..4], &value].concat()))
            }
            0x1C => {
                self.relay_open = data[8] == 0x1A;
                Some((0x9C, Vec::new()))
            }
            _ => Some((control | 0xC0, vec![0x01])),
        }
    }

    fn top_up(&mut self, data: &[u8]) -> Option<(u8, Vec<u8>)> {
        let number = |at: usize| u32::from_le_bytes(data[at..at + 4].try_into().unwrap());
        let (amount, count) = (number(8), number(12));
        if count != self.count + 1 {
            let error = if count == self.count { 0x02 } else { 0x20 };
            return Some((0xC3, vec![error, 0]));
        }
        self.count = count;
        self.balance += amount;
        self.last = amount;
        self.cumulative += amount;
        if std::mem::take(&mut self.lose_the_answer) {
            return None;
        }
        Some((0x83, data[..4].to_vec()))
    }
}
