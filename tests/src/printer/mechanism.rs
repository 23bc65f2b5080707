//! The mechanism: prints while it can, holds what it cannot print, and lets slips fall.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::command::{Command, Lexer};
use super::paper::{Row, write_png};
use super::render::{Job, Renderer};
use super::status::{PaperState, PrinterConfig, PrinterFault, PrinterState, Sensors};
use crate::store;

/// One slip of paper that left the printer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slip {
    /// Counting from 1.
    pub number: u32,
    /// Its picture.
    pub png: PathBuf,
    /// What was printed with the printer's own font, line by line.
    pub words: Vec<String>,
    /// Contents of the codes on it.
    pub codes: Vec<String>,
    /// Dot rows.
    pub rows: usize,
    /// Whether it ended with a cut; otherwise the paper ended, or power was lost and the paper torn off.
    pub whole: bool,
}

/// The printer without its wires.
#[derive(Debug)]
pub struct Mechanism {
    width: usize,
    folder: PathBuf,
    sensors: Sensors,
    rows_left: Option<usize>,
    lexer: Lexer,
    renderer: Renderer,
    waiting: VecDeque<Job>,
    paper: Vec<Row>,
    words: Vec<String>,
    codes: Vec<String>,
    slips: Vec<Slip>,
    faults: Vec<String>,
    automatic: bool,
}

impl Mechanism {
    /// A printer whose slips fall into `folder`; slips of earlier runs are counted on.
    ///
    /// # Errors
    /// What the file system says.
    pub fn open(config: &PrinterConfig, folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let slips = store::load(&folder.join("slips.json"))?.unwrap_or_default();
        Ok(Self {
            width: config.width,
            folder: folder.to_path_buf(),
            sensors: Sensors::FINE,
            rows_left: None,
            lexer: Lexer::default(),
            renderer: Renderer::new(config.width),
            waiting: VecDeque::new(),
            paper: Vec::new(),
            words: Vec::new(),
            codes: Vec::new(),
            slips,
            faults: Vec::new(),
            automatic: false,
        })
    }

    /// Takes bytes from the host and returns what the printer answers.
    ///
    /// # Errors
    /// What the file system says when a slip falls.
    pub fn take(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        if !self.sensors.powered {
            return Ok(Vec::new());
        }
        self.lexer.feed(bytes);
        self.work()
    }

    /// Slips that have fallen so far, those of earlier runs included.
    pub fn slips(&self) -> &[Slip] {
        &self.slips
    }

    /// What an outside observer may know.
    pub fn state(&self) -> PrinterState {
        let rows = self.waiting.iter().filter(|job| matches!(job, Job::Row(_)));
        PrinterState {
            paper: self.sensors.paper,
            online: self.prints(),
            held_lines: rows.count(),
            faults: self.faults.clone(),
        }
    }

    /// Whether power is on.
    pub fn is_powered(&self) -> bool {
        self.sensors.powered
    }

    /// Fills, empties or limits the paper; returns automatic status where the host wanted it.
    ///
    /// # Errors
    /// What the file system says when a slip falls.
    pub fn set_paper(&mut self, paper: PaperState) -> io::Result<Vec<u8>> {
        let was_out = self.sensors.paper == PaperState::Out;
        self.sensors.paper = paper;
        self.rows_left = None;
        if was_out && paper != PaperState::Out && !self.paper.is_empty() {
            // The end of the old roll falls out when the new one is put in.
            self.drop_slip(false)?;
        }
        self.after_change()
    }

    /// The paper ends after so many more rows of dots.
    pub fn paper_ends_after(&mut self, rows: usize) {
        self.rows_left = Some(rows);
        self.sensors.paper = PaperState::NearEnd;
    }

    /// Breaks or mends something; returns automatic status where the host wanted it.
    ///
    /// # Errors
    /// What the file system says when a slip falls.
    pub fn fault(&mut self, fault: PrinterFault) -> io::Result<Vec<u8>> {
        match fault {
            PrinterFault::CoverOpen => self.sensors.cover_open = true,
            PrinterFault::CoverClosed => self.sensors.cover_open = false,
            PrinterFault::CutterError => self.sensors.cutter_error = true,
            PrinterFault::CutterMended => self.sensors.cutter_error = false,
            PrinterFault::Silent => self.sensors.silent = true,
            PrinterFault::Answering => self.sensors.silent = false,
            PrinterFault::PowerOff => self.power_off()?,
            PrinterFault::PowerOn => self.sensors.powered = true,
        }
        self.after_change()
    }

    fn power_off(&mut self) -> io::Result<()> {
        self.sensors.powered = false;
        self.automatic = false;
        self.lexer.clear();
        self.waiting.clear();
        self.renderer = Renderer::new(self.width);
        if self.paper.is_empty() {
            Ok(())
        } else {
            self.drop_slip(false)
        }
    }

    fn after_change(&mut self) -> io::Result<Vec<u8>> {
        let mut answers = Vec::new();
        if self.automatic && self.sensors.powered && !self.sensors.silent {
            answers.extend(self.sensors.automatic());
        }
        answers.extend(self.work()?);
        Ok(answers)
    }

    fn prints(&self) -> bool {
        self.sensors.online() && self.sensors.powered && !self.sensors.silent
    }

    /// Reads what can be read and prints what can be printed. Off-line, everything but real-time requests waits.
    fn work(&mut self) -> io::Result<Vec<u8>> {
        let mut answers = Vec::new();
        if self.sensors.silent {
            return Ok(answers);
        }
        self.print()?;
        while let Some(command) = self.lexer.next() {
            match command {
                Command::RealTimeStatus(request) => answers.extend(self.sensors.real_time(request)),
                Command::RealTimeRecover(2) => self.waiting.clear(),
                Command::RealTimeRecover(_) => {}
                Command::Gs(b'r', _) => answers.push(self.sensors.paper_status()),
                Command::Gs(b'a', parameters) => {
                    self.automatic = parameters[0] != 0;
                    if self.automatic {
                        answers.extend(self.sensors.automatic());
                    }
                }
                other => {
                    self.waiting.extend(self.renderer.command(&other));
                    self.faults.append(&mut self.renderer.take_faults());
                }
            }
            self.print()?;
        }
        Ok(answers)
    }

    fn print(&mut self) -> io::Result<()> {
        while self.prints() {
            match self.waiting.pop_front() {
                None => return Ok(()),
                Some(Job::Row(row)) => self.print_row(row),
                Some(Job::Words(words)) => self.words.push(words),
                Some(Job::Code(content)) => self.codes.push(content),
                Some(Job::Cut) => self.drop_slip(true)?,
            }
        }
        Ok(())
    }

    /// A row that meets the end of the paper waits for the new roll.
    fn print_row(&mut self, row: Row) {
        match &mut self.rows_left {
            Some(0) => {
                self.sensors.paper = PaperState::Out;
                self.waiting.push_front(Job::Row(row));
            }
            Some(left) => {
                *left -= 1;
                self.paper.push(row);
            }
            None => self.paper.push(row),
        }
    }

    fn drop_slip(&mut self, whole: bool) -> io::Result<()> {
        let number = self.slips.last().map_or(1, |slip| slip.number + 1);
        let png = self.folder.join(format!("slip-{number:04}.png"));
        let rows = std::mem::take(&mut self.paper);
        write_png(&png, self.width, &rows)?;
        self.slips.push(Slip {
            number,
            png,
            words: std::mem::take(&mut self.words),
            codes: std::mem::take(&mut self.codes),
            rows: rows.len(),
            whole,
        });
        store::save(&self.folder.join("slips.json"), &self.slips)
    }
}
