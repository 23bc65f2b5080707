//! The printer on its wires: a TCP port and a tty lead to one mechanism.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

use super::mechanism::{Mechanism, Slip};
use super::status::{PaperState, PrinterConfig, PrinterFault, PrinterState};
use crate::pty::PtyPort;

/// What connections hear from the mechanism beside answers.
#[derive(Clone, Debug)]
enum News {
    Status(Vec<u8>),
    PowerOff,
}

/// A running printer.
#[derive(Debug)]
pub struct Printer {
    mechanism: Arc<Mutex<Mechanism>>,
    news: broadcast::Sender<News>,
    address: SocketAddr,
    tty: PathBuf,
    tasks: Vec<JoinHandle<()>>,
}

impl Printer {
    /// Starts it on TCP (this machine only) and on `tty`; slips fall into `folder`. Needs a Tokio runtime.
    ///
    /// # Errors
    /// What the operating system says.
    pub async fn start(config: PrinterConfig, tty: &Path, folder: &Path) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", config.port)).await?;
        let address = listener.local_addr()?;
        let mechanism = Arc::new(Mutex::new(Mechanism::open(&config, folder)?));
        let (news, _) = broadcast::channel(64);
        let port = PtyPort::open(tty)?;
        let tasks = vec![
            tokio::spawn(accept(listener, Arc::clone(&mechanism), news.clone())),
            tokio::spawn(serve_tty(port, Arc::clone(&mechanism), news.subscribe())),
        ];
        Ok(Self {
            mechanism,
            news,
            address,
            tty: tty.to_path_buf(),
            tasks,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its tty.
    pub fn tty(&self) -> &Path {
        &self.tty
    }

    fn mechanism(&self) -> MutexGuard<'_, Mechanism> {
        self.mechanism.lock().expect("no panic while held")
    }

    /// Fills or empties the paper.
    ///
    /// # Errors
    /// What the file system says when a slip falls.
    pub fn set_paper(&self, paper: PaperState) -> io::Result<()> {
        let status = self.mechanism().set_paper(paper)?;
        self.tell(News::Status(status));
        Ok(())
    }

    /// The paper ends after so many more rows of dots.
    pub fn paper_ends_after(&self, rows: usize) {
        self.mechanism().paper_ends_after(rows);
    }

    /// Breaks or mends something.
    ///
    /// # Errors
    /// What the file system says when a slip falls.
    pub fn fault(&self, fault: PrinterFault) -> io::Result<()> {
        let status = self.mechanism().fault(fault)?;
        if fault == PrinterFault::PowerOff {
            self.tell(News::PowerOff);
        }
        self.tell(News::Status(status));
        Ok(())
    }

    /// What an outside observer may know.
    pub fn state(&self) -> PrinterState {
        self.mechanism().state()
    }

    /// Slips that have fallen.
    pub fn slips(&self) -> Vec<Slip> {
        self.mechanism().slips().to_vec()
    }

    /// Nobody may be connected; then nobody needs to be told.
    fn tell(&self, news: News) {
        let _ = self.news.send(news);
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        self.tell(News::PowerOff);
    }
}

fn answer(mechanism: &Mutex<Mechanism>, bytes: &[u8]) -> Vec<u8> {
    let mut mechanism = mechanism.lock().expect("no panic while held");
    mechanism
        .take(bytes)
        .expect("the virtual printer's slips can be written")
}

async fn accept(
    listener: TcpListener,
    mechanism: Arc<Mutex<Mechanism>>,
    news: broadcast::Sender<News>,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let powered = mechanism.lock().expect("no panic while held").is_powered();
        if powered {
            tokio::spawn(serve_tcp(stream, Arc::clone(&mechanism), news.subscribe()));
        }
    }
}

async fn serve_tcp(
    mut stream: TcpStream,
    mechanism: Arc<Mutex<Mechanism>>,
    mut news: broadcast::Receiver<News>,
) {
    let mut buffer = [0; 4096];
    loop {
        let out = tokio::select! {
            read = stream.read(&mut buffer) => match read {
                Ok(count) if count > 0 => answer(&mechanism, &buffer[..count]),
                _ => return,
            },
            heard = news.recv() => match heard {
                Ok(News::Status(status)) => status,
                Ok(News::PowerOff) | Err(broadcast::error::RecvError::Closed) => return,
                Err(broadcast::error::RecvError::Lagged(_)) => Vec::new(),
            },
        };
        if !out.is_empty() && stream.write_all(&out).await.is_err() {
            return;
        }
    }
}

async fn serve_tty(
    port: PtyPort,
    mechanism: Arc<Mutex<Mechanism>>,
    mut news: broadcast::Receiver<News>,
) {
    loop {
        tokio::select! {
            read = port.read() => match read {
                Some(bytes) => port.send(&answer(&mechanism, &bytes)),
                None => return,
            },
            heard = news.recv() => match heard {
                Ok(News::Status(status)) => port.send(&status),
                Ok(News::PowerOff) => {}
                Err(broadcast::error::RecvError::Closed) => return,
                Err(broadcast::error::RecvError::Lagged(_)) => {}
            },
        }
    }
}
