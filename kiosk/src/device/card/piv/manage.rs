//! What only the holder of the management key may do (SP 800-73-4 part 2, 3.3): keys are made on the card and objects are put
//! there. A desk terminal does this, never a kiosk.

use aes::cipher::{BlockDecrypt, BlockEncrypt, KeyInit, generic_array::GenericArray};
use aes::{Aes128, Aes192, Aes256};
use des::TdesEde3;
use zeroize::Zeroizing;

use super::super::apdu::{Status, Wire, exchange};
use super::super::tlv;
use super::authenticate::PublicKey;
use super::{DYNAMIC, Entropy, GENERAL_AUTHENTICATE, Object, P256, PivError, Slot, command};

const GENERATE: u8 = 0x47;
const PUT_DATA: u8 = 0xDB;
/// Not in the standard, which has no command for it; YubiKeys and PivApplet have this one.
const SET_MANAGEMENT_KEY: u8 = 0xFF;
/// The management key's reference.
const MANAGEMENT: u8 = 0x9B;
const WITNESS: u32 = 0x80;
const CHALLENGE: u32 = 0x81;
const RESPONSE: u32 = 0x82;

/// The cipher of a management key (SP 800-78-4, table 6-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cipher {
    /// 03: DES with three keys; what most cards leave the factory with.
    TripleDes,
    /// 08
    Aes128,
    /// 0A
    Aes192,
    /// 0C
    Aes256,
}

impl Cipher {
    /// All, in the order in which a desk tries them.
    pub const ALL: [Cipher; 4] = [
        Cipher::Aes192,
        Cipher::TripleDes,
        Cipher::Aes128,
        Cipher::Aes256,
    ];

    fn id(self) -> u8 {
        match self {
            Cipher::TripleDes => 0x03,
            Cipher::Aes128 => 0x08,
            Cipher::Aes192 => 0x0A,
            Cipher::Aes256 => 0x0C,
        }
    }

    /// Bytes of a key.
    pub fn key_length(self) -> usize {
        match self {
            Cipher::Aes128 => 16,
            Cipher::TripleDes | Cipher::Aes192 => 24,
            Cipher::Aes256 => 32,
        }
    }

    /// Bytes of a block.
    fn block(self) -> usize {
        match self {
            Cipher::TripleDes => 8,
            Cipher::Aes128 | Cipher::Aes192 | Cipher::Aes256 => 16,
        }
    }
}

/// A management key.
#[derive(Clone, PartialEq, Eq)]
pub struct ManagementKey {
    cipher: Cipher,
    bytes: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for ManagementKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ManagementKey({:?})", self.cipher)
    }
}

impl ManagementKey {
    /// `None` if the cipher takes keys of another length.
    pub fn new(cipher: Cipher, bytes: Zeroizing<Vec<u8>>) -> Option<ManagementKey> {
        (bytes.len() == cipher.key_length()).then_some(ManagementKey { cipher, bytes })
    }

    fn encrypt(&self, block: &[u8]) -> Vec<u8> {
        fn with<C: BlockEncrypt + KeyInit>(key: &[u8], block: &[u8]) -> Vec<u8> {
            let mut out = GenericArray::clone_from_slice(block);
            C::new(GenericArray::from_slice(key)).encrypt_block(&mut out);
            out.to_vec()
        }
        match self.cipher {
            Cipher::TripleDes => with::<TdesEde3>(&self.bytes, block),
            Cipher::Aes128 => with::<Aes128>(&self.bytes, block),
            Cipher::Aes192 => with::<Aes192>(&self.bytes, block),
            Cipher::Aes256 => with::<Aes256>(&self.bytes, block),
        }
    }

    fn decrypt(&self, block: &[u8]) -> Vec<u8> {
        fn with<C: BlockDecrypt + KeyInit>(key: &[u8], block: &[u8]) -> Vec<u8> {
            let mut out = GenericArray::clone_from_slice(block);
            C::new(GenericArray::from_slice(key)).decrypt_block(&mut out);
            out.to_vec()
        }
        match self.cipher {
            Cipher::TripleDes => with::<TdesEde3>(&self.bytes, block),
            Cipher::Aes128 => with::<Aes128>(&self.bytes, block),
            Cipher::Aes192 => with::<Aes192>(&self.bytes, block),
            Cipher::Aes256 => with::<Aes256>(&self.bytes, block),
        }
    }
}

/// Mutual authentication (part 2, A.2): the card shows that it knows the key as well, so nothing is put on one that only
/// pretends. `false` if one of the two does not know it, or knows another cipher.
///
/// # Errors
/// When the card does not answer.
pub fn authenticate(
    wire: &mut impl Wire,
    key: &ManagementKey,
    random: &mut impl Entropy,
) -> Result<bool, PivError> {
    let Some(witness) = talk(wire, key, &tlv::element(WITNESS, &[]), WITNESS)? else {
        return Ok(false);
    };
    let mut challenge = vec![0; key.cipher.block()];
    random(&mut challenge).map_err(PivError::Entropy)?;
    let mut inside = tlv::element(WITNESS, &key.decrypt(&witness));
    tlv::write(&mut inside, CHALLENGE, &challenge);
    let response = talk(wire, key, &inside, RESPONSE)?;
    Ok(response.is_some_and(|response| response == key.encrypt(&challenge)))
}

/// One exchange of it: the block of the wanted tag, or `None` where the card refuses or answers no block.
fn talk(
    wire: &mut impl Wire,
    key: &ManagementKey,
    inside: &[u8],
    wanted: u32,
) -> Result<Option<Vec<u8>>, PivError> {
    let template = tlv::element(DYNAMIC, inside);
    let (ins, cipher) = (GENERAL_AUTHENTICATE, key.cipher.id());
    let answer = exchange(wire, &command(ins, cipher, MANAGEMENT, template, true))?;
    if answer.status != Status::OK {
        return Ok(None);
    }
    let block = tlv::only(&answer.data, DYNAMIC).and_then(|inside| tlv::only(inside, wanted));
    Ok(block
        .ok()
        .filter(|block| block.len() == key.cipher.block())
        .map(<[u8]>::to_vec))
}

/// Makes a new P-256 key on the card, in place of the one that was there, and returns its public half.
///
/// # Errors
/// When the card does not answer, refuses, or answers no such key.
pub fn generate(wire: &mut impl Wire, slot: Slot) -> Result<PublicKey, PivError> {
    let what = "make a key";
    let template = tlv::element(0xAC, &tlv::element(0x80, &[P256]));
    let answer = exchange(wire, &command(GENERATE, 0x00, slot.key(), template, true))?;
    if answer.status != Status::OK {
        let status = answer.status;
        return Err(PivError::Refused { what, status });
    }
    let point = tlv::only(&answer.data, 0x7F49)
        .and_then(|inside| tlv::find(inside, 0x86))
        .map_err(PivError::tlv("new key"))?;
    PublicKey::try_from(point)
        .ok()
        .filter(|point| point[0] == 0x04)
        .ok_or_else(|| PivError::Unreadable {
            what: "new key",
            why: "it is no uncompressed point of P-256".to_owned(),
        })
}

/// Puts an object onto the card; an empty inside removes it.
///
/// # Errors
/// When the card does not answer or refuses.
pub fn put_data(wire: &mut impl Wire, object: Object, inside: &[u8]) -> Result<(), PivError> {
    let mut data = tlv::element(0x5C, &object.0);
    tlv::write(&mut data, 0x53, inside);
    done(wire, PUT_DATA, [0x3F, 0xFF], data, "store an object")
}

/// Replaces the management key.
///
/// # Errors
/// When the card does not answer, or does not know the command.
pub fn set_management_key(wire: &mut impl Wire, key: &ManagementKey) -> Result<(), PivError> {
    let length = u8::try_from(key.bytes.len()).unwrap_or(0);
    let mut data = vec![key.cipher.id(), MANAGEMENT, length];
    data.extend_from_slice(&key.bytes);
    let what = "take another management key";
    done(wire, SET_MANAGEMENT_KEY, [0xFF, 0xFF], data, what)
}

fn done(
    wire: &mut impl Wire,
    ins: u8,
    [p1, p2]: [u8; 2],
    data: Vec<u8>,
    what: &'static str,
) -> Result<(), PivError> {
    match exchange(wire, &command(ins, p1, p2, data, false))?.status {
        Status::OK => Ok(()),
        status => Err(PivError::Refused { what, status }),
    }
}
