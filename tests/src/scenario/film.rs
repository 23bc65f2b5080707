//! A top-up as a film strip: a picture of every change of the screen, in each language of the terminal.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Failure;
use super::stage::{ELECTRICITY, Stage, StagePlan};
use super::topup::{Album, PATIENCE, insert, type_number};
use super::touchscreen::Touchscreen;

/// The terminal's languages, as its configuration names them.
pub const LANGUAGES: [&str; 4] = ["zh", "zh-TW", "en", "es"];

/// A strip has every third pixel of its pictures.
const SHRINK: usize = 3;
/// Between the pictures of a strip, and around them.
const GAP: usize = 12;
/// How many stand side by side.
const ACROSS: usize = 5;
/// The strip's ground.
const GROUND: [u8; 3] = [0x20, 0x24, 0x28];

/// Films a top-up in each of these languages below a folder: `<language>/01-attract.png` … and `strip-<language>.png`. Says where the strips are.
///
/// # Errors
/// When a top-up does not go as it should, or a picture cannot be written.
pub fn film(
    folder: &Path,
    languages: &[&'static str],
    tell: impl Fn(&str),
) -> Result<Vec<PathBuf>, Failure> {
    let mut strips = Vec::new();
    for &language in languages {
        tell(&format!("a top-up in {language} …"));
        let scratch = tempfile::tempdir()?;
        let plan = StagePlan {
            language,
            ..StagePlan::default()
        };
        let mut stage = Stage::set(scratch.path(), &plan)?;
        let screen = stage.start_kiosk()?;
        let mut camera = Camera::on(screen, &folder.join(language))?;
        let filmed = top_up(&mut stage, &mut camera);
        filmed.map_err(|failure| Failure::new(format!("{failure}\n{}", stage.last_words())))?;
        let strip = folder.join(format!("strip-{language}.png"));
        write_strip(&camera.album.pictures, &strip)?;
        strips.push(strip);
    }
    Ok(strips)
}

/// A touchscreen of which every change is photographed.
struct Camera {
    screen: Touchscreen,
    album: Album,
    last: String,
}

impl Camera {
    fn on(screen: Touchscreen, folder: &Path) -> Result<Camera, Failure> {
        let album = Album::in_folder(folder)?;
        Ok(Camera {
            screen,
            album,
            last: String::new(),
        })
    }

    /// Waits for a screen with these words in its content; what is shown meanwhile is in the film too.
    fn until(&mut self, screen: &str, words: &[&str]) -> Result<(), Failure> {
        let end = Instant::now() + PATIENCE;
        loop {
            let shown = self.screen.shown()?;
            let there =
                shown.screen == screen && words.iter().all(|word| shown.view.contains(word));
            // Before the terminal is ready there is nothing to film.
            let filming = there || !self.album.pictures.is_empty();
            if filming && shown.view != self.last {
                self.album
                    .take(&mut self.screen, &shown.screen.to_lowercase())?;
                self.last = shown.view;
            }
            if there {
                return Ok(());
            }
            if Instant::now() > end {
                return Err(Failure::new(format!(
                    "{screen} with {words:?} did not come: {}",
                    self.last
                )));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn touch(&mut self, id: &str) -> Result<(), Failure> {
        self.screen.touch(id)
    }
}

fn top_up(stage: &mut Stage, camera: &mut Camera) -> Result<(), Failure> {
    camera.until("Attract", &["cash: Works", "meters: Works"])?;
    camera.touch("start")?;
    camera.until("Number", &[])?;
    let (first, rest) = ELECTRICITY.split_at(4);
    for (typed, entry) in [(first, first), (rest, ELECTRICITY)] {
        type_number(&mut camera.screen, typed)?;
        camera.until("Number", &[&format!("entry: \"{entry}\"")])?;
    }
    camera.touch("find")?;
    camera.until("Meter", &[])?;
    camera.touch("amount-5000")?;
    camera.until("Cash", &["slot: Ready"])?;
    for (note, percent) in [(20, 40), (20, 80)] {
        insert(stage, note)?;
        camera.until("Cash", &[&format!("percent: {percent},"), "slot: Ready"])?;
    }
    insert(stage, 10)?;
    camera.until("Delivering", &[])?;
    camera.until("Done", &["slip: Printed"])?;
    camera.touch("close")?;
    camera.until("Attract", &[])
}

/// A picture, three bytes a pixel.
struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Picture {
    fn ground(width: usize, height: usize) -> Picture {
        Picture {
            width,
            height,
            pixels: GROUND.repeat(width * height),
        }
    }

    fn read(path: &Path) -> Result<Picture, Failure> {
        let unread =
            |error: png::DecodingError| Failure::new(format!("{}: {error}", path.display()));
        let mut reader = png::Decoder::new(std::io::BufReader::new(File::open(path)?))
            .read_info()
            .map_err(unread)?;
        let size = reader
            .output_buffer_size()
            .ok_or_else(|| Failure::new("a picture without an end"))?;
        let mut bytes = vec![0; size];
        let info = reader.next_frame(&mut bytes).map_err(unread)?;
        let channels = info.color_type.samples();
        let pixels = bytes.chunks_exact(channels).flat_map(|pixel| {
            [
                pixel[0],
                pixel[channels.min(2) - 1],
                pixel[channels.min(3) - 1],
            ]
        });
        Ok(Picture {
            width: info.width as usize,
            height: info.height as usize,
            pixels: pixels.collect(),
        })
    }

    fn pixel(&self, x: usize, y: usize) -> &[u8] {
        let at = (y * self.width + x) * 3;
        &self.pixels[at..at + 3]
    }

    /// The mean of a square of pixels.
    fn mean(&self, left: usize, top: usize) -> [u8; 3] {
        let mut sum = [0_usize; 3];
        for y in top..top + SHRINK {
            for x in left..left + SHRINK {
                for (sum, value) in sum.iter_mut().zip(self.pixel(x, y)) {
                    *sum += usize::from(*value);
                }
            }
        }
        sum.map(|sum| u8::try_from(sum / (SHRINK * SHRINK)).unwrap_or(u8::MAX))
    }

    /// Puts a smaller copy of another picture on this one.
    fn put(&mut self, other: &Picture, (left, top): (usize, usize)) {
        for y in 0..other.height / SHRINK {
            for x in 0..other.width / SHRINK {
                let at = ((top + y) * self.width + left + x) * 3;
                self.pixels[at..at + 3].copy_from_slice(&other.mean(x * SHRINK, y * SHRINK));
            }
        }
    }
}

/// All pictures on one sheet, row by row.
fn write_strip(pictures: &[PathBuf], path: &Path) -> Result<(), Failure> {
    let read: Vec<Picture> = pictures
        .iter()
        .map(|path| Picture::read(path))
        .collect::<Result<_, _>>()?;
    let first = read
        .first()
        .ok_or_else(|| Failure::new("nothing was filmed"))?;
    let (across, down) = (first.width / SHRINK + GAP, first.height / SHRINK + GAP);
    let mut sheet = Picture::ground(
        ACROSS * across + GAP,
        read.len().div_ceil(ACROSS) * down + GAP,
    );
    for (place, picture) in read.iter().enumerate() {
        sheet.put(
            picture,
            (GAP + place % ACROSS * across, GAP + place / ACROSS * down),
        );
    }
    let unwritten =
        |error: png::EncodingError| Failure::new(format!("{}: {error}", path.display()));
    let side = |pixels: usize| {
        u32::try_from(pixels).map_err(|_| Failure::new("too many pictures for one sheet"))
    };
    let mut encoder = png::Encoder::new(
        BufWriter::new(File::create(path)?),
        side(sheet.width)?,
        side(sheet.height)?,
    );
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(unwritten)?;
    writer.write_image_data(&sheet.pixels).map_err(unwritten)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strip_shows_each_picture_smaller_in_its_place() {
        let mut sheet = Picture::ground(4, 3);
        let other = Picture {
            width: 3,
            height: 6,
            pixels: [vec![90; 27], vec![30; 27]].concat(),
        };
        sheet.put(&other, (2, 1));
        assert_eq!(sheet.pixel(2, 1), [90; 3]);
        assert_eq!(sheet.pixel(2, 2), [30; 3]);
        assert_eq!(sheet.pixel(1, 1), GROUND);
        assert_eq!(sheet.pixel(3, 2), GROUND);
    }
}
