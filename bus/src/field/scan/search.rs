//! The scan of one line, setting by setting and protocol by protocol.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::progress::Progress;
use super::report::{Found, Report, Tried};
use super::survey::{Heard, Line};
use super::walk::{Verdict, Walk};
use super::{ScanArguments, ScanProtocol};
use crate::frame::Protocol;
use crate::frame::cjt188::{self, DiOrder};
use crate::frame::dlt645::{self, request};
use crate::frame::mbus::{SecondaryAddress, medium_name};
use crate::link::{Parity, PortOpener, SerialSettings, Spoken};
use crate::mbus::scan::{Occupant, every_primary, primary, secondary};
use crate::mbus::{MbusError, PortWire, SecondarySearch, Session, Timing};

/// What a level converter and its driver add to an answer on M-Bus.
const MBUS_LATENCY: Duration = Duration::from_millis(100);
/// Bytes `FE` before a request (DL/T 645-2007, 6.1).
const PREAMBLES: u8 = 4;
/// Forward active energy, in both editions: what every electricity meter has.
const ENERGY_2007: u32 = 0x0001_0000;
const ENERGY_1997: u16 = 0x9010;
/// Questions with garbage for an answer after which a line on which nothing sound was heard is given up. Meters that spoil each
/// other stand alone after six pairs of digits.
const HOPELESS: u32 = 12;
/// The types that a CJ/T 188 meter can have.
const KINDS: [u8; 9] = [0x10, 0x11, 0x12, 0x13, 0x20, 0x21, 0x22, 0x30, 0x40];
const SERIAL: u8 = 0x5A;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Edition {
    Y2007,
    Y1997,
}

impl Edition {
    fn request(self, address: dlt645::Address) -> dlt645::Frame {
        match self {
            Edition::Y2007 => request::read(address, ENERGY_2007),
            Edition::Y1997 => request::read_1997(address, ENERGY_1997),
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Edition::Y2007 => "electricity, edition 2007",
            Edition::Y1997 => "electricity, edition 1997",
        }
    }
}

pub(super) struct Search<'a> {
    arguments: &'a ScanArguments,
    opener: Arc<dyn PortOpener>,
    report: Report,
    progress: Progress,
}

impl<'a> Search<'a> {
    pub(super) fn new(arguments: &'a ScanArguments, opener: Arc<dyn PortOpener>) -> Self {
        Search {
            arguments,
            opener,
            report: Report {
                gateway: arguments.line.tcp.is_some(),
                ..Report::default()
            },
            progress: Progress::new(),
        }
    }

    pub(super) async fn run(mut self) -> Report {
        let all = self.arguments.settings();
        for (index, settings) in all.iter().enumerate() {
            self.progress.step(&format!(
                "{settings} ({} of {}), {} found",
                index + 1,
                all.len(),
                self.report.found.len()
            ));
            if let Err(why) = self.at(*settings).await {
                self.report.fault = Some(why);
                break;
            }
            if self.arguments.quick && !self.report.found.is_empty() {
                break;
            }
        }
        self.progress.end();
        self.report
    }

    async fn at(&mut self, settings: SerialSettings) -> Result<(), String> {
        let name = self.opener.name();
        let failed = |error: io::Error| format!("{name}: {error}");
        self.report.tried.push(Tried {
            settings,
            sound: 0,
            spoilt: 0,
            noise: 0,
        });
        let mut line = Line::new(Arc::clone(&self.opener), settings, self.patience());
        if self.arguments.looks_for(ScanProtocol::Dlt645) {
            for edition in [Edition::Y2007, Edition::Y1997] {
                self.dlt645(&mut line, edition).await.map_err(failed)?;
            }
        }
        if self.arguments.looks_for(ScanProtocol::Cjt188) {
            self.cjt188(&mut line).await.map_err(failed)?;
        }
        // The next one opens the port itself.
        drop(line);
        if self.arguments.looks_for(ScanProtocol::Mbus) && settings.parity == Parity::Even {
            self.mbus(settings)
                .await
                .map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn patience(&self) -> Duration {
        Duration::from_millis(self.arguments.patience_ms)
    }

    /// Asks, and counts what was heard.
    async fn ask(&mut self, line: &mut Line, request: &[u8]) -> io::Result<Heard> {
        let heard = line.ask(request, &Spoken::meter_wire()).await?;
        if let Some(tried) = self.report.tried.last_mut() {
            tried.sound += heard.frames.len();
            tried.spoilt += heard.spoilt;
            tried.noise += heard.noise;
        }
        Ok(heard)
    }

    fn found(&mut self, protocol: Protocol, address: String, kind: impl Into<String>) {
        let Some(settings) = self.report.tried.last().map(|tried| tried.settings) else {
            return;
        };
        let found = Found {
            protocol: protocol.name(),
            address,
            kind: kind.into(),
            settings,
        };
        // A meter of edition 2007 may answer the reading of 1997 too, and one may be lax about parity: first come, first kept.
        let known = self.report.found.iter().any(|other| {
            (other.protocol, &other.address, other.settings.baud)
                == (found.protocol, &found.address, found.settings.baud)
        });
        if !known {
            self.report.found.push(found);
        }
    }

    async fn dlt645(&mut self, line: &mut Line, edition: Edition) -> io::Result<()> {
        let mut walk = Walk::new();
        let mut spoilt = 0;
        while let Some(next) = walk.next() {
            let verdict = self.electricity(line, edition, next.address()).await?;
            spoilt += u32::from(verdict.spoilt);
            walk.report(&verdict);
            if spoilt > HOPELESS && walk.found().is_empty() {
                // The wrong rate, or a line that is never silent.
                break;
            }
            let each = line.silence(&[0; 20]);
            self.progress.walk(
                edition.kind(),
                walk.tried(),
                walk.left(),
                walk.found().len(),
                each,
            );
        }
        for meter in walk.found() {
            self.found(Protocol::Dlt645, meter.to_string(), edition.kind());
        }
        for shared in walk.unresolved() {
            self.report.unresolved.push(format!(
                "several meters answer as {shared}; disconnect all but one of them and give it another address"
            ));
        }
        Ok(())
    }

    /// Who answers one shortened address.
    async fn electricity(
        &mut self,
        line: &mut Line,
        edition: Edition,
        address: dlt645::Address,
    ) -> io::Result<Verdict> {
        let mut questions = vec![edition.request(address)];
        if address == dlt645::Address::WILDCARD && edition == Edition::Y2007 {
            // Some meters take the wildcard for the question after their address only.
            questions.insert(0, request::read_address());
        }
        let mut verdict = Verdict {
            meters: Vec::new(),
            spoilt: false,
        };
        for question in questions {
            let heard = self
                .ask(line, &question.encode_after_preamble(PREAMBLES))
                .await?;
            verdict.spoilt = heard.is_disturbed();
            for (protocol, bytes) in &heard.frames {
                match dlt645::Frame::parse(bytes) {
                    Ok(frame)
                        if *protocol == Protocol::Dlt645
                            && dlt645::answer::belongs(&question, bytes) =>
                    {
                        verdict.meters.push(frame.address());
                    }
                    // Another master's talk, or a late answer: not silence, but no meter here either.
                    _ => verdict.spoilt = true,
                }
            }
            if verdict.spoilt || !verdict.meters.is_empty() {
                break;
            }
        }
        Ok(verdict)
    }

    async fn cjt188(&mut self, line: &mut Line) -> io::Result<()> {
        let question = cjt188::request::read_address(DiOrder::HighFirst, SERIAL);
        let (meters, spoilt) = self.volume(line, &question).await?;
        if !spoilt && meters.len() < 2 {
            self.volume_found(&meters);
            return Ok(());
        }
        self.volume_found(&meters);
        for kind in KINDS {
            let address = cjt188::Address::from_wire(kind, cjt188::Address::WILDCARD.to_wire());
            let Ok(question) =
                cjt188::Frame::new(address, question.control(), question.data().to_vec())
            else {
                continue;
            };
            let (meters, spoilt) = self.volume(line, &question).await?;
            self.volume_found(&meters);
            if spoilt || meters.len() > 1 {
                self.report.unresolved.push(format!(
                    "several {} meters answer at once, and CJ/T 188 cannot ask for a part of them; connect them one at a time",
                    cjt188::address_kind_name(kind)
                ));
            }
        }
        Ok(())
    }

    async fn volume(
        &mut self,
        line: &mut Line,
        question: &cjt188::Frame,
    ) -> io::Result<(Vec<cjt188::Address>, bool)> {
        let heard = self
            .ask(line, &question.encode_after_preamble(PREAMBLES))
            .await?;
        let mut spoilt = heard.is_disturbed();
        let mut meters = Vec::new();
        for (protocol, bytes) in &heard.frames {
            match cjt188::Frame::parse(bytes) {
                Ok(frame)
                    if *protocol == Protocol::Cjt188
                        && cjt188::answer::belongs(question, bytes) =>
                {
                    meters.push(frame.address());
                }
                _ => spoilt = true,
            }
        }
        Ok((meters, spoilt))
    }

    fn volume_found(&mut self, meters: &[cjt188::Address]) {
        for meter in meters {
            self.found(
                Protocol::Cjt188,
                format!("{:02X}-{meter}", meter.kind),
                cjt188::address_kind_name(meter.kind),
            );
        }
    }

    async fn mbus(&mut self, settings: SerialSettings) -> Result<(), MbusError> {
        let timing = Timing {
            settings,
            latency: MBUS_LATENCY,
        };
        let each = timing.first_byte(17);
        let mut session = Session::new(PortWire::new(Arc::clone(&self.opener), timing));
        let progress = &mut self.progress;
        let mut tell = |now: crate::mbus::scan::Progress| {
            let (left, found) = (now.left as usize, now.found as usize);
            progress.walk("M-Bus", now.tried, left, found, each);
        };
        let findings = secondary(&mut session, SecondarySearch::new(), &mut tell).await?;
        let occupants = if self.arguments.primary {
            primary(&mut session, every_primary(), &mut tell).await?
        } else {
            Vec::new()
        };
        let sound = findings.meters.len() + occupants.len();
        if let Some(tried) = self.report.tried.last_mut() {
            tried.sound += sound;
            tried.noise += findings.noisy as usize;
        }
        for meter in &findings.meters {
            self.mbus_found(meter.to_string(), Some(*meter));
        }
        for selection in &findings.unresolved {
            self.report.unresolved.push(format!(
                "several M-Bus meters answer as {selection}; they differ in nothing that can be asked for"
            ));
        }
        for (address, occupant) in occupants {
            match occupant {
                Occupant::One(meter) => self.mbus_found(address.to_string(), meter),
                Occupant::Several => self.report.unresolved.push(format!(
                    "several M-Bus meters share the primary address {address}; give them others by their secondary addresses"
                )),
            }
        }
        Ok(())
    }

    fn mbus_found(&mut self, address: String, meter: Option<SecondaryAddress>) {
        let kind = match meter {
            Some(meter) if address == meter.to_string() => medium_name(meter.medium).to_owned(),
            Some(meter) => format!("{}, {meter}", medium_name(meter.medium)),
            None => "tells nothing of itself".to_owned(),
        };
        self.found(Protocol::Mbus, address, kind);
    }
}
