//! A serial server: passes the bytes of one TCP connection to a tty and back, as the boxes sold for it do.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

/// Listens on this machine, passes the first connection on, and returns `host:port`.
pub fn pass_on(tty: &Path) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its number").to_string();
    let line = File::options()
        .read(true)
        .write(true)
        .open(tty)
        .expect("the tty opens");
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a connection");
        let (back, answers) = (
            stream.try_clone().expect("both directions"),
            line.try_clone().expect("both directions"),
        );
        std::thread::spawn(move || copy(answers, back));
        copy(stream, line);
    });
    address
}

/// Until one end is gone.
fn copy(mut from: impl Read, mut to: impl Write) {
    let mut buffer = [0; 256];
    while let Ok(n @ 1..) = from.read(&mut buffer) {
        if to
            .write_all(&buffer[..n])
            .and_then(|()| to.flush())
            .is_err()
        {
            return;
        }
    }
}
