//! GS ( k: two-dimensional codes; QR is drawn, the rest is a fault.

use qrcode::{EcLevel, QrCode};

/// What GS ( k has set and stored.
#[derive(Clone, Debug)]
pub(super) struct Symbol {
    module: usize,
    level: EcLevel,
    data: Vec<u8>,
}

impl Default for Symbol {
    fn default() -> Self {
        Self {
            module: 3,
            level: EcLevel::L,
            data: Vec::new(),
        }
    }
}

/// What a GS ( k command leads to.
pub(super) enum Effect {
    /// Settings or data stored.
    Stored,
    /// Print these rows of dots; the text is the code's content.
    Print {
        rows: Vec<Vec<bool>>,
        content: String,
    },
    /// Not understood.
    Fault(String),
}

impl Symbol {
    /// Function codes of cn = 49: 65 model, 67 module size, 69 error correction, 80 store, 81 print.
    pub(super) fn function(&mut self, data: &[u8]) -> Effect {
        match data {
            [49, 65, 49 | 50, _] => Effect::Stored,
            [49, 67, size @ 1..=16] => {
                self.module = usize::from(*size);
                Effect::Stored
            }
            [49, 69, level @ 48..=51] => {
                let levels = [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H];
                self.level = levels[usize::from(level - 48)];
                Effect::Stored
            }
            [49, 80, 48, content @ ..] => {
                self.data = content.to_vec();
                Effect::Stored
            }
            [49, 81, 48] => self.draw(),
            other => Effect::Fault(format!("GS ( k {}", hex::encode(other))),
        }
    }

    fn draw(&self) -> Effect {
        let code = match QrCode::with_error_correction_level(&self.data, self.level) {
            Ok(code) => code,
            Err(error) => return Effect::Fault(format!("QR code: {error}")),
        };
        let width = code.width();
        let dark = code.to_colors();
        let rows = (0..width * self.module)
            .map(|y| {
                (0..width * self.module)
                    .map(|x| {
                        let at = y / self.module * width + x / self.module;
                        dark[at] == qrcode::Color::Dark
                    })
                    .collect()
            })
            .collect();
        Effect::Print {
            rows,
            content: String::from_utf8_lossy(&self.data).into_owned(),
        }
    }
}
