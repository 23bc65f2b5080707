//! A frame where it lies: nothing is copied, nothing is allocated.

use super::{Address, Control, Dlt645, Frame};
use crate::frame::bytes::{array, take};
use crate::frame::{FrameError, whole};

use super::envelope::{DATA, OFFSET};

/// A whole, sound frame in somebody else's buffer. The data bytes keep the 33h offset of the wire until they are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameView<'a> {
    /// From the first start mark to the end mark; checked.
    bytes: &'a [u8],
}

impl<'a> FrameView<'a> {
    /// Looks at one whole frame, with or without preamble.
    ///
    /// # Errors
    /// What is wrong with the frame, as [`Frame::parse`] says it.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, FrameError> {
        whole::<Dlt645>(bytes).map(|bytes| FrameView { bytes })
    }

    /// The frame's bytes without preamble.
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// Whose frame.
    pub fn address(self) -> Address {
        Address::from_wire(array(self.bytes, 1).unwrap_or_default())
    }

    /// The control byte.
    pub fn control(self) -> Control {
        Control(self.bytes.get(8).copied().unwrap_or_default())
    }

    /// The data as on the wire, with the offset.
    pub fn wire_data(self) -> &'a [u8] {
        self.bytes
            .get(DATA..self.bytes.len().saturating_sub(2))
            .unwrap_or_default()
    }

    /// How many data bytes there are.
    pub fn data_len(self) -> usize {
        self.wire_data().len()
    }

    /// The data without the offset, one by one.
    pub fn data(self) -> impl ExactSizeIterator<Item = u8> + 'a {
        self.wire_data()
            .iter()
            .map(|byte| byte.wrapping_sub(OFFSET))
    }

    /// `N` data bytes from `at` without the offset. `None` where there are not so many.
    pub fn array<const N: usize>(self, at: usize) -> Option<[u8; N]> {
        array::<N>(self.wire_data(), at).map(|data| data.map(|byte| byte.wrapping_sub(OFFSET)))
    }

    /// Writes `to.len()` data bytes from `at` without the offset to `to`. `None`, with `to` as it was, where there are not
    /// so many.
    pub fn copy_data(self, at: usize, to: &mut [u8]) -> Option<()> {
        let from = take(self.wire_data(), at, to.len())?;
        for (to, from) in to.iter_mut().zip(from) {
            *to = from.wrapping_sub(OFFSET);
        }
        Some(())
    }

    /// The four-byte identifier at the beginning of the data.
    pub fn identifier(self) -> Option<u32> {
        self.array(0).map(u32::from_le_bytes)
    }

    /// The frame with data of its own.
    pub fn to_frame(self) -> Frame {
        Frame::from_view(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_view_shows_what_the_frame_has() {
        let bytes = hex::decode("FEFE681290785634126891083335C33378563433B216").unwrap();
        let view = FrameView::parse(&bytes).unwrap();
        assert_eq!(view.address().to_string(), "123456789012");
        assert_eq!(view.control(), Control(0x91));
        assert_eq!(view.identifier(), Some(0x0090_0200));
        assert_eq!(view.array(4), Some([0x45, 0x23, 0x01, 0x00]));
        assert_eq!(view.array::<5>(4), None);
        let mut room = [0xEE; 5];
        assert_eq!(view.copy_data(4, &mut room), None);
        assert_eq!(room, [0xEE; 5], "nothing is written where not all fits");
        assert_eq!(view.bytes().len(), bytes.len() - 2);
    }

    proptest! {
        #[test]
        fn a_view_and_a_frame_say_the_same(bytes in proptest::collection::vec(any::<u8>(), 0..40), data in proptest::collection::vec(any::<u8>(), 0..=255), address: [u8; 6], control: u8) {
            prop_assert_eq!(FrameView::parse(&bytes).map(FrameView::to_frame), Frame::parse(&bytes));
            let encoded = Frame::new(Address::from_wire(address), Control(control), data.clone()).unwrap().encode();
            let view = FrameView::parse(&encoded).unwrap();
            prop_assert!(view.data().eq(data.iter().copied()));
            prop_assert_eq!((view.address().to_wire(), view.control().0, view.data_len()), (address, control, data.len()));
        }
    }
}
