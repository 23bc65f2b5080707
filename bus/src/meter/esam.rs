//! Electricity meters with a security module: a session is opened, and what changes the meter carries codes of a signer.

use super::dlt645::{Electricity, refusal_of};
use super::profile::RelayWay;
use super::switching::SwitchReply;
use super::{CreditOrder, Refusal, Reply};
use crate::frame::dlt645::answer::{self, Answer};
use crate::frame::dlt645::purchase::CustomerNumber;
use crate::frame::dlt645::security::{Deed, IDENTITY, LIFETIME, Lifetime, SecurityRequest};
use crate::frame::dlt645::{Frame, request};
use crate::frame::wall_time::WallTime;
use crate::link::Link;
use crate::signer::{self, Purpose, Session, Signer};

/// Data of the answer to the identity authentication.
const IDENTITY_DATA: usize = 16;

impl Electricity {
    /// Opens a session, signs the purchase and sends it once. Nothing is sent that the signer did not sign; what kept the
    /// purchase from being sent is told as a refusal.
    pub(super) async fn write_signed<L: Link, S: Signer>(
        &self,
        link: &mut L,
        signer: &mut S,
        order: &CreditOrder,
        amount: u32,
        customer: CustomerNumber,
    ) -> Reply {
        let unsent = |why: String| Reply::Refused(Refusal::Other(format!("not sent: {why}")));
        let session = match self.session(link, signer).await {
            Ok(session) => session,
            Err(why) => return unsent(why),
        };
        let operator = self.options.operator;
        let signed =
            signer::sign_purchase(signer, &session, operator, amount, order.number, customer);
        match signed.await {
            Ok(purchase) => {
                self.write(link, &request::top_up(self.address, purchase))
                    .await
            }
            Err(error) => unsent(error.to_string()),
        }
    }

    /// Opens a session, signs the order to the relay and sends it once.
    pub(super) async fn switch_signed<L: Link, S: Signer>(
        &self,
        link: &mut L,
        signer: &mut S,
        on: bool,
        valid_until: WallTime,
    ) -> SwitchReply {
        let unsent = |why: String| SwitchReply::Refused(format!("not sent: {why}"));
        let session = match self.session(link, signer).await {
            Ok(session) => session,
            Err(why) => return unsent(why),
        };
        let order = self.relay_order(on, valid_until);
        let sealed = self.options.relay == RelayWay::Sealed;
        match signer::sign_relay(signer, &session, self.address, order, sealed).await {
            Ok(request) => self.send_relay(link, &request).await,
            Err(error) => unsent(error.to_string()),
        }
    }

    /// Identity authentication, and the lifetime the profile asks for. The error says which step failed and why.
    async fn session<L: Link, S: Signer>(
        &self,
        link: &mut L,
        signer: &mut S,
    ) -> Result<Session, String> {
        let meter = self.address.to_wire();
        let (asked, identity) = signer::identity_request(signer, meter, self.options.operator)
            .await
            .map_err(|error| error.to_string())?;
        let failed = |why: String| format!("identity authentication failed: {why}");
        let answer = self.security(link, asked, IDENTITY).await.map_err(failed)?;
        let session =
            signer::begin(meter, &identity, &answer).map_err(|error| failed(error.to_string()))?;
        if let Some(minutes) = self.options.session_minutes {
            self.lifetime(link, signer, &session, minutes)
                .await
                .map_err(|why| format!("the lifetime of the session could not be set: {why}"))?;
        }
        Ok(session)
    }

    async fn lifetime<L: Link, S: Signer>(
        &self,
        link: &mut L,
        signer: &mut S,
        session: &Session,
        minutes: u16,
    ) -> Result<(), String> {
        let too_long = || format!("{minutes} minutes cannot be told to a meter");
        let covered = Lifetime::minutes_bytes(minutes).ok_or_else(too_long)?;
        let mac = signer.mac(session, Purpose::Lifetime, &covered).await;
        let mac = mac.map_err(|error| error.to_string())?;
        let asked = SecurityRequest {
            di: LIFETIME,
            operator: self.options.operator,
            deed: Deed::Lifetime(Lifetime::new(minutes, mac).ok_or_else(too_long)?),
        };
        self.security(link, asked, LIFETIME).await.map(|_| ())
    }

    /// One exchange of C=03; what follows the identifier in the answer.
    async fn security<L: Link>(
        &self,
        link: &mut L,
        asked: SecurityRequest<'_>,
        di: u32,
    ) -> Result<Vec<u8>, String> {
        let request: Frame =
            request::security(self.address, asked).map_err(|error| error.to_string())?;
        let exchanged = self.exchange(link, &request, IDENTITY_DATA).await;
        let frame = exchanged.map_err(|error| error.to_string())?;
        match answer::parse(&frame).map_err(|error| error.to_string())? {
            Answer::Data { di: told, data, .. } if told == di => Ok(data.to_vec()),
            other => Err(refusal_of(&other).to_string()),
        }
    }
}

#[cfg(test)]
mod tests;
