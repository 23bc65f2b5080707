//! What the process that holds a key must not do.

use std::io;

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Sees to it that a crash leaves no image of the memory behind, where the seed would be: the limit for core files is
/// set to 0 for good (setrlimit(2)), and the process is marked as not dumpable (PR_SET_DUMPABLE, prctl(2)), which also
/// stops collectors that ignore the limit and keeps other processes of the same user from reading its memory.
///
/// To be called first thing, before a key is opened. Debuggers cannot attach afterwards.
pub fn forbid_core_dumps() -> io::Result<()> {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none)?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::dumpable_behavior;

    #[test]
    fn the_process_can_leave_no_core_behind() {
        forbid_core_dumps().unwrap();
        let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
        let core = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"))
            .unwrap();
        let values = core.split_whitespace().skip(4).take(2);
        assert_eq!(values.collect::<Vec<_>>(), ["0", "0"], "{core}");
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        forbid_core_dumps().unwrap();
    }
}
