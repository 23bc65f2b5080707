//! The QR code.

use qrcode::types::QrError;
use qrcode::{Color, EcLevel, QrCode};

/// A square of modules; true is black.
pub struct Modules {
    /// Modules along one side.
    pub side: usize,
    /// Row by row; `side * side` of them.
    pub cells: Vec<bool>,
}

impl Modules {
    /// Encodes a text. A scratched slip should still be readable: error correction M.
    ///
    /// # Errors
    /// The text is longer than a QR code holds.
    pub fn encode(text: &str) -> Result<Modules, QrError> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M)?;
        let side = code.width();
        Ok(Modules {
            side,
            cells: code
                .into_colors()
                .into_iter()
                .map(|c| c == Color::Dark)
                .collect(),
        })
    }

    /// The code as the screen shows it; `None` where it is too large for any screen.
    pub fn for_screen(self) -> Option<meterpost_ui::view::QrCode> {
        Some(meterpost_ui::view::QrCode {
            side: u32::try_from(self.side).ok()?,
            dark: self.cells,
        })
    }

    /// Whether a module is black.
    pub fn black(&self, column: usize, row: usize) -> bool {
        self.cells
            .get(row * self.side + column)
            .copied()
            .unwrap_or(false)
    }
}
