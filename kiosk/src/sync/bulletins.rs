//! What the server tells its terminals: checked, and recorded between two steps of the flow.

use meterpost_ledger::bulletin::directory::{CHANGES_KIND, DIRECTORY_KIND};
use meterpost_ledger::signing::{LogOrigin, VerifierKey, WitnessKey};
use meterpost_ledger::{Bulletin, Ledger, Stamp, accept_bulletin};

use super::line::Answered;
use crate::told::{self, Has, Told};

/// The question for the directory: what of it is here.
pub(super) fn directory_target(ledger: &Ledger, has: Has) -> String {
    let applied = ledger.books().bulletin_version(DIRECTORY_KIND).unwrap_or(0);
    let Has { base, changes } = has;
    format!("/api/v1/bulletins/directory?base={base}&changes={changes}&applied={applied}")
}

/// The directory in an answer, if there is a newer one, or why not.
pub(super) fn read_directory(answered: &Answered) -> Result<Option<Vec<u8>>, String> {
    match answered.status {
        200 => Ok(Some(answered.body.clone())),
        204 => Ok(None),
        status => Err(answered
            .text("message")
            .unwrap_or_else(|| format!("HTTP {status}"))),
    }
}

/// Records what is good for this terminal now, and says what that is. What is not is told and changes nothing.
pub(super) fn apply(
    ledger: &mut Ledger,
    stamp: &Stamp,
    server: &WitnessKey,
    bulletins: &[Vec<u8>],
) -> Vec<Bulletin> {
    let key = told::server_key(server);
    let Ok(origin) = LogOrigin::parse(ledger.origin().as_str()) else {
        return Vec::new();
    };
    let mut applied = Vec::new();
    for bytes in bulletins {
        let accepted = match accept_bulletin(bytes, &key, &origin, ledger.books(), stamp) {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a bulletin is refused");
                continue;
            }
        };
        let bulletin = accepted.bulletin();
        let (kind, version) = (bulletin.kind(), bulletin.version);
        if !keeps_meters_in_use(ledger, bulletin, bytes, &key, &origin) {
            tracing::info!(
                kind,
                version,
                "the directory waits until a delivery to a meter that it takes away has ended"
            );
            continue;
        }
        if let Err(error) = told::check(bulletin) {
            tracing::error!(kind, version, %error, "a bulletin cannot be applied");
            continue;
        }
        if let Err(error) = ledger.apply_bulletin(stamp, &accepted) {
            tracing::error!(%error, "a bulletin could not be recorded");
            break;
        }
        tracing::info!(kind, version, "a bulletin is in force");
        applied.push(bulletin.clone());
    }
    applied
}

/// Whether the terminal keeps every meter that a sale of it is under way for. Once the log says that a directory without one is applied, the
/// server counts on nothing more being sent to it from here.
fn keeps_meters_in_use(
    ledger: &Ledger,
    bulletin: &Bulletin,
    bytes: &[u8],
    key: &VerifierKey,
    log: &LogOrigin,
) -> bool {
    let kind = match bulletin.kind() {
        DIRECTORY_KIND => DIRECTORY_KIND,
        CHANGES_KIND => CHANGES_KIND,
        _ => return true,
    };
    let sales = ledger.books().sales();
    let in_use = sales.filter(|sale| !sale.closed || sale.delivery_open());
    let mut in_use = in_use.map(|sale| sale.meter.number.as_str()).peekable();
    // A large directory takes a while to read, and mostly there is nothing to look for.
    if in_use.peek().is_none() {
        return true;
    }
    let mut kept = told::kept(ledger);
    kept.insert(kind, bytes.to_vec());
    let after = Told::from_kept(&kept, std::slice::from_ref(key), log);
    let terminal = log.terminal().as_str();
    in_use.all(|number| {
        // A lease moves only for a meter of the district, so one that is not there is not anybody else's either.
        let found = after.directory.meter(number);
        found.is_none_or(|found| found.meter.owner.as_deref() == Some(terminal))
    })
}

#[cfg(test)]
mod tests {
    use meterpost_ledger::bulletin::directory::{AccountRecord, Directory, MeterRecord};
    use meterpost_ledger::signing::{KeyName, KeyStore, Signer, system_entropy};
    use meterpost_ledger::{
        Addressee, BootId, BulletinContent, ClockQuality, Event, Folder, MeterPurse, MeterRef,
        Money, Validity,
    };

    use super::*;

    const METER: &str = "20260042";

    fn stamp() -> Stamp {
        Stamp {
            boot: BootId([1; 16]),
            monotonic_ms: 1,
            wall: 1_790_000_000_000,
            quality: ClockQuality::Ntp,
        }
    }

    /// A server that says of the meter whose it is.
    struct Server(KeyStore, KeyName);

    impl Server {
        fn witness(&self) -> WitnessKey {
            WitnessKey::new(self.1.clone(), self.0.public_key())
        }

        fn directory(&self, log: &LogOrigin, version: u64, owner: Option<&str>) -> Vec<u8> {
            let meter = MeterRecord {
                number: METER.into(),
                utility: "water".into(),
                profile: "cjt188-prepaid".into(),
                address: format!("{METER:0>14}"),
                segment: 1,
                baud: None,
                parity: None,
                customer: None,
                place: String::new(),
                low_balance: 0,
                owner: owner.map(Into::into),
                on_account: false,
            };
            let account = AccountRecord {
                account: "A1".into(),
                name: String::new(),
                place: String::new(),
                meters: vec![meter],
                cards: Vec::new(),
            };
            let directory = Directory {
                accounts: vec![account],
            };
            let bulletin = Bulletin {
                addressee: Addressee {
                    tenant: log.tenant().clone(),
                    terminal: Some(log.terminal().clone()),
                },
                version,
                validity: Validity {
                    from: 0,
                    until: u64::MAX,
                },
                content: BulletinContent::Other {
                    kind: DIRECTORY_KIND.into(),
                    bytes: directory.to_content().unwrap(),
                },
            };
            bulletin.sign(&self.1, &self.0).unwrap()
        }
    }

    #[test]
    fn a_directory_that_takes_a_meter_away_waits_until_its_sale_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let place = Folder::new(folder.path());
        let key = KeyStore::create(&place.key(), &mut system_entropy).unwrap();
        let origin = "meterpost/east/K1/1";
        let mut ledger = Ledger::create(&place, origin, Box::new(key), &stamp(), "test").unwrap();
        let log = LogOrigin::parse(origin).unwrap();
        let key = KeyStore::create(&folder.path().join("server"), &mut system_entropy).unwrap();
        let server = Server(key, KeyName::new("witness.example/east").unwrap());
        let witness = server.witness();
        let sale = ledger.books().next_sale();
        let opened = Event::SaleOpened {
            sale,
            meter: MeterRef {
                number: METER.into(),
                utility: "water".into(),
                profile: "cjt188-prepaid".into(),
            },
            target: Money(1_000),
            before: MeterPurse {
                purchase_number: 7,
                balance: Money(0),
                last_amount: None,
                cumulative: None,
            },
            card: None,
        };
        ledger.commit(&stamp(), &[opened]).unwrap();
        let ours = server.directory(&log, 1, Some("K1"));
        let nobodys = server.directory(&log, 2, None);
        assert_eq!(apply(&mut ledger, &stamp(), &witness, &[ours]).len(), 1);
        let taken = [nobodys];
        assert!(apply(&mut ledger, &stamp(), &witness, &taken).is_empty());
        assert_eq!(ledger.books().bulletin_version(DIRECTORY_KIND), Some(1));
        let closed = Event::SaleClosed { sale };
        ledger.commit(&stamp(), &[closed]).unwrap();
        assert_eq!(apply(&mut ledger, &stamp(), &witness, &taken).len(), 1);
        assert_eq!(ledger.books().bulletin_version(DIRECTORY_KIND), Some(2));
    }
}
