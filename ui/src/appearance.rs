//! How a person wants the screen: the size of words, the colours. It holds until the session ends.

/// The size of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum TextSize {
    /// Capitals of about 3.3 mm on a 10.1" panel.
    #[default]
    Usual,
    /// A quarter larger.
    Large,
    /// Half as large again.
    Larger,
    /// Three quarters larger: capitals of about 5.7 mm.
    Largest,
}

impl TextSize {
    /// All of them, the smallest first.
    pub const ALL: [TextSize; 4] = [Self::Usual, Self::Large, Self::Larger, Self::Largest];

    /// How many times as large as [`TextSize::Usual`].
    #[must_use]
    pub fn factor(self) -> f32 {
        match self {
            Self::Usual => 1.0,
            Self::Large => 1.25,
            Self::Larger => 1.5,
            Self::Largest => 1.75,
        }
    }

    /// Its place in [`TextSize::ALL`].
    pub(crate) fn place(self) -> i32 {
        self as i32
    }

    /// The one at a place; the usual one where there is none.
    pub(crate) fn at(place: i32) -> Self {
        let place = usize::try_from(place).ok();
        place
            .and_then(|place| Self::ALL.get(place).copied())
            .unwrap_or_default()
    }
}

/// What a person chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Appearance {
    /// The size of words. A screen that has no room for it has the largest that it has room for.
    pub text_size: TextSize,
    /// White and yellow on black.
    pub high_contrast: bool,
}

/// A sheet that is opened over a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Sheet {
    /// None.
    #[default]
    None,
    /// Help: size, colours, language, voice, whom to call.
    Help,
    /// The voice: on or off, how loud, how fast.
    Voice,
    /// The use in twelve months of the meter shown.
    Consumption,
}
