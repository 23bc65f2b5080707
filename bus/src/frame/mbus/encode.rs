//! Records as bytes: the meter's side.

use super::Moment;
use super::record::Function;

/// A record to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecord {
    /// How the value came about.
    pub function: Function,
    /// The storage number, below 2^41.
    pub storage: u64,
    /// The tariff, below 2^20.
    pub tariff: u64,
    /// The subunit, below 2^10.
    pub subunit: u64,
    /// VIF and its extensions, as they go on the wire.
    pub vif: Vec<u8>,
    /// The value.
    pub data: NewValue,
}

/// A value to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewValue {
    /// Two's complement, in 1, 2, 3, 4, 6 or 8 bytes.
    Integer {
        /// The number.
        value: i64,
        /// Bytes on the wire.
        bytes: u8,
    },
    /// Packed digits, in 1, 2, 3, 4 or 6 bytes.
    Digits {
        /// The number.
        value: u64,
        /// Bytes on the wire.
        bytes: u8,
    },
    /// A date (type G).
    Date(Moment),
    /// A date and time (type F).
    Minute(Moment),
    /// ASCII text of at most 191 characters.
    Text(String),
}

impl NewRecord {
    /// A value of now, without tariff and subunit.
    pub fn now(vif: &[u8], data: NewValue) -> Self {
        NewRecord {
            function: Function::Instantaneous,
            storage: 0,
            tariff: 0,
            subunit: 0,
            vif: vif.to_vec(),
            data,
        }
    }

    /// The same with a storage number.
    pub fn stored(self, storage: u64) -> Self {
        NewRecord { storage, ..self }
    }

    /// Appends the record. `None` where a part does not fit its coding; then nothing is appended.
    pub fn append_to(&self, telegram: &mut Vec<u8>) -> Option<()> {
        let (coding, data) = self.data.encode()?;
        let function = match self.function {
            Function::Instantaneous => 0x00,
            Function::Maximum => 0x10,
            Function::Minimum => 0x20,
            Function::DuringError => 0x30,
        };
        let mut head = vec![coding | function | ((self.storage & 1) << 6) as u8];
        let (mut storage, mut tariff, mut subunit) = (self.storage >> 1, self.tariff, self.subunit);
        while storage | tariff | subunit != 0 {
            if head.len() > 10 {
                return None;
            }
            if let Some(last) = head.last_mut() {
                *last |= 0x80;
            }
            let extension = (storage & 0x0F) | ((tariff & 3) << 4) | ((subunit & 1) << 6);
            head.push(extension as u8);
            (storage, tariff, subunit) = (storage >> 4, tariff >> 2, subunit >> 1);
        }
        telegram.extend(head);
        telegram.extend(&self.vif);
        telegram.extend(data);
        Some(())
    }
}

impl NewValue {
    /// The low half of the DIF, and the data.
    fn encode(&self) -> Option<(u8, Vec<u8>)> {
        match *self {
            NewValue::Integer { value, bytes } => {
                let coding = match bytes {
                    1..=4 => bytes,
                    6 => 6,
                    8 => 7,
                    _ => return None,
                };
                let unused = 64 - 8 * u32::from(bytes);
                let fits = (value << unused) >> unused == value;
                let data = value
                    .to_le_bytes()
                    .into_iter()
                    .take(usize::from(bytes))
                    .collect();
                fits.then_some((coding, data))
            }
            NewValue::Digits { value, bytes } => {
                let coding = match bytes {
                    1..=4 => 8 + bytes,
                    6 => 0x0E,
                    _ => return None,
                };
                let digits = crate::frame::bytes::u64_to_bcd::<9>(value)?;
                let (data, rest) = digits.split_at_checked(usize::from(bytes))?;
                rest.iter()
                    .all(|&byte| byte == 0)
                    .then(|| (coding, data.to_vec()))
            }
            NewValue::Date(date) => Some((0x02, date.to_date()?.to_vec())),
            NewValue::Minute(time) => Some((0x04, time.to_minute()?.to_vec())),
            NewValue::Text(ref text) => {
                let length = u8::try_from(text.len())
                    .ok()
                    .filter(|&length| length <= 0xBF)?;
                let data = std::iter::once(length).chain(text.bytes().rev()).collect();
                text.is_ascii().then_some((0x0D, data))
            }
        }
    }
}
