//! SSP commands and their replies (GA138, command tables).

use super::note::{Machine, NoteGoes, reject_code};
use super::state::{PathNote, PendingEvent};

const OK: u8 = 0xF0;
const UNKNOWN_COMMAND: u8 = 0xF2;
const WRONG_PARAMETERS: u8 = 0xF3;
const CANNOT_PROCESS: u8 = 0xF5;
const FAIL: u8 = 0xF8;

const HIGHEST_PROTOCOL: u8 = 8;
const FIRMWARE: &[u8; 16] = b"NV02004141498000";

impl Machine {
    /// Carries out one command and returns the reply's data. SYNC and sequence flags belong to the device's wire.
    pub fn command(&mut self, data: &[u8], now: u64) -> Vec<u8> {
        self.tick(now);
        let Some((&code, parameters)) = data.split_first() else {
            return vec![WRONG_PARAMETERS];
        };
        if !matches!(code, 0x07 | 0x56) {
            self.hold_on(now);
        }
        match (code, parameters) {
            (0x01, []) => self.reset(),
            (0x02, [low, high]) => {
                self.allowed = u16::from_le_bytes([*low, *high]);
                vec![OK]
            }
            (0x03 | 0x04 | 0x11, []) => vec![OK],
            (0x05, []) => self.setup(),
            (0x06, [version]) => self.host_protocol(*version),
            (0x07, []) => self.poll(now, false),
            (0x08, []) => self.reject(now),
            (0x09, []) => self.disable(now),
            (0x0A, []) => self.enable(),
            (0x0C, []) => with_ok(&self.config.serial.to_be_bytes()),
            (0x0D, []) => self.unit_data(),
            (0x0E, []) => self.channel_values(),
            (0x0F, []) => self.channel_security(),
            (0x17, []) => vec![OK, self.last_reject],
            (0x18, []) => self.hold(),
            (0x20, []) => with_ok(FIRMWARE),
            (0x21, []) => with_ok(format!("{}01610", self.config.currency).as_bytes()),
            (0x56, []) if self.config.poll_with_ack => self.poll(now, true),
            (0x57, []) if self.config.poll_with_ack => self.event_ack(),
            (0x56 | 0x57, _) if !self.config.poll_with_ack => vec![UNKNOWN_COMMAND],
            (0x01..=0x09 | 0x0A | 0x0C..=0x0F | 0x11 | 0x17 | 0x18 | 0x20 | 0x21, _)
            | (0x56 | 0x57, _) => vec![WRONG_PARAMETERS],
            _ => vec![UNKNOWN_COMMAND],
        }
    }

    fn reset(&mut self) -> Vec<u8> {
        self.restart(NoteGoes::Front);
        vec![OK]
    }

    fn host_protocol(&mut self, version: u8) -> Vec<u8> {
        if version > HIGHEST_PROTOCOL {
            return vec![FAIL];
        }
        self.protocol = version;
        vec![OK]
    }

    /// Any command but a poll keeps a note in escrow for another while.
    fn hold_on(&mut self, now: u64) {
        if let Some(PathNote::Escrow { until, .. }) = &mut self.state.path {
            *until = now + self.config.escrow_ms;
        }
    }

    fn hold(&self) -> Vec<u8> {
        match self.state.path {
            Some(PathNote::Escrow { .. }) => vec![OK],
            _ => vec![FAIL],
        }
    }

    fn reject(&mut self, now: u64) -> Vec<u8> {
        match self.state.path {
            Some(PathNote::Escrow { .. }) if !self.jammed => {
                self.turn_back(now, reject_code::BY_HOST);
                vec![OK]
            }
            _ => vec![CANNOT_PROCESS],
        }
    }

    fn enable(&mut self) -> Vec<u8> {
        if self.jammed || !self.box_present {
            return vec![CANNOT_PROCESS];
        }
        self.enabled = true;
        vec![OK]
    }

    /// A note not accepted yet goes back; one that is being stacked goes on.
    fn disable(&mut self, now: u64) -> Vec<u8> {
        if self.enabled {
            self.enabled = false;
            self.state.pending.push(PendingEvent::Disabled);
        }
        if let Some(PathNote::Reading { .. } | PathNote::Escrow { .. }) = self.state.path {
            self.turn_back(now, reject_code::BY_HOST);
        }
        vec![OK]
    }

    /// A poll tells what happened and accepts a note in escrow that an earlier poll has told of.
    fn poll(&mut self, now: u64, with_ack: bool) -> Vec<u8> {
        self.last_poll = Some(now);
        let blocked = self.state.pending.iter().any(|event| event.needs_ack());
        if let Some(PathNote::Escrow {
            channel,
            told: true,
            ..
        }) = self.state.path
            && !blocked
            && !self.jammed
        {
            let until = now + self.config.stack_ms;
            self.state.path = Some(PathNote::Stacking { channel, until });
        }
        let mut reply = vec![OK];
        reply.extend(self.tell_pending(with_ack));
        reply.extend(self.tell_lasting());
        reply
    }

    fn tell_pending(&mut self, with_ack: bool) -> Vec<u8> {
        let told = self
            .state
            .pending
            .iter()
            .flat_map(|event| event.bytes())
            .collect();
        if with_ack {
            self.state.pending.retain(|event| event.needs_ack());
            self.reported_for_ack = !self.state.pending.is_empty();
        } else {
            self.state.pending.clear();
            self.reported_for_ack = false;
        }
        told
    }

    /// States that every poll tells again.
    fn tell_lasting(&mut self) -> Vec<u8> {
        let mut told = Vec::new();
        if self.jammed {
            told.push(0xE9);
        }
        if !self.box_present {
            told.push(0xE3);
        }
        match &mut self.state.path {
            Some(PathNote::Reading { .. }) => told.extend([0xEF, 0]),
            Some(PathNote::Escrow {
                channel,
                told: host_knows,
                ..
            }) => {
                *host_knows = true;
                told.extend([0xEF, *channel]);
            }
            Some(PathNote::Stacking { .. }) => told.push(0xCC),
            Some(PathNote::Rejecting { .. }) => told.push(0xED),
            None => {}
        }
        if self.enabled && self.allowed == 0 {
            told.push(0xB5);
        }
        told
    }

    /// Clears what the last POLL WITH ACK reported.
    fn event_ack(&mut self) -> Vec<u8> {
        if !self.reported_for_ack {
            return vec![CANNOT_PROCESS];
        }
        self.reported_for_ack = false;
        self.state.pending.retain(|event| !event.needs_ack());
        vec![OK]
    }

    /// Unit type 0, firmware 4, country 3, value multiplier 3, channels n, values, securities, real value multiplier 3,
    /// protocol; from protocol 6 on also country codes and long values.
    fn setup(&self) -> Vec<u8> {
        let channels = &self.config.channels;
        let mut reply = vec![OK, 0x00];
        reply.extend(b"0333");
        reply.extend(self.config.currency.as_bytes());
        reply.extend([0, 0, 1]);
        reply.push(channels.len() as u8);
        reply.extend(self.short_values());
        reply.extend(vec![2; channels.len()]);
        reply.extend([0, 0, 100]);
        reply.push(self.protocol);
        if self.protocol >= 6 {
            reply.extend(self.long_channel_table());
        }
        reply
    }

    fn unit_data(&self) -> Vec<u8> {
        let mut reply = vec![OK, 0x00];
        reply.extend(b"0333");
        reply.extend(self.config.currency.as_bytes());
        reply.extend([0, 0, 1]);
        reply.push(self.protocol);
        reply
    }

    fn channel_values(&self) -> Vec<u8> {
        let mut reply = vec![OK, self.config.channels.len() as u8];
        reply.extend(self.short_values());
        if self.protocol >= 6 {
            reply.extend(self.long_channel_table());
        }
        reply
    }

    fn channel_security(&self) -> Vec<u8> {
        let count = self.config.channels.len();
        let mut reply = vec![OK, count as u8];
        reply.extend(vec![2; count]);
        reply
    }

    fn short_values(&self) -> impl Iterator<Item = u8> + '_ {
        self.config
            .channels
            .iter()
            .map(|value| u8::try_from(*value).unwrap_or(0))
    }

    /// Country code 3 of each channel, then value 4 of each, low byte first.
    fn long_channel_table(&self) -> Vec<u8> {
        let channels = &self.config.channels;
        let mut table: Vec<u8> = self.config.currency.as_bytes().repeat(channels.len());
        table.extend(channels.iter().flat_map(|value| value.to_le_bytes()));
        table
    }
}

fn with_ok(data: &[u8]) -> Vec<u8> {
    let mut reply = vec![OK];
    reply.extend_from_slice(data);
    reply
}
