//! A sealer that lets a TPM 2.0 keep the seed: a copied disk is worth nothing without the machine.
//!
//! A TPM cannot sign with Ed25519, so the seed itself is sealed: as a keyed-hash object under a primary key that the
//! TPM derives anew each time from its owner seed. What the key file keeps is three sized buffers of the TPM
//! (TPM 2.0 Library, part 2: TPM2B_NAME of the primary key, TPM2B_PUBLIC, TPM2B_PRIVATE), each a length of two bytes,
//! big-endian, and that many bytes.
//!
//! On its way between processor and TPM the seed is encrypted (AES-128-CFB in a session salted with the primary key), so
//! that listening to the bus does not give it away. The TSS library frees its own buffers without wiping them; that is
//! one of the reasons for [`crate::forbid_core_dumps`].

use std::str::FromStr;

use tss_esapi::attributes::{ObjectAttributesBuilder, SessionAttributesBuilder};
use tss_esapi::constants::SessionType;
use tss_esapi::handles::{KeyHandle, ObjectHandle, SessionHandle};
use tss_esapi::interface_types::algorithm::{HashingAlgorithm, PublicAlgorithm};
use tss_esapi::interface_types::ecc::EccCurve;
use tss_esapi::interface_types::resource_handles::Hierarchy;
use tss_esapi::interface_types::session_handles::AuthSession;
use tss_esapi::structures::{
    Digest, EccPoint, KeyedHashScheme, Private, Public, PublicBuilder, PublicEccParametersBuilder,
    PublicKeyedHashParameters, SensitiveData, SymmetricDefinition, SymmetricDefinitionObject,
};
use tss_esapi::tcti_ldr::TctiNameConf;
use tss_esapi::traits::{Marshall, UnMarshall};
use tss_esapi::{Context, Error};
use zeroize::Zeroizing;

use crate::sealer::{SealError, Sealer, Seed};

/// Keeps the seed sealed by the TPM reached through a TCTI.
#[derive(Clone, Debug)]
pub struct TpmSealer {
    tcti: TctiNameConf,
    text: String,
}

impl TpmSealer {
    /// The TPM behind a TCTI in the TSS's own notation, such as `device:/dev/tpmrm0` or `swtpm:host=localhost,port=2321`.
    /// Nothing is opened yet. The TSS library writes its own messages to standard error; the environment variable
    /// `TSS2_LOG=all+NONE` silences it.
    pub fn new(tcti: &str) -> Result<TpmSealer, SealError> {
        let parsed = TctiNameConf::from_str(tcti).map_err(|error| {
            SealError(format!("`{tcti}` does not name a way to a TPM: {error}"))
        })?;
        Ok(TpmSealer {
            tcti: parsed,
            text: tcti.to_owned(),
        })
    }

    /// Does something with the primary key loaded, and has the TPM forget it afterwards.
    fn with_primary<T>(
        &self,
        work: impl FnOnce(&mut Context, &Primary) -> Result<T, SealError>,
    ) -> Result<T, SealError> {
        let mut context = Context::new(self.tcti.clone()).map_err(|error| {
            SealError(format!(
                "no TPM is reached through `{}`: {error}",
                self.text
            ))
        })?;
        let key = context
            .execute_with_session(Some(AuthSession::Password), |context| -> Result<_, Error> {
                let public = primary_template()?;
                context.create_primary(Hierarchy::Owner, public, None, None, None, None)
            })
            .map_err(told("the TPM makes no primary key in its owner hierarchy"))?
            .key_handle;
        let done = open_primary(&mut context, key).and_then(|primary| {
            let done = work(&mut context, &primary);
            context.clear_sessions();
            flush(&mut context, ObjectHandle::from(primary.session_handle()));
            done
        });
        context.clear_sessions();
        flush(&mut context, key.into());
        done
    }
}

/// The loaded primary key and a session salted with it.
struct Primary {
    key: KeyHandle,
    name: Vec<u8>,
    session: AuthSession,
}

impl Primary {
    fn session_handle(&self) -> SessionHandle {
        SessionHandle::from(self.session)
    }
}

impl Sealer for TpmSealer {
    fn name(&self) -> &str {
        "tpm2"
    }

    fn seal(&self, seed: &Seed) -> Result<Zeroizing<Vec<u8>>, SealError> {
        self.with_primary(|context, primary| {
            let data = SensitiveData::try_from(seed.expose().as_slice())
                .map_err(told("the seed cannot be handed to the TPM"))?;
            let template = sealed_template().map_err(told("the seed cannot be described"))?;
            let made = context
                .create(primary.key, template, None, Some(data), None, None)
                .map_err(told("the TPM does not seal the seed"))?;
            let public = made
                .out_public
                .marshall()
                .map_err(told("the sealed seed cannot be written down"))?;
            let mut blob = Vec::new();
            for part in [&primary.name, &public, made.out_private.value()] {
                let length = u16::try_from(part.len())
                    .map_err(|_| SealError("the TPM's answer is too long".into()))?;
                blob.extend_from_slice(&length.to_be_bytes());
                blob.extend_from_slice(part);
            }
            Ok(Zeroizing::new(blob))
        })
    }

    fn unseal(&self, sealed: &[u8]) -> Result<Seed, SealError> {
        let damaged = || SealError("the sealed seed is damaged: it is not what a TPM made".into());
        let (name, rest) = part(sealed).ok_or_else(damaged)?;
        let (public, rest) = part(rest).ok_or_else(damaged)?;
        let (private, rest) = part(rest).ok_or_else(damaged)?;
        let template = Public::unmarshall(public).map_err(|_| damaged())?;
        // The library reads past what it does not understand; one object has one spelling.
        if !rest.is_empty() || template.marshall().ok().as_deref() != Some(public) {
            return Err(damaged());
        }
        let private = Private::try_from(private).map_err(|_| damaged())?;
        self.with_primary(|context, primary| {
            if primary.name != name {
                return Err(SealError(
                    "the seed was sealed by another TPM, or this one was cleared since: enrol the terminal anew".into(),
                ));
            }
            let object = context
                .load(primary.key, private, template)
                .map_err(told("the TPM refuses the sealed seed, which is damaged"))?;
            let unsealed = context.unseal(object.into());
            context.clear_sessions();
            flush(context, object.into());
            let given = unsealed.map_err(told("the TPM does not give the seed out"))?;
            let mut seed = Seed::new([0; 32]);
            if given.value().len() != seed.expose().len() {
                return Err(SealError("what the TPM keeps is no seed".into()));
            }
            seed.expose_mut().copy_from_slice(given.value());
            Ok(seed)
        })
    }
}

fn told(what: &'static str) -> impl Fn(Error) -> SealError {
    move |error| SealError(format!("{what}: {error}"))
}

/// Has the TPM forget a session or object. Where that fails there is nothing better to do: a resource manager forgets
/// them when the connection closes.
fn flush(context: &mut Context, handle: ObjectHandle) {
    let _ = context.flush_context(handle);
}

fn open_primary(context: &mut Context, key: KeyHandle) -> Result<Primary, SealError> {
    let failed = told("the TPM opens no session");
    let name = context.tr_get_name(key.into()).map_err(&failed)?;
    let session = context
        .start_auth_session(
            Some(key),
            None,
            None,
            SessionType::Hmac,
            SymmetricDefinition::AES_128_CFB,
            HashingAlgorithm::Sha256,
        )
        .map_err(&failed)?
        .ok_or_else(|| SealError("the TPM opens no session".into()))?;
    let (attributes, mask) = SessionAttributesBuilder::new()
        .with_continue_session(true)
        .with_decrypt(true)
        .with_encrypt(true)
        .build();
    context
        .tr_sess_set_attributes(session, attributes, mask)
        .map_err(&failed)?;
    context.set_sessions((Some(session), None, None));
    Ok(Primary {
        key,
        name: name.value().to_vec(),
        session,
    })
}

/// A storage key on P-256; the same template gives the same key as long as the TPM's owner seed lasts.
fn primary_template() -> Result<Public, Error> {
    let attributes = ObjectAttributesBuilder::new()
        .with_fixed_tpm(true)
        .with_fixed_parent(true)
        .with_sensitive_data_origin(true)
        .with_user_with_auth(true)
        .with_no_da(true)
        .with_restricted(true)
        .with_decrypt(true)
        .build()?;
    let parameters = PublicEccParametersBuilder::new_restricted_decryption_key(
        SymmetricDefinitionObject::AES_128_CFB,
        EccCurve::NistP256,
    )
    .build()?;
    PublicBuilder::new()
        .with_public_algorithm(PublicAlgorithm::Ecc)
        .with_name_hashing_algorithm(HashingAlgorithm::Sha256)
        .with_object_attributes(attributes)
        .with_ecc_parameters(parameters)
        .with_ecc_unique_identifier(EccPoint::default())
        .build()
}

/// Sealed data, bound to this TPM and this primary key.
fn sealed_template() -> Result<Public, Error> {
    let attributes = ObjectAttributesBuilder::new()
        .with_fixed_tpm(true)
        .with_fixed_parent(true)
        .with_user_with_auth(true)
        .with_no_da(true)
        .build()?;
    PublicBuilder::new()
        .with_public_algorithm(PublicAlgorithm::KeyedHash)
        .with_name_hashing_algorithm(HashingAlgorithm::Sha256)
        .with_object_attributes(attributes)
        .with_keyed_hash_parameters(PublicKeyedHashParameters::new(KeyedHashScheme::Null))
        .with_keyed_hash_unique_identifier(Digest::default())
        .build()
}

/// Splits a sized buffer off the front.
fn part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

#[cfg(test)]
mod tests;
