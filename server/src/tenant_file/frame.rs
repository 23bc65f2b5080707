//! What is in a tenant's file: a header, then for each table its name and its rows in PostgreSQL's own text format of COPY, then a list of all
//! tables with their rows and hashes. Each part has a letter and its length in front.

use std::io::{self, Error, ErrorKind, Read, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const FORMAT: u32 = 1;
/// Bytes of a part of a table.
const PART: usize = 64 << 10;
/// Longest part that is read.
const LONGEST: u32 = 4 << 20;

/// Who cosigned the logs in a file, and who certified its terminals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witnessed {
    /// The name under which heads were cosigned.
    pub name: String,
    /// The witness's key, in hexadecimal.
    pub witness: String,
    /// The operator's.
    pub operator: String,
}

/// How far the counters are that all tenants of a server share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Of terminals' certificates.
    pub certificate_serial: i64,
    /// Of cards.
    pub card_number: i64,
}

/// What a file begins with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Header {
    format: u32,
    /// The version of the tables.
    pub schema: i32,
    /// The program's.
    pub program: String,
    /// RFC 3339.
    pub made_at: String,
    /// Whose file it is.
    pub tenant: String,
    /// By whose keys its logs are witnessed.
    pub witnessed: Witnessed,
    /// The shared counters.
    pub counters: Counters,
    /// The first days of the months that readings are of.
    pub months: Vec<String>,
}

impl Header {
    /// One of this program.
    pub(super) fn new(
        (schema, made_at, tenant): (i32, String, String),
        witnessed: Witnessed,
        counters: Counters,
        months: Vec<String>,
    ) -> Header {
        Header {
            format: FORMAT,
            schema,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            made_at,
            tenant,
            witnessed,
            counters,
            months,
        }
    }
}

/// A table in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfTable {
    /// Its name.
    pub name: String,
    /// Its columns, as they stand in each row.
    pub columns: Vec<String>,
}

/// How much of a table there is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// The table's name.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// SHA-256 of them as they stand in the file, in hexadecimal.
    pub sha256: String,
}

/// A part of a file.
pub(super) enum Part {
    /// Another table begins.
    Table(OfTable),
    /// Some of its rows' bytes; a row may go on in the next part.
    Rows(Vec<u8>),
    /// That was all, and as it was written.
    End(Vec<Sums>),
}

/// Counts and hashes a table's rows.
struct Counting {
    name: String,
    rows: u64,
    hash: Sha256,
}

impl Counting {
    fn new(name: &str) -> Counting {
        Counting {
            name: name.to_owned(),
            rows: 0,
            hash: Sha256::new(),
        }
    }

    fn add(&mut self, bytes: &[u8]) {
        // A line feed within a value is written as two characters.
        self.rows += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.hash.update(bytes);
    }

    fn done(self) -> Sums {
        Sums {
            name: self.name,
            rows: self.rows,
            sha256: hex::encode(self.hash.finalize()),
        }
    }
}

/// Writes a file's parts.
pub(super) struct Writer<W: Write> {
    out: W,
    table: Option<Counting>,
    part: Vec<u8>,
    sums: Vec<Sums>,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(out: W, header: &Header) -> io::Result<Writer<W>> {
        let mut writer = Writer {
            out,
            table: None,
            part: Vec::with_capacity(PART),
            sums: Vec::new(),
        };
        writer.json(b'H', header)?;
        Ok(writer)
    }

    fn put(&mut self, letter: u8, bytes: &[u8]) -> io::Result<()> {
        let length = u32::try_from(bytes.len())
            .ok()
            .filter(|length| *length <= LONGEST)
            .ok_or_else(|| Error::other("a part is too long"))?;
        self.out.write_all(&[letter])?;
        self.out.write_all(&length.to_be_bytes())?;
        self.out.write_all(bytes)
    }

    fn json(&mut self, letter: u8, value: &impl Serialize) -> io::Result<()> {
        let text = serde_json::to_vec(value).map_err(Error::other)?;
        self.put(letter, &text)
    }

    /// Begins a table.
    pub(super) fn table(&mut self, table: &OfTable) -> io::Result<()> {
        self.end_table()?;
        self.json(b'T', table)?;
        self.table = Some(Counting::new(&table.name));
        Ok(())
    }

    /// Some of its rows' bytes.
    pub(super) fn rows(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        if let Some(table) = &mut self.table {
            table.add(bytes);
        }
        while !bytes.is_empty() {
            let taken = bytes.len().min(PART - self.part.len());
            self.part.extend_from_slice(&bytes[..taken]);
            bytes = &bytes[taken..];
            if self.part.len() == PART {
                self.put_part()?;
            }
        }
        Ok(())
    }

    fn put_part(&mut self) -> io::Result<()> {
        let part = std::mem::take(&mut self.part);
        self.put(b'D', &part)?;
        self.part = part;
        self.part.clear();
        Ok(())
    }

    fn end_table(&mut self) -> io::Result<()> {
        if !self.part.is_empty() {
            self.put_part()?;
        }
        self.sums.extend(self.table.take().map(Counting::done));
        Ok(())
    }

    /// Ends the file with its list.
    pub(super) fn finish(mut self) -> io::Result<(W, Vec<Sums>)> {
        self.end_table()?;
        let sums = std::mem::take(&mut self.sums);
        self.json(b'E', &sums)?;
        Ok((self.out, sums))
    }
}

/// Reads a file's parts.
pub(super) struct Reader<R: Read> {
    from: R,
    table: Option<Counting>,
    sums: Vec<Sums>,
}

fn wrong(why: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidData, why.into())
}

impl<R: Read> Reader<R> {
    /// Reads the header.
    pub(super) fn new(from: R) -> io::Result<(Reader<R>, Header)> {
        let mut reader = Reader {
            from,
            table: None,
            sums: Vec::new(),
        };
        let (letter, bytes) = reader.raw()?;
        if letter != b'H' {
            return Err(wrong("it does not begin as a tenant's file does"));
        }
        let format = serde_json::from_slice::<serde_json::Value>(&bytes)
            .ok()
            .and_then(|header| header["format"].as_u64());
        if format != Some(u64::from(FORMAT)) {
            return Err(wrong(format!(
                "it has another format than {FORMAT}, which this program reads; take the program that wrote it"
            )));
        }
        let header = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        Ok((reader, header))
    }

    fn raw(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let mut front = [0; 5];
        self.from.read_exact(&mut front)?;
        let length = u32::from_be_bytes([front[1], front[2], front[3], front[4]]);
        if length > LONGEST {
            return Err(wrong("a part of it is longer than any that was written"));
        }
        let mut bytes = vec![0; length as usize];
        self.from.read_exact(&mut bytes)?;
        Ok((front[0], bytes))
    }

    /// The next part. Its end is told only where everything was as it is listed.
    pub(super) fn next(&mut self) -> io::Result<Part> {
        let (letter, bytes) = self.raw()?;
        let parse = |error: serde_json::Error| wrong(error.to_string());
        match letter {
            b'T' => {
                self.sums.extend(self.table.take().map(Counting::done));
                let table: OfTable = serde_json::from_slice(&bytes).map_err(parse)?;
                self.table = Some(Counting::new(&table.name));
                Ok(Part::Table(table))
            }
            b'D' => {
                let table = self.table.as_mut();
                table
                    .ok_or_else(|| wrong("rows come before their table"))?
                    .add(&bytes);
                Ok(Part::Rows(bytes))
            }
            b'E' => {
                self.sums.extend(self.table.take().map(Counting::done));
                let listed: Vec<Sums> = serde_json::from_slice(&bytes).map_err(parse)?;
                if listed != self.sums {
                    return Err(wrong("its tables are not those of its own list"));
                }
                let mut more = [0];
                match self.from.read(&mut more)? {
                    0 => Ok(Part::End(listed)),
                    _ => Err(wrong("there is something behind its end")),
                }
            }
            _ => Err(wrong("a part of it is none that was written")),
        }
    }
}
