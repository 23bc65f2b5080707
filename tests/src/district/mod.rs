//! A whole virtual district in one process: segments with meters, a note validator, a printer, a scanner of codes, and a control socket.

pub mod client;
mod config;
mod control;
mod error;
mod socket;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::meter::{ElectricityMeter, Fault, HeatMeter, VirtualMeter, VolumeMeter};
use crate::printer::{PaperState, Printer, PrinterFault};
use crate::scanner::{ScanEnding, Scanner};
use crate::segment::{Repeater, Segment, SharedMeter};
use crate::validator::{Insertion, NoteGoes, Validator, ValidatorFault};

pub use config::{DistrictConfig, MeterConfig, RepeaterPlan, SegmentPlan};
pub use control::{Command, DistrictState, PrinterView, SegmentView, ValidatorView};
pub use error::DistrictError;

/// Where everything is: what a program under test needs to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Places {
    /// The district's folder.
    pub dir: PathBuf,
    /// Ttys of the segments, in order; where several programs share a segment, the first one's.
    pub segments: Vec<PathBuf>,
    /// Addresses of the meters, and on which tty each hangs.
    pub meters: Vec<MeterPlace>,
    /// Tty of the note validator.
    pub validator: PathBuf,
    /// Tty of the printer.
    pub printer: PathBuf,
    /// Tty of the scanner of codes.
    pub scanner: PathBuf,
    /// TCP port of the printer on this machine.
    pub printer_port: u16,
    /// Unix socket for commands.
    pub control: PathBuf,
    /// Where the slips fall.
    pub slips: PathBuf,
}

/// Where a meter is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeterPlace {
    /// Address in digits, high first.
    pub meter: String,
    /// `dlt645`, `cjt188` or `mbus`.
    pub protocol: String,
    /// Tty of its segment; where several programs share it, the first one's.
    pub tty: PathBuf,
}

/// A running district. All persistent state is in its folder; dropping it is a power cut for everything.
#[derive(Debug)]
pub struct District {
    places: Places,
    repeaters: Vec<([String; 2], Repeater)>,
    segments: Vec<(String, Segment)>,
    meters: Vec<SharedMeter>,
    validator: Validator,
    printer: Printer,
    scanner: Scanner,
}

impl District {
    /// Starts everything in `config.dir`; what an earlier run left there goes on.
    ///
    /// # Errors
    /// A wrong configuration, or what the operating system says.
    pub async fn start(config: DistrictConfig) -> Result<Self, DistrictError> {
        std::fs::create_dir_all(config.dir.join("state"))?;
        let dir = config.dir.canonicalize()?;
        let mut meters = Vec::new();
        let mut places_of_meters = Vec::new();
        let mut segments = Vec::new();
        for plan in &config.segments {
            let ttys: Vec<PathBuf> = plan.ttys().iter().map(|name| dir.join(name)).collect();
            let first = ttys.first().cloned().unwrap_or_default();
            let mut hanging = Vec::new();
            for meter in &plan.meters {
                let (shared, protocol) = open_meter(&dir, meter)?;
                places_of_meters.push(MeterPlace {
                    meter: meter.address().to_owned(),
                    protocol: protocol.to_owned(),
                    tty: first.clone(),
                });
                hanging.push(Arc::clone(&shared));
                meters.push(shared);
            }
            let segment = Segment::shared(plan.wire.clone(), ttys, hanging)?;
            segments.push((plan.wire.name.clone(), segment));
        }
        let repeaters = join(&segments, &config.repeaters)?;
        let validator = Validator::start(
            config.validator.clone(),
            &dir.join("validator"),
            dir.join("state").join("validator.json"),
        )?;
        let slips = dir.join("slips");
        let printer = Printer::start(config.printer.clone(), &dir.join("printer"), &slips).await?;
        let scanner = Scanner::start(&dir.join("scanner"))?;
        let places = Places {
            segments: segments
                .iter()
                .map(|(_, segment)| segment.tty().clone())
                .collect(),
            meters: places_of_meters,
            validator: validator.tty().to_path_buf(),
            printer: printer.tty().to_path_buf(),
            scanner: scanner.tty().to_path_buf(),
            printer_port: printer.address().port(),
            control: dir.join("control.sock"),
            slips,
            dir,
        };
        Ok(Self {
            places,
            repeaters,
            segments,
            meters,
            validator,
            printer,
            scanner,
        })
    }

    /// Where everything is.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// Holds a note of `value` whole currency units to the validator's mouth.
    pub async fn insert_note(&self, value: u32) -> Insertion {
        self.validator.insert(value)
    }

    /// The validator's power goes and comes.
    pub async fn validator_power_cycle(&self, note_goes: NoteGoes) {
        self.validator.power_cycle(note_goes);
    }

    /// Breaks or mends something at the validator.
    pub async fn validator_fault(&self, fault: ValidatorFault) {
        self.validator.fault(fault);
    }

    /// Breaks or mends something at the printer.
    ///
    /// # Errors
    /// What the file system says when a slip falls.
    pub async fn printer_fault(&self, fault: PrinterFault) -> Result<(), DistrictError> {
        Ok(self.printer.fault(fault)?)
    }

    /// Fills or empties the printer's paper.
    ///
    /// # Errors
    /// What the file system says when a slip falls.
    pub async fn paper(&self, paper: PaperState) -> Result<(), DistrictError> {
        Ok(self.printer.set_paper(paper)?)
    }

    /// The printer's paper ends after so many more rows of dots.
    pub async fn paper_ends_after(&self, rows: usize) {
        self.printer.paper_ends_after(rows);
    }

    /// Holds a code to the scanner.
    ///
    /// # Errors
    /// Its cable is out.
    pub async fn scan(&self, text: &str, ending: ScanEnding) -> Result<(), DistrictError> {
        Ok(self.scanner.read(text, ending)?)
    }

    /// Pulls the scanner's cable, or puts it back.
    ///
    /// # Errors
    /// What the operating system says when the tty is made anew.
    pub async fn scanner_cable(&self, plugged: bool) -> Result<(), DistrictError> {
        Ok(self.scanner.cable(plugged)?)
    }

    /// Switches a fault on at a meter.
    ///
    /// # Errors
    /// There is no such meter.
    pub async fn meter_fault(&self, meter: &str, fault: Fault) -> Result<(), DistrictError> {
        self.with_meter(meter, |meter| meter.faults().add(fault))
    }

    /// Forgets all faults at a meter.
    ///
    /// # Errors
    /// There is no such meter.
    pub async fn meter_faults_clear(&self, meter: &str) -> Result<(), DistrictError> {
        self.with_meter(meter, |meter| meter.faults().clear())
    }

    /// A household uses money at a meter.
    ///
    /// # Errors
    /// There is no such meter.
    pub async fn meter_consume(&self, meter: &str, fen: i64) -> Result<(), DistrictError> {
        self.with_meter(meter, |meter| meter.consume(fen))
    }

    /// A household uses hundredths of a unit, for which the meter takes this money where it keeps any.
    ///
    /// # Errors
    /// There is no such meter.
    pub async fn meter_use(
        &self,
        meter: &str,
        hundredths: u32,
        fen: i64,
    ) -> Result<(), DistrictError> {
        self.with_meter(meter, |meter| meter.use_up(hundredths, fen))
    }

    /// A meter's clock is so many seconds ahead of this machine's from now on.
    ///
    /// # Errors
    /// There is no such meter.
    pub async fn meter_clock(&self, meter: &str, ahead: i64) -> Result<(), DistrictError> {
        self.with_meter(meter, |meter| meter.clock_ahead(ahead))
    }

    /// Pulls a segment's cable.
    ///
    /// # Errors
    /// There is no such segment.
    pub async fn segment_cut(&self, name: &str) -> Result<(), DistrictError> {
        self.segment(name)?.cut();
        Ok(())
    }

    /// Puts a segment's cable back.
    ///
    /// # Errors
    /// There is no such segment, or what the operating system says.
    pub async fn segment_restore(&self, name: &str) -> Result<(), DistrictError> {
        Ok(self.segment(name)?.restore()?)
    }

    /// Breaks a wire in the street: the ttys stay, and nobody on it hears anybody.
    ///
    /// # Errors
    /// There is no such segment.
    pub async fn wire_break(&self, name: &str) -> Result<(), DistrictError> {
        self.segment(name)?.break_wire();
        Ok(())
    }

    /// Mends a broken wire.
    ///
    /// # Errors
    /// There is no such segment.
    pub async fn wire_mend(&self, name: &str) -> Result<(), DistrictError> {
        self.segment(name)?.mend_wire();
        Ok(())
    }

    /// How many repeaters join this wire with others.
    pub fn repeaters_at(&self, name: &str) -> usize {
        let joined = self.repeaters.iter();
        joined
            .filter(|(between, _)| between.iter().any(|end| end == name))
            .count()
    }

    /// Starts all counters of all wires anew.
    pub async fn reset_counters(&self) {
        for (_, segment) in &self.segments {
            segment.reset_counters();
        }
    }

    /// How long bytes have occupied a segment since the last reset, in emulated milliseconds.
    ///
    /// # Errors
    /// There is no such segment.
    pub async fn wire_busy_ms(&self, name: &str) -> Result<u64, DistrictError> {
        Ok(self.segment(name)?.counters().busy_ns / 1_000_000)
    }

    /// The truth about everything.
    pub async fn state(&self) -> DistrictState {
        let meters = self.meters.iter();
        DistrictState {
            validator: ValidatorView::of(self.validator.state()),
            meters: meters
                .map(|meter| meter.lock().expect("no panic while held").state())
                .collect(),
            printer: PrinterView {
                state: self.printer.state(),
                slips: self.printer.slips(),
            },
            segments: self
                .segments
                .iter()
                .map(|(name, segment)| SegmentView {
                    segment: name.clone(),
                    counters: segment.counters(),
                })
                .collect(),
        }
    }

    fn segment(&self, name: &str) -> Result<&Segment, DistrictError> {
        let found = self.segments.iter().find(|(given, _)| given == name);
        found
            .map(|(_, segment)| segment)
            .ok_or_else(|| DistrictError::NoSegment(name.to_owned()))
    }

    fn with_meter<T>(
        &self,
        address: &str,
        action: impl FnOnce(&mut VirtualMeter) -> T,
    ) -> Result<T, DistrictError> {
        for meter in &self.meters {
            let mut meter = meter.lock().expect("no panic while held");
            if meter.address() == address {
                return Ok(action(&mut meter));
            }
        }
        Err(DistrictError::NoMeter(address.to_owned()))
    }
}

fn join(
    segments: &[(String, Segment)],
    plans: &[RepeaterPlan],
) -> Result<Vec<([String; 2], Repeater)>, DistrictError> {
    let segment = |name: &String| {
        let found = segments.iter().find(|(given, _)| given == name);
        found
            .map(|(_, segment)| segment)
            .ok_or_else(|| DistrictError::NoSegment(name.clone()))
    };
    let mut repeaters = Vec::new();
    for plan in plans {
        let [one, other] = &plan.between;
        if one == other {
            let words = format!("a repeater joins {one} with itself; it joins two wires");
            return Err(DistrictError::Config(words));
        }
        let delay = Duration::from_millis(plan.delay_ms);
        let repeater = Repeater::join(segment(one)?, segment(other)?, delay);
        repeaters.push((plan.between.clone(), repeater));
    }
    Ok(repeaters)
}

fn open_meter(
    dir: &Path,
    config: &MeterConfig,
) -> Result<(SharedMeter, &'static str), DistrictError> {
    let file = Some(
        dir.join("state")
            .join(format!("meter-{}.json", config.address())),
    );
    let (meter, protocol) = match config {
        MeterConfig::Dlt645(config) => (
            VirtualMeter::Electricity(ElectricityMeter::open(config.clone(), file)?),
            "dlt645",
        ),
        MeterConfig::Cjt188(config) => (
            VirtualMeter::Volume(VolumeMeter::open(config.clone(), file)?),
            "cjt188",
        ),
        MeterConfig::Mbus(config) => (HeatMeter::open(config.clone(), file)?.into(), "mbus"),
    };
    Ok((Arc::new(Mutex::new(meter)), protocol))
}
