//! Selecting the application and reading its objects (SP 800-73-4 part 2, 3.1), and how objects look inside (part 1, 3 and
//! appendix A).

use std::io::Read;

use super::super::apdu::{Status, Wire, exchange};
use super::super::tlv;
use super::{APPLICATION, Object, PivError, command};

const SELECT: u8 = 0xA4;
const GET_DATA: u8 = 0xCB;
/// The tag in front of every object.
const DATA: u32 = 0x53;
/// Inside a certificate's object.
const CERTIFICATE: u32 = 0x70;
const CERTIFICATE_INFO: u32 = 0x71;
/// Bit of the certificate info: it is packed with gzip.
const GZIP: u8 = 0x01;
/// No certificate of a card unpacks to more.
const LONGEST_CERTIFICATE: u64 = 8 * 1024;

/// Makes the card's PIV application the one that is spoken to.
///
/// # Errors
/// [`PivError::Absent`] where the card has none, however it says so.
pub fn select(wire: &mut impl Wire) -> Result<(), PivError> {
    let select = command(SELECT, 0x04, 0x00, APPLICATION.to_vec(), true);
    match exchange(wire, &select)?.status {
        Status::OK => Ok(()),
        _ => Err(PivError::Absent("PIV application")),
    }
}

/// The inside of an object; `None` where the card has none or an empty one.
///
/// # Errors
/// When the card does not answer, refuses, or answers something else.
pub fn get_data(
    wire: &mut impl Wire,
    object: Object,
    what: &'static str,
) -> Result<Option<Vec<u8>>, PivError> {
    let tags = tlv::element(0x5C, &object.0);
    let answer = exchange(wire, &command(GET_DATA, 0x3F, 0xFF, tags, true))?;
    match answer.status {
        Status::OK => {}
        Status::NOT_FOUND => return Ok(None),
        status => return Err(PivError::Refused { what, status }),
    }
    let inside = tlv::only(&answer.data, DATA).map_err(PivError::tlv(what))?;
    Ok((!inside.is_empty()).then(|| inside.to_vec()))
}

/// The certificate in its object, DER; `None` where there is none.
///
/// # Errors
/// When the card does not answer, refuses, or answers something else.
pub fn certificate(wire: &mut impl Wire, object: Object) -> Result<Option<Vec<u8>>, PivError> {
    let Some(inside) = get_data(wire, object, "certificate")? else {
        return Ok(None);
    };
    open_certificate(&inside).map(Some)
}

/// Takes a certificate out of its object, unpacked.
///
/// # Errors
/// When the bytes are no such object.
pub fn open_certificate(inside: &[u8]) -> Result<Vec<u8>, PivError> {
    let unreadable = PivError::tlv("certificate");
    let der = tlv::find(inside, CERTIFICATE).map_err(&unreadable)?;
    let info = match tlv::find(inside, CERTIFICATE_INFO) {
        Ok(info) => info.first().copied().unwrap_or(0),
        Err(tlv::TlvError::Missing(_)) => 0,
        Err(why) => return Err(unreadable(why)),
    };
    if info & GZIP == 0 {
        return Ok(der.to_vec());
    }
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(der)
        .take(LONGEST_CERTIFICATE)
        .read_to_end(&mut plain)
        .map_err(|why| PivError::Unreadable {
            what: "packed certificate",
            why: why.to_string(),
        })?;
    Ok(plain)
}

/// A certificate's object, not packed: certificate, info, and the empty error detection code that the standard asks for.
pub fn close_certificate(der: &[u8]) -> Vec<u8> {
    let mut inside = tlv::element(CERTIFICATE, der);
    tlv::write(&mut inside, CERTIFICATE_INFO, &[0]);
    tlv::write(&mut inside, 0xFE, &[]);
    inside
}

/// A card holder unique identifier for a card that belongs to no federal agency (part 1, 3.1.2): the FASC-N of non-federal
/// issuers (agency, system and credential all nines), the card's GUID, and its last day as `YYYYMMDD`. The field for the issuer's
/// signature is empty: nothing here trusts this object.
pub fn holder_id(guid: [u8; 16], last_day: [u8; 8]) -> Vec<u8> {
    const NON_FEDERAL: [u8; 25] = [
        0xD4, 0xE7, 0x39, 0xDA, 0x73, 0x9C, 0xED, 0x39, 0xCE, 0x73, 0x9D, 0xA1, 0x68, 0x5A, 0x10,
        0x82, 0x10, 0x8C, 0xE7, 0x39, 0x84, 0x10, 0x84, 0x13, 0xEA,
    ];
    let mut inside = tlv::element(0x30, &NON_FEDERAL);
    tlv::write(&mut inside, 0x34, &guid);
    tlv::write(&mut inside, 0x35, &last_day);
    tlv::write(&mut inside, 0x3E, &[]);
    tlv::write(&mut inside, 0xFE, &[]);
    inside
}

/// A card capability container that says as little as it may (part 1, 3.1.1): a card id, and empty fields.
pub fn capabilities(card: [u8; 14]) -> Vec<u8> {
    // Registered application provider, card technology Java Card, then the card's own id.
    let mut id = vec![0xA0, 0x00, 0x00, 0x01, 0x16, 0xFF, 0x02];
    id.extend_from_slice(&card);
    let mut inside = tlv::element(0xF0, &id);
    tlv::write(&mut inside, 0xF1, &[0x21]);
    tlv::write(&mut inside, 0xF2, &[0x21]);
    tlv::write(&mut inside, 0xF3, &[]);
    tlv::write(&mut inside, 0xF4, &[0x00]);
    tlv::write(&mut inside, 0xF5, &[0x10]);
    for tag in [0xF6, 0xF7, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE] {
        tlv::write(&mut inside, tag, &[]);
    }
    inside
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(content).unwrap();
        let mut inside = tlv::element(CERTIFICATE, &gzip.finish().unwrap());
        tlv::write(&mut inside, CERTIFICATE_INFO, &[GZIP]);
        inside
    }

    #[test]
    fn a_certificate_comes_out_as_it_went_in_packed_or_not() {
        assert_eq!(
            open_certificate(&close_certificate(&[1, 2, 3])).unwrap(),
            [1, 2, 3]
        );
        assert_eq!(open_certificate(&packed(&[7; 900])).unwrap(), [7; 900]);
    }

    #[test]
    fn a_packed_certificate_that_explodes_is_cut() {
        let bomb = packed(&vec![0; 10_000_000]);
        let opened = open_certificate(&bomb).unwrap();
        assert_eq!(opened.len() as u64, LONGEST_CERTIFICATE);
    }

    #[test]
    fn what_is_no_certificate_object_is_an_error() {
        assert!(open_certificate(&[]).is_err());
        assert!(open_certificate(&[0x71, 0x01, 0x00]).is_err());
        assert!(open_certificate(&[0x70, 0x03, 0x30]).is_err());
        let mut not_gzip = tlv::element(CERTIFICATE, &[1, 2, 3]);
        tlv::write(&mut not_gzip, CERTIFICATE_INFO, &[GZIP]);
        assert!(open_certificate(&not_gzip).is_err());
    }

    proptest! {
        #[test]
        fn any_object_is_opened_or_refused_without_panic(inside in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = open_certificate(&inside);
        }
    }
}
