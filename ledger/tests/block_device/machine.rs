//! What this takes of the machine.

use std::fs::OpenOptions;
use std::process::{Command, Stdio};

use crate::Anything;

/// The programs, each with an argument that makes it do nothing, and the Debian package that has it.
const PROGRAMS: [(&str, &str, &str); 6] = [
    ("qemu-storage-daemon", "--version", "qemu-utils"),
    ("mkfs.ext4", "-V", "e2fsprogs"),
    ("mount", "--version", "mount"),
    ("umount", "--version", "mount"),
    ("setpriv", "--version", "util-linux"),
    ("unshare", "--version", "util-linux"),
];

/// What is missing here, if anything.
pub fn lack() -> Option<String> {
    for device in ["/dev/fuse", "/dev/loop-control"] {
        let opened = OpenOptions::new().read(true).write(true).open(device);
        if let Err(error) = opened {
            return Some(format!(
                "{device} cannot be opened ({error}); it takes root"
            ));
        }
    }
    for (program, idle, package) in PROGRAMS {
        if !succeeds(Command::new(program).arg(idle)) {
            return Some(format!("no {program} (Debian package {package})"));
        }
    }
    let daemon = Command::new("qemu-storage-daemon").arg("--help").output();
    if !daemon.is_ok_and(|help| String::from_utf8_lossy(&help.stdout).contains("type=]fuse")) {
        return Some("a qemu-storage-daemon built without FUSE exports".into());
    }
    if !succeeds(Command::new("unshare").args(["--mount", "true"])) {
        return Some("no mount namespace can be made; it takes root".into());
    }
    can_mount()
        .err()
        .map(|error| format!("no file can be mounted as ext4: {error}"))
}

/// Tries a small ext4 on a loop device.
fn can_mount() -> Anything<()> {
    let work = tempfile::tempdir()?;
    let disk = work.path().join("disk");
    crate::chain::format(&disk)?;
    // The mount goes with the namespace.
    let mounted = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "--"])
        .args(["mount", "-t", "ext4", "-o", "loop"])
        .args([&disk, work.path()])
        .output()?;
    if mounted.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&mounted.stderr).trim().into())
    }
}

fn succeeds(command: &mut Command) -> bool {
    let quiet = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}
