//! People at desks, on the back office's pages: two managers and a clerk.

use jiff::civil::Date;
use serde_json::json;

use crate::scenario::Failure;
use crate::scenario::desk::{Desk, Page};
use crate::scenario::office::Office;

/// What is taken for the wrong account.
const ERROR: &str = "60.00";

/// Who has come in.
pub struct People {
    lin: Desk,
    mona: Desk,
    cleo: Desk,
    /// The journal of the money for the wrong account.
    wrong: Option<String>,
}

impl People {
    /// Everybody signs in for the first time.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn come_in(office: &Office) -> Result<People, Failure> {
        Ok(People {
            lin: Desk::sit_down(office, "Lin", "manager")?,
            mona: Desk::sit_down(office, "Mona", "manager")?,
            cleo: Desk::sit_down(office, "Cleo", "clerk")?,
            wrong: None,
        })
    }

    /// Residents' electricity in three tiers a month, as in Shanghai's tariff; and when people are warned and cut off.
    ///
    /// # Errors
    /// When it is refused.
    pub fn bring_tariff_into_force(&mut self, first: Date) -> Result<(), Failure> {
        let content = json!({
            "utility": "electricity", "unit": "kWh", "period": "month",
            "tiers": [
                {"upto": 260_000, "price": 617_000}, {"upto": 400_000, "price": 667_000}, {"price": 917_000},
            ],
            "fixed": 100, "tax": {"rate": 1_300, "included": true},
        });
        let (first, content) = (first.to_string(), content.to_string());
        let draft = [
            ("name", "default"),
            ("valid_from", first.as_str()),
            ("content", content.as_str()),
        ];
        let list = self.lin.look("/tariffs")?;
        self.lin.send(&list, "/tariffs", &draft)?;
        let place = "/tariffs/electricity/default/1";
        let drafted = self.lin.look(place)?;
        self.lin.send(&drafted, place, &[("act", "ask")])?;
        let asked = self.mona.look(place)?;
        self.mona.send(&asked, place, &[("act", "activate")])?;
        let terms = [
            ("account", ""),
            ("warn_first", "20.00"),
            ("warn_second", "5.00"),
            ("emergency", "0.00"),
            ("quiet_from", "22:00"),
            ("quiet_to", "08:00"),
        ];
        let page = self.mona.look("/settlement")?;
        self.mona.send(&page, "/settlement/terms", &terms).map(drop)
    }

    fn take(&mut self, account: &str) -> Result<Page, Failure> {
        let page = self.cleo.look(&format!("/accounts/{account}"))?;
        let action = format!("/accounts/{account}/top-ups");
        let fields = [("amount", ERROR), ("means", "cash"), ("reference", "")];
        self.cleo.send(&page, &action, &fields)
    }

    /// The clerk takes money of the resident of 0004, and types 0003.
    ///
    /// # Errors
    /// When it is refused.
    pub fn take_for_the_wrong_account(&mut self, office: &Office) -> Result<String, Failure> {
        self.take("0003")?;
        let journal = office.sql(
            "SELECT max(journal) FROM posting_journal JOIN wallet_posting USING (tenant, journal) \
             WHERE kind = 'wallet.top_up' AND account = '0003'",
        )?;
        self.wrong = Some(journal);
        Ok(format!(
            "Cleo takes ¥{ERROR} of the resident of 0004, and types 0003"
        ))
    }

    /// The clerk asks for the money back out of 0003 and takes it for 0004; Mona has to agree.
    ///
    /// # Errors
    /// When it is refused.
    pub fn correct(&mut self) -> Result<String, Failure> {
        let Some(journal) = self.wrong.take() else {
            return Err(Failure::new("nothing is there to be corrected"));
        };
        let page = self.cleo.look("/accounts/0003")?;
        let fields = [
            ("journal", journal.as_str()),
            ("amount", ERROR),
            ("via", "origin"),
            ("reason", "taken for the wrong account"),
        ];
        self.cleo.send(&page, "/requests", &fields)?;
        let requests = self.mona.look("/requests")?;
        let text = requests.text();
        let action = text.split("action=\"/requests/").nth(1);
        let id = action.and_then(|rest| rest.split('"').next());
        let id = id.ok_or_else(|| Failure::new("the request is not on Mona's page"))?;
        let action = format!("/requests/{id}");
        self.mona
            .send(&requests, &action, &[("approved", "true")])?;
        self.take("0004")?;
        Ok(format!(
            "Cleo sees it and asks for it back, Mona agrees: ¥{ERROR} out of 0003 by a reverse posting, and into 0004"
        ))
    }
}
