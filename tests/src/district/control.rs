//! The control protocol: one JSON command a line, one JSON answer a line.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::District;
use super::error::DistrictError;
use crate::meter::{Fault, FaultKind, FaultScope, MeterState};
use crate::printer::{PaperState, PrinterFault, PrinterState, Slip};
use crate::scanner::ScanEnding;
use crate::segment::Counters;
use crate::validator::{NoteGoes, PathNote, PendingEvent, ValidatorFault, ValidatorState};

/// A command to the district.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "cmd", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Where everything is.
    Places,
    /// Hold a note to the mouth.
    InsertNote {
        /// Whole currency units.
        value: u32,
    },
    /// Power of the validator goes and comes.
    ValidatorPowerCycle {
        /// Where a note in the path goes.
        note_goes: NoteGoes,
    },
    /// Break or mend the validator.
    ValidatorFault {
        /// What.
        fault: ValidatorFault,
    },
    /// Break or mend the printer.
    PrinterFault {
        /// What.
        fault: PrinterFault,
    },
    /// Fill or empty the paper, or let it end after so many rows of dots.
    Paper {
        /// New state.
        #[serde(default)]
        state: Option<PaperState>,
        /// Rows until it ends.
        #[serde(default)]
        ends_after: Option<usize>,
    },
    /// Hold a code to the scanner.
    Scan {
        /// What it says.
        text: String,
        /// What the scanner sends after it.
        #[serde(default)]
        ending: ScanEnding,
    },
    /// Pull the scanner's cable, or put it back.
    ScannerCable {
        /// Whether it is in from now on.
        plugged: bool,
    },
    /// Switch a fault on at a meter.
    MeterFault {
        /// Address.
        meter: String,
        /// What.
        fault: FaultKind,
        /// For how many requests.
        #[serde(default = "one")]
        count: u32,
        /// Which requests; by default what the kind is about.
        #[serde(default)]
        scope: Option<FaultScope>,
        /// How late a late answer is, before scaling.
        #[serde(default)]
        delay_ms: Option<u64>,
    },
    /// Forget all faults at a meter.
    MeterFaultsClear {
        /// Address.
        meter: String,
    },
    /// A household uses money.
    MeterConsume {
        /// Address.
        meter: String,
        /// How much.
        fen: i64,
    },
    /// A household uses hundredths of a unit, for which the meter takes money where it keeps any.
    MeterUse {
        /// Address.
        meter: String,
        /// How much of it, in hundredths of a unit.
        hundredths: u32,
        /// What the meter takes for it.
        #[serde(default)]
        fen: i64,
    },
    /// A meter's clock goes wrong.
    MeterClock {
        /// Address.
        meter: String,
        /// Seconds that it is ahead of this machine's from now on; negative where it is behind.
        ahead: i64,
    },
    /// Pull a cable.
    SegmentCut {
        /// Name.
        segment: String,
    },
    /// Put it back.
    SegmentRestore {
        /// Name.
        segment: String,
    },
    /// Break a wire in the street.
    WireBreak {
        /// Name.
        segment: String,
    },
    /// Mend it.
    WireMend {
        /// Name.
        segment: String,
    },
    /// The truth about everything.
    State,
    /// Start all wire counters anew.
    ResetCounters,
    /// How long bytes have occupied a wire.
    WireBusyMs {
        /// Name.
        segment: String,
    },
}

fn one() -> u32 {
    1
}

/// The truth about everything in the district.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DistrictState {
    /// The note validator.
    pub validator: ValidatorView,
    /// The meters.
    pub meters: Vec<MeterState>,
    /// The printer.
    pub printer: PrinterView,
    /// The wires.
    pub segments: Vec<SegmentView>,
}

impl DistrictState {
    /// The meter of this address.
    pub fn meter(&self, address: &str) -> Option<&MeterState> {
        self.meters.iter().find(|meter| meter.meter == address)
    }
}

/// The validator as an observer sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidatorView {
    /// Sum of the notes in the box, whole currency units.
    pub box_total: u64,
    /// Notes in the box, oldest first.
    pub box_notes: Vec<u32>,
    /// Sum of the notes in boxes taken away.
    pub collected_total: u64,
    /// Notes given back.
    pub returned: u64,
    /// The note in the path.
    pub path: Option<PathNote>,
    /// Events not heard or not acknowledged.
    pub pending: Vec<PendingEvent>,
}

impl ValidatorView {
    pub(super) fn of(state: ValidatorState) -> Self {
        Self {
            box_total: state.in_box.iter().map(|note| u64::from(note.value)).sum(),
            box_notes: state.in_box.iter().map(|note| note.value).collect(),
            collected_total: state
                .collected
                .iter()
                .map(|note| u64::from(note.value))
                .sum(),
            returned: state.returned,
            path: state.path,
            pending: state.pending,
        }
    }
}

/// The printer as an observer sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrinterView {
    /// Sensors and faults.
    pub state: PrinterState,
    /// Slips that fell.
    pub slips: Vec<Slip>,
}

/// A wire as an observer sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentView {
    /// Name.
    pub segment: String,
    /// What went over it.
    pub counters: Counters,
}

impl District {
    /// Carries out one command.
    ///
    /// # Errors
    /// What the command's method says.
    pub async fn handle(&self, command: Command) -> Result<Value, DistrictError> {
        let done = Ok(json!({}));
        match command {
            Command::Places => value(self.places()),
            Command::InsertNote { value } => {
                Ok(json!({ "insertion": self.insert_note(value).await }))
            }
            Command::ValidatorPowerCycle { note_goes } => {
                self.validator_power_cycle(note_goes).await;
                done
            }
            Command::ValidatorFault { fault } => {
                self.validator_fault(fault).await;
                done
            }
            Command::PrinterFault { fault } => self.printer_fault(fault).await.and(done),
            Command::Paper { state, ends_after } => self.change_paper(state, ends_after).await,
            Command::Scan { text, ending } => self.scan(&text, ending).await.and(done),
            Command::ScannerCable { plugged } => self.scanner_cable(plugged).await.and(done),
            Command::MeterFault {
                meter,
                fault,
                count,
                scope,
                delay_ms,
            } => {
                let usual = Fault::next(fault, count);
                let fault = Fault {
                    scope: scope.unwrap_or(usual.scope),
                    delay_ms: delay_ms.unwrap_or(usual.delay_ms),
                    ..usual
                };
                self.meter_fault(&meter, fault).await.and(done)
            }
            Command::MeterFaultsClear { meter } => self.meter_faults_clear(&meter).await.and(done),
            Command::MeterConsume { meter, fen } => self.meter_consume(&meter, fen).await.and(done),
            Command::MeterUse {
                meter,
                hundredths,
                fen,
            } => self.meter_use(&meter, hundredths, fen).await.and(done),
            Command::MeterClock { meter, ahead } => self.meter_clock(&meter, ahead).await.and(done),
            Command::SegmentCut { segment } => self.segment_cut(&segment).await.and(done),
            Command::SegmentRestore { segment } => self.segment_restore(&segment).await.and(done),
            Command::WireBreak { segment } => self.wire_break(&segment).await.and(done),
            Command::WireMend { segment } => self.wire_mend(&segment).await.and(done),
            Command::State => value(&self.state().await),
            Command::ResetCounters => {
                self.reset_counters().await;
                done
            }
            Command::WireBusyMs { segment } => {
                Ok(json!({ "wire_busy_ms": self.wire_busy_ms(&segment).await? }))
            }
        }
    }

    async fn change_paper(
        &self,
        state: Option<PaperState>,
        ends_after: Option<usize>,
    ) -> Result<Value, DistrictError> {
        if let Some(state) = state {
            self.paper(state).await?;
        }
        if let Some(rows) = ends_after {
            self.paper_ends_after(rows).await;
        }
        Ok(json!({}))
    }
}

fn value<T: Serialize>(answer: &T) -> Result<Value, DistrictError> {
    serde_json::to_value(answer).map_err(|error| DistrictError::System(error.into()))
}
