//! C=03 but for purchases: sessions, keys, wallet, status.

use super::ElectricityMeter;
use super::books::Books;
use super::config::Prepayment;
use super::refuse::Refusal;
use crate::frame::dlt645::purchase::{CustomerNumber, StatusAnswer};
use crate::frame::dlt645::security::{
    Deed, EndAnswer, IDENTITY, Identity, Initialise, KeyUpdate, Lifetime, SecurityRequest,
};
use crate::frame::wall_time::WallTime;
use crate::signer::Purpose;

/// What follows the identifier in the answer.
pub(super) type Answer = Result<Vec<u8>, Refusal>;

impl ElectricityMeter {
    /// Carries out a request of C=03.
    pub(super) fn security(&mut self, request: SecurityRequest<'_>, time: WallTime) -> Answer {
        match self.config.prepayment {
            Prepayment::None => Err(Refusal::Other),
            Prepayment::Esam => {
                if request.di != IDENTITY && !self.session.live(time) {
                    return Err(Refusal::NotAuthenticated);
                }
                if self.session.locked(time) {
                    return Err(Refusal::RemoteClosed);
                }
                self.authenticated(request, time)
            }
            Prepayment::Plain => match request.deed {
                Deed::OpenAccount(purchase) | Deed::TopUp(purchase) => {
                    self.plain_purchase(purchase, time)
                }
                Deed::Status => Ok(self.status([0; 4], [0; 4])),
                Deed::Other(_) if is_purchase(request.di) => Err(Refusal::Length),
                _ => Err(Refusal::Other),
            },
            Prepayment::OrderNumber => match request.deed {
                Deed::OrderTopUp(order) => self.order_top_up(order, time),
                Deed::OrderRefund(order) => self.order_refund(order),
                Deed::Status => Ok(self.status([0; 4], [0; 4])),
                _ => Err(Refusal::Other),
            },
        }
    }

    fn authenticated(&mut self, request: SecurityRequest<'_>, time: WallTime) -> Answer {
        match request.deed {
            Deed::Identity(identity) => self.identify(&identity, time),
            Deed::Lifetime(lifetime) => self.set_lifetime(lifetime, time),
            Deed::End => {
                self.session.end();
                let answer = EndAnswer {
                    customer: self.customer,
                    balance: self.wallet(),
                    count: self.books.count,
                    key_info: self.session.key_info,
                };
                Ok(answer.to_bytes().to_vec())
            }
            Deed::OpenAccount(purchase) => self.open_account(purchase, time),
            Deed::TopUp(purchase) => self.top_up(purchase, time),
            Deed::Initialise(initialise) => self.initialise(initialise, time),
            Deed::KeyUpdate(update) => self.update_key(update, time),
            Deed::Keys { keys, mac } => {
                self.check(Purpose::Keys, keys, mac, time)?;
                if let Some(&info) = keys.first_chunk() {
                    self.session.key_info = info;
                }
                Ok(Vec::new())
            }
            Deed::Status => {
                let [balance, count] =
                    [self.wallet().to_le_bytes(), self.books.count.to_le_bytes()];
                let balance_mac = self.sign(Purpose::Balance, &balance)?;
                let count_mac = self.sign(Purpose::Count, &count)?;
                Ok(self.status(balance_mac, count_mac))
            }
            // The emulated module has no files that could be read back, and no vendor's layouts.
            Deed::ReadBack(_) | Deed::OrderTopUp(_) | Deed::OrderRefund(_) | Deed::Other(_) => {
                Err(Refusal::Other)
            }
        }
    }

    fn identify(&mut self, identity: &Identity, time: WallTime) -> Answer {
        if identity.divergence != Identity::divergence_of(self.number) {
            return Err(Refusal::Other);
        }
        let esam = self.esam.as_mut().ok_or(Refusal::NotAuthenticated)?;
        match esam.identify(identity) {
            Some(answer) => {
                self.session.begin(time);
                Ok(answer.to_bytes().to_vec())
            }
            None => {
                self.session.end();
                Err(Refusal::NotAuthenticated)
            }
        }
    }

    fn set_lifetime(&mut self, lifetime: Lifetime, time: WallTime) -> Answer {
        let minutes = lifetime.minutes();
        let covered = Lifetime::minutes_bytes(minutes).ok_or(Refusal::Other)?;
        if minutes == 0 {
            return Err(Refusal::Other);
        }
        self.check(Purpose::Lifetime, &covered, lifetime.mac(), time)?;
        self.session.minutes = minutes;
        self.session.begin(time);
        Ok(Vec::new())
    }

    fn initialise(&mut self, initialise: Initialise, time: WallTime) -> Answer {
        if initialise.count != 0 {
            return Err(Refusal::Count);
        }
        let amount = initialise.amount.to_le_bytes();
        self.check(Purpose::WalletAmount, &amount, initialise.mac, time)?;
        let count = initialise.count.to_le_bytes();
        self.check(Purpose::WalletCount, &count, initialise.count_mac, time)?;
        self.books = Books {
            balance: i64::from(initialise.amount),
            ..Books::default()
        };
        self.close_after_purchase(time);
        Ok(Vec::new())
    }

    fn update_key(&mut self, update: KeyUpdate, time: WallTime) -> Answer {
        let covered = [&update.info[..], &update.key].concat();
        self.check(Purpose::Keys, &covered, update.mac, time)?;
        self.session.key_info = update.info;
        Ok(Vec::new())
    }

    /// Whether a code is right; one that is not is counted.
    pub(super) fn check(
        &mut self,
        purpose: Purpose,
        data: &[u8],
        mac: [u8; 4],
        time: WallTime,
    ) -> Result<(), Refusal> {
        let esam = self.esam.as_mut().ok_or(Refusal::Mac)?;
        if esam.check(purpose, data, mac) {
            return Ok(());
        }
        self.session.failed(time);
        Err(Refusal::Mac)
    }

    fn sign(&mut self, purpose: Purpose, data: &[u8]) -> Result<[u8; 4], Refusal> {
        let esam = self.esam.as_mut().ok_or(Refusal::Mac)?;
        esam.sign(purpose, data).ok_or(Refusal::Other)
    }

    /// The balance as C=03 tells it: an overdraft is zero.
    pub(super) fn wallet(&self) -> u32 {
        u32::try_from(self.books.remaining()).unwrap_or(u32::MAX)
    }

    fn status(&self, balance_mac: [u8; 4], count_mac: [u8; 4]) -> Vec<u8> {
        let answer = StatusAnswer {
            balance: self.wallet(),
            balance_mac,
            count: self.books.count,
            count_mac,
            customer: self.customer,
            key_info: match self.config.prepayment {
                Prepayment::Esam => self.session.key_info,
                _ => [0; 4],
            },
        };
        answer.to_data().get(4..).unwrap_or_default().to_vec()
    }

    /// Whether a customer number is the meter's.
    pub(super) fn is_customer(&self, customer: CustomerNumber) -> bool {
        customer == self.customer
    }
}

fn is_purchase(di: u32) -> bool {
    use crate::frame::dlt645::security::{OPEN_ACCOUNT, TOP_UP};
    matches!(di, OPEN_ACCOUNT | TOP_UP)
}
