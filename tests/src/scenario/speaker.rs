//! A synthesizer and a loudspeaker that keep what they are given: programs of the system, started by the kiosk as it starts the real ones.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::Failure;

/// What the synthesizer gives for each text.
pub const SOUND: &str = "RIFF a sound";

/// Keeps the voice asked for and the text from its standard input, each in a line, and gives a sound.
const SYNTHESIZER: &str = r#"#!/bin/sh
words=$(cat)
printf '%s|%s|%s|%s\n' "$2" "$4" "$6" "$words" >> "@/said.txt"
printf 'RIFF a sound'
"#;

/// Plays nothing but keeps it.
const LOUDSPEAKER: &str = "#!/bin/sh\ncat >> \"@/played.bin\"\n";

fn program(folder: &Path, name: &str, text: &str) -> Result<PathBuf, Failure> {
    let path = folder.join(name);
    std::fs::write(&path, text.replace('@', &folder.display().to_string()))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
    Ok(path)
}

/// Puts both programs into a folder, and gives the part of a kiosk's configuration that names them.
///
/// # Errors
/// When they cannot be written.
pub fn install(folder: &Path) -> Result<String, Failure> {
    let synthesizer = program(folder, "synthesizer", SYNTHESIZER)?;
    let loudspeaker = program(folder, "loudspeaker", LOUDSPEAKER)?;
    Ok(format!(
        "\n[speech]\nprogram = \"{}\"\nplayer = [\"{}\"]\n",
        synthesizer.display(),
        loudspeaker.display()
    ))
}

/// All that was said so far, the oldest first: voice, words a minute, amplitude and text, between bars. Empty before anything was.
pub fn said(folder: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join("said.txt")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// All sound that reached the loudspeaker, the signals among it.
pub fn played(folder: &Path) -> Vec<u8> {
    std::fs::read(folder.join("played.bin")).unwrap_or_default()
}
