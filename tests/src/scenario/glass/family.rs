//! A program with all that it has started: what they hold in memory and how much of a processor they take.

use std::fs;
use std::path::PathBuf;

use crate::scenario::Failure;

/// Clock ticks a second, in which `/proc` counts a processor's time: `USER_HZ`, 100 on every Linux.
const TICKS: f64 = 100.0;

/// What a family of processes holds, in KiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Pages in memory, those shared between them counted for each.
    pub resident: u64,
    /// The same with each shared page counted once, in parts.
    pub proportional: u64,
}

/// The process and all its descendants.
pub fn family(first: u32) -> Vec<u32> {
    let mut parents = Vec::new();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    for entry in entries {
        let id = entry.file_name().to_string_lossy().parse::<u32>();
        if let Ok(id) = id
            && let Some(parent) = stat(id).and_then(|fields| fields.get(1)?.parse::<u32>().ok())
        {
            parents.push((id, parent));
        }
    }
    let mut found = vec![first];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        let children = parents.iter().filter(|(_, of)| *of == parent);
        found.extend(children.map(|(id, _)| *id));
        next += 1;
    }
    found
}

/// What they hold now. A process that ends meanwhile counts nothing.
///
/// # Errors
/// When the first of them is not there.
pub fn memory(first: u32) -> Result<Memory, Failure> {
    let mut sum = Memory::default();
    for id in family(first) {
        let text = fs::read_to_string(place(id, "smaps_rollup")).unwrap_or_default();
        sum.resident += kib(&text, "Rss:");
        sum.proportional += kib(&text, "Pss:");
    }
    match sum.resident {
        0 => Err(Failure::new(format!("process {first} has ended"))),
        _ => Ok(sum),
    }
}

/// Processor time that they have taken so far, in seconds.
pub fn processor(first: u32) -> f64 {
    let ticks = |id: u32| -> Option<f64> {
        let fields = stat(id)?;
        let own: f64 = fields.get(11)?.parse().ok()?;
        let system: f64 = fields.get(12)?.parse().ok()?;
        Some(own + system)
    };
    let all: f64 = family(first).into_iter().filter_map(ticks).sum();
    all / TICKS
}

/// The fields of `/proc/<id>/stat` behind the program's name, which may hold anything: the state is field 0, the parent 1.
fn stat(id: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(place(id, "stat")).ok()?;
    let (_, rest) = text.rsplit_once(") ")?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

fn place(id: u32, name: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{id}/{name}"))
}

fn kib(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_belongs_to_its_parents_family_and_its_memory_counts() {
        let me = std::process::id();
        let alone = memory(me).unwrap();
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        // Until it is that program and not yet another copy of this one.
        while fs::read_to_string(place(child.id(), "comm"))
            .unwrap_or_default()
            .trim()
            != "sleep"
        {
            std::thread::yield_now();
        }
        assert!(family(me).contains(&child.id()));
        let both = memory(me).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(both.resident > alone.resident, "{both:?} {alone:?}");
        assert!(!family(me).contains(&child.id()));
    }

    #[test]
    fn a_program_that_has_ended_is_an_error_and_no_small_figure() {
        assert!(memory(u32::MAX).is_err());
    }
}
