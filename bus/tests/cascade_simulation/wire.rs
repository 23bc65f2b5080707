//! A half-duplex wire: what is said takes its time, two who speak at once spoil each other, a cut makes two wires of it.

use std::time::Duration;

use meterpost_bus::cascade::Time;
use meterpost_bus::link::SerialSettings;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// A node, by number in the world and port.
    Node(usize, u8),
    Meter(usize),
}

#[derive(Debug)]
pub struct Attached {
    pub device: Device,
    /// Devices with the same number hear each other.
    pub piece: u8,
}

#[derive(Debug)]
pub struct Speech {
    pub id: u64,
    pub from: Device,
    pub frame: Vec<u8>,
    pub spoilt: bool,
}

#[derive(Debug)]
pub struct Wire {
    pub segment: u16,
    pub line: SerialSettings,
    /// One way, through the repeaters.
    pub delay: Duration,
    pub attached: Vec<Attached>,
    pub speaking: Vec<Speech>,
    /// Frames out of a thousand that a receiver does not get.
    pub noise: u32,
    pub frames: u64,
    pub cut_at: Option<Time>,
}

impl Wire {
    pub fn piece(&self, device: Device) -> Option<u8> {
        let found = self
            .attached
            .iter()
            .find(|attached| attached.device == device);
        found.map(|attached| attached.piece)
    }

    /// Somebody begins to speak.
    pub fn begin(&mut self, mut speech: Speech) {
        let piece = self.piece(speech.from);
        let places: Vec<Option<u8>> = self
            .speaking
            .iter()
            .map(|other| self.piece(other.from))
            .collect();
        for (other, place) in self.speaking.iter_mut().zip(places) {
            if place == piece {
                other.spoilt = true;
                speech.spoilt = true;
            }
        }
        self.frames += 1;
        self.speaking.push(speech);
    }

    /// Somebody is through.
    pub fn end(&mut self, id: u64) -> Option<Speech> {
        let at = self.speaking.iter().position(|speech| speech.id == id)?;
        Some(self.speaking.remove(at))
    }

    /// Whoever is connected to the speaker now.
    pub fn listeners(&self, from: Device) -> Vec<Device> {
        let piece = self.piece(from);
        self.attached
            .iter()
            .filter(|attached| attached.device != from && Some(attached.piece) == piece)
            .map(|attached| attached.device)
            .collect()
    }
}
