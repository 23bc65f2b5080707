//! The signal that time runs out: two short tones, as a WAV file (RIFF, PCM, 16 bits, one channel).

const SAMPLES_A_SECOND: u32 = 16_000;
/// In hertz; most hearing losses leave these.
const TONES: [f64; 2] = [660.0, 880.0];
/// Of each tone, and of the pause between them, in seconds.
const LENGTH: f64 = 0.16;
const PAUSE: f64 = 0.06;
/// Fades in and out, so that it does not click.
const FADE: f64 = 0.02;
/// The amplitude at 100 %, so that 200 % is not cut.
const HEIGHT: f64 = 0.35;

/// The whole file, so loud in percent.
pub fn wav(volume: u32) -> Vec<u8> {
    let height = (HEIGHT * f64::from(volume) / 100.0).min(1.0) * f64::from(i16::MAX);
    let mut samples: Vec<i16> = Vec::new();
    for (place, tone) in TONES.into_iter().enumerate() {
        if place > 0 {
            samples.extend(std::iter::repeat_n(0, count(PAUSE)));
        }
        let all = count(LENGTH);
        samples.extend((0..all).map(|at| {
            let time = at as f64 / f64::from(SAMPLES_A_SECOND);
            let fade = (time / FADE).min((LENGTH - time) / FADE).clamp(0.0, 1.0);
            // Within an i16: the height is at most its maximum.
            (height * fade * (time * tone * std::f64::consts::TAU).sin()) as i16
        }));
    }
    file(&samples)
}

fn count(seconds: f64) -> usize {
    (seconds * f64::from(SAMPLES_A_SECOND)) as usize
}

fn file(samples: &[i16]) -> Vec<u8> {
    let length = u32::try_from(samples.len() * 2).unwrap_or(0);
    let mut file = Vec::with_capacity(44 + samples.len() * 2);
    file.extend(b"RIFF");
    file.extend((36 + length).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    // PCM, one channel.
    file.extend(1_u16.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend(SAMPLES_A_SECOND.to_le_bytes());
    file.extend((SAMPLES_A_SECOND * 2).to_le_bytes());
    file.extend(2_u16.to_le_bytes());
    file.extend(16_u16.to_le_bytes());
    file.extend(b"data");
    file.extend(length.to_le_bytes());
    for sample in samples {
        file.extend(sample.to_le_bytes());
    }
    file
}

#[cfg(test)]
mod tests {
    use super::wav;

    fn loudest(file: &[u8]) -> u16 {
        let samples = file[44..].chunks_exact(2);
        let heights = samples.map(|pair| i16::from_le_bytes([pair[0], pair[1]]).unsigned_abs());
        heights.max().unwrap()
    }

    #[test]
    fn the_signal_is_a_whole_file_that_is_louder_at_a_higher_volume_and_fits_a_pipe() {
        let [low, high] = [50, 200].map(wav);
        for file in [&low, &high] {
            let length = u32::from_le_bytes(file[40..44].try_into().unwrap());
            assert_eq!(file.len(), 44 + length as usize);
            assert_eq!(&file[..4], b"RIFF");
            assert!(file.len() < 65_536);
        }
        assert!(loudest(&low) > 4_000 && loudest(&high) > 3 * loudest(&low));
    }
}
