//! A display in memory (Xvfb), whose pixels are read from the file that it keeps them in, with nothing of what is measured in between.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::scenario::Failure;

/// The header of an X window dump in 32-bit words: how long it is, where a line's length and the number of colours stand.
const HEADER_SIZE: usize = 0;
const BYTES_PER_LINE: usize = 12;
const COLOURS: usize = 19;
/// A colour's record in it.
const COLOUR_BYTES: u64 = 12;
/// A pixel of a depth of 24.
const PIXEL: usize = 4;

/// A part of the glass, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    pub left: usize,
    pub top: usize,
    pub width: usize,
    pub height: usize,
}

/// A running Xvfb. It ends when dropped.
pub struct Display {
    name: String,
    server: Child,
    pixels: File,
    first: u64,
    line: usize,
}

impl Display {
    /// Starts one of this size; its pixels are kept in a file in the folder.
    ///
    /// # Errors
    /// When there is no Xvfb, or it does not come up.
    pub fn start(folder: &Path, (width, height): (u32, u32)) -> Result<Display, Failure> {
        let screen = format!("{width}x{height}x24");
        let started = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                &screen,
                "-nolisten",
                "tcp",
                "-fbdir",
            ])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut server = started.map_err(|error| {
            Failure::new(format!(
                "Xvfb does not start ({error}): apt-get install xvfb"
            ))
        })?;
        let mut number = String::new();
        if let Some(told) = server.stdout.take() {
            BufReader::new(told).read_line(&mut number)?;
        }
        let number = number.trim();
        if number.is_empty() {
            let _ = server.kill();
            let _ = server.wait();
            return Err(Failure::new("Xvfb ended at once"));
        }
        let pixels = opened(&folder.join("Xvfb_screen0"))?;
        let word = |at: usize| -> Result<u64, Failure> {
            let mut bytes = [0; 4];
            pixels.read_exact_at(&mut bytes, at as u64 * 4)?;
            Ok(u64::from(u32::from_be_bytes(bytes)))
        };
        let first = word(HEADER_SIZE)? + word(COLOURS)? * COLOUR_BYTES;
        let line = usize::try_from(word(BYTES_PER_LINE)?)
            .map_err(|_| Failure::new("the display's lines have no length"))?;
        Ok(Display {
            name: format!(":{number}"),
            server,
            pixels,
            first,
            line,
        })
    }

    /// As programs are told of it: `:99`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bytes of a part of it, as they are now.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn look(&self, region: Region) -> Result<Vec<u8>, Failure> {
        let mut bytes = vec![0; region.width * region.height * PIXEL];
        for (row, line) in bytes.chunks_exact_mut(region.width * PIXEL).enumerate() {
            let start = (region.top + row) * self.line + region.left * PIXEL;
            self.pixels.read_exact_at(line, self.first + start as u64)?;
        }
        Ok(bytes)
    }

    /// Waits until a part of it fits, and says how long that took since `from`.
    ///
    /// # Errors
    /// When it has not within the time.
    pub fn until(
        &self,
        region: Region,
        (from, within): (Instant, Duration),
        fits: impl Fn(&[u8]) -> bool,
    ) -> Result<Duration, Failure> {
        loop {
            let seen = self.look(region)?;
            let after = from.elapsed();
            if fits(&seen) {
                return Ok(after);
            }
            if after > within {
                return Err(Failure::new(format!(
                    "nothing was seen at {region:?} within {} s",
                    within.as_secs()
                )));
            }
        }
    }

    /// What a part of it shows once it has not changed for a while.
    ///
    /// # Errors
    /// When it never stays the same.
    pub fn settled(&self, region: Region) -> Result<Vec<u8>, Failure> {
        const STILL: Duration = Duration::from_secs(3);
        let end = Instant::now() + Duration::from_secs(60);
        let (mut last, mut since) = (self.look(region)?, Instant::now());
        loop {
            std::thread::sleep(Duration::from_millis(50));
            let now = self.look(region)?;
            let empty = now.iter().all(|byte| *byte == 0);
            if now != last || empty {
                (last, since) = (now, Instant::now());
            } else if since.elapsed() > STILL {
                return Ok(last);
            }
            if Instant::now() > end {
                return Err(Failure::new(format!("{region:?} never stays as it is")));
            }
        }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The file of the pixels, which is there soon after the display's number.
fn opened(path: &Path) -> Result<File, Failure> {
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        match File::open(path) {
            Ok(file) => return Ok(file),
            Err(error) if Instant::now() > end => return Err(error.into()),
            Err(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}
