//! What the concentrator's program holds in memory with a thousand meters in its archive.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use meterpost_bus::frame::gdw376::archive::{self, Meter};
use meterpost_bus::frame::gdw376::port::PortRate;
use meterpost_bus::frame::gdw376::{
    Address, Confirm, Control, Frame, Gdw376, Item, Sequence, afn, units,
};
use meterpost_bus::frame::scan::{Found, Scanner};

use crate::Outcome;
use crate::table::{Mark, Table};

const METERS: u16 = 1_000;
/// Entries in one frame: what fits a terminal's buffer everywhere.
const AT_ONCE: usize = 50;
const BOUND: u64 = 32 * 1024;

/// The program; it ends with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Measures the program that the environment variable `CONCENTRATOR` names.
pub fn measure(table: &mut Table) -> Outcome<()> {
    let Ok(program) = std::env::var("CONCENTRATOR") else {
        table.info(
            "memory with 1,000 meters: not measured",
            "CONCENTRATOR names no program",
        );
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut text = format!(
        "area = \"0171\"\naddress = 1\nlisten = \"127.0.0.1:{port}\"\nstate = \"{}/state\"\n",
        folder.path().display()
    );
    for segment in 1..=4 {
        let device = folder.path().join(format!("wire{segment}"));
        text += &format!(
            "[[segment]]\nport = {segment}\ndevice = \"{}\"\n",
            device.display()
        );
    }
    let config = folder.path().join("concentrator.toml");
    std::fs::write(&config, text)?;
    let child = start(&program, &config)?;
    let mut master = connect(port)?;
    load(&mut master)?;
    // Long enough for a first look at everything that is due.
    std::thread::sleep(Duration::from_secs(2));
    let (now, highest) = memory(child.0.id())?;
    table.row(
        "concentrator program with 1,000 meters in its archive",
        "≤ 32 MiB",
        format!("{:.1} MiB, at most {:.1}", mebi(now), mebi(highest)),
        Some(highest as f64 / BOUND as f64),
        Mark::when(highest <= BOUND),
    );
    Ok(())
}

fn start(program: &str, config: &Path) -> Outcome<Running> {
    let child = Command::new(program)
        .arg("--config")
        .arg(config)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    Ok(Running(child))
}

fn connect(port: u16) -> Outcome<TcpStream> {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        match TcpStream::connect(("127.0.0.1", port)) {
            Ok(stream) => {
                stream.set_read_timeout(Some(Duration::from_secs(20)))?;
                return Ok(stream);
            }
            Err(error) if Instant::now() > end => return Err(error.into()),
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// Gives it the meters, piece by piece, each confirmed.
fn load(master: &mut TcpStream) -> Outcome<()> {
    let address = Address::of_terminal(171, 1)
        .ok_or("an address")?
        .with_station(1);
    let meters: Vec<Meter> = (1..=METERS).map(meter).collect();
    let mut scanner = Scanner::new::<Gdw376>();
    for (number, some) in meters.chunks(AT_ONCE).enumerate() {
        let item = Item::of_terminal(10, archive::encode(some)?);
        let frame = Frame {
            protocol: 2,
            control: Control(0x4A),
            address,
            afn: afn::SET,
            sequence: Sequence::single(number as u8, true),
            data: units::join(&[item])?,
            password: Some([0; 16]),
            events: None,
            time_tag: None,
        };
        master.write_all(&frame.encode()?)?;
        confirmed(master, &mut scanner)?;
    }
    Ok(())
}

/// Reads until the concentrator confirms; logins and heartbeats pass by.
fn confirmed(master: &mut TcpStream, scanner: &mut Scanner) -> Outcome<()> {
    let mut chunk = [0; 4096];
    loop {
        let count = master.read(&mut chunk)?;
        if count == 0 {
            return Err("the concentrator closed the connection".into());
        }
        for found in scanner.push(&chunk[..count]) {
            let Found::Frame { bytes, .. } = found else {
                continue;
            };
            let frame = Frame::decode(&bytes)?;
            if frame.afn != afn::CONFIRM {
                continue;
            }
            let items = units::split(frame.afn, frame.control.upward(), &frame.data)?;
            return match Confirm::from_items(&items) {
                Ok(Confirm::All) => Ok(()),
                other => Err(format!("the archive was not taken: {other:?}").into()),
            };
        }
    }
}

fn meter(index: u16) -> Meter {
    let digits = format!("26030551{index:04}");
    let mut address = [0; 6];
    if hex::decode_to_slice(digits, &mut address).is_ok() {
        address.reverse();
    }
    Meter {
        index,
        point: index,
        port: PortRate {
            port: 1 + (index % 4) as u8,
            rate: 0,
        },
        protocol: 30,
        address,
        password: [0; 6],
        tariffs: 4,
        digits: 9,
        collector: [0; 6],
        class: 0x10,
    }
}

/// Resident memory now and at most, in KiB.
fn memory(process: u32) -> Outcome<(u64, u64)> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let field = |name: &str| -> Outcome<u64> {
        let line = status.lines().find(|line| line.starts_with(name));
        let number = line.and_then(|line| line.split_whitespace().nth(1));
        Ok(number.ok_or("no such field")?.parse()?)
    };
    Ok((field("VmRSS:")?, field("VmHWM:")?))
}

fn mebi(kibi: u64) -> f64 {
    kibi as f64 / 1024.0
}
