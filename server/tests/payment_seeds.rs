//! Payments by seed: two servers' code on one database against the provider's double, every step of which (lease, call, answer taken
//! in) can be overtaken, repeated or lost to a crash, while payers pay early, late and wrongly, callbacks come in any order, terminals
//! cancel, take and give up, and staff refund. In the end the money that came is where the books say, or back; nothing is doubled.
//!
//! `SEED=n` runs one seed, `SEEDS=n` so many.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use common::books;
use common::database::TestDatabase;
use common::provider;
use meterpost_ledger::signing::{KeyStore, LogOrigin, TenantId, system_entropy};
use meterpost_ledger::{AccountRef, Event, Means, Money, PaymentOutcome, SaleId};
use meterpost_server::database::{Address, Database, migrate};
use meterpost_server::payment::provider::Answer;
use meterpost_server::payment::state::State;
use meterpost_server::payment::{
    Payment, PaymentAsk, PaymentConfig, PaymentError, Payments, Purpose, follow, refund_in,
};
use meterpost_server::wallet::{self, HoldAsk, WalletError, caller, hold};
use meterpost_tests::provider::{Fault, Op, Provider};

static NOW: AtomicU64 = AtomicU64::new(1_700_000_000);

fn now() -> u64 {
    NOW.load(Ordering::SeqCst)
}

fn pass(seconds: u64) {
    NOW.fetch_add(seconds, Ordering::SeqCst);
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        (!all.is_empty()).then(|| all[self.below(all.len())].clone())
    }

    fn take<T>(&mut self, all: &mut Vec<T>) -> Option<T> {
        (!all.is_empty()).then(|| {
            let at = self.below(all.len());
            all.swap_remove(at)
        })
    }
}

const PAYMENTS: usize = 6;

struct World {
    random: Random,
    database: TestDatabase,
    connections: Database,
    servers: [Payments; 2],
    provider: Provider,
    origin: LogOrigin,
    /// Numbers of the payments that were made.
    numbers: BTreeMap<String, String>,
    leased: Vec<Payment>,
    answers: Vec<(String, Answer)>,
    callbacks: Vec<(String, String)>,
    /// What the terminal was told it may deliver, and what staff decided to give back.
    taken: BTreeSet<String>,
    /// Taken, and the terminal never heard of it.
    unheard: BTreeSet<String>,
    /// What the terminal's log says was never taken.
    disowned: BTreeSet<String>,
    refunded: BTreeSet<String>,
    holds: u64,
    _folder: tempfile::TempDir,
}

fn tenant() -> TenantId {
    TenantId::new("east").expect("a tenant")
}

impl World {
    async fn new() -> World {
        let database = TestDatabase::new();
        let address = Address::plain(&database.url()).expect("an address");
        migrate(&address).await.expect("a schema");
        let provider = provider::start(now);
        let folder = tempfile::tempdir().expect("a folder");
        KeyStore::create(&folder.path().join("payment.key"), &mut system_entropy).expect("a key");
        provider::register(&provider, &folder.path().join("payment.key"));
        let text = provider.config("east").replace("[payment.east]\n", "");
        let mut config: PaymentConfig = toml::from_str(&text).expect("a contract");
        meterpost_server::payment::check_settings(&mut config, folder.path()).expect("a contract");
        let connections = Database::new(&address, 4).expect("an address");
        let contracts = BTreeMap::from([(tenant(), config)]);
        let server = || Payments::new(connections.clone(), now, &contracts).expect("payments");
        World {
            random: Random(0),
            servers: [server(), server()],
            database,
            connections,
            provider,
            origin: LogOrigin::parse("meterpost/east/K1/1").expect("an origin"),
            numbers: BTreeMap::new(),
            leased: Vec::new(),
            answers: Vec::new(),
            callbacks: Vec::new(),
            taken: BTreeSet::new(),
            unheard: BTreeSet::new(),
            disowned: BTreeSet::new(),
            refunded: BTreeSet::new(),
            holds: 0,
            _folder: folder,
        }
    }

    fn begin(&mut self, seed: u64) {
        self.random = Random(seed);
        self.database.sql(
            "TRUNCATE tenant CASCADE; INSERT INTO tenant (tenant) VALUES ('east'); \
             INSERT INTO terminal (tenant, terminal, epoch, district) VALUES ('east', 'K1', 1, 'north'); \
             INSERT INTO log (tenant, terminal, epoch, memory, version) VALUES ('east', 'K1', 1, '{}', 0); \
             INSERT INTO account (tenant, account, district, changed) VALUES ('east', 'A', 'north', 1); \
             INSERT INTO meter (tenant, number, account, utility, profile, address, segment) VALUES ('east', 'MA', 'A', 'gas', 'p', '1', 0)",
        );
        let mut world = self.provider.world();
        world.orders.all.clear();
        world.faults.clear();
        (world.orders.money_in, world.orders.money_out) = (0, 0);
        drop(world);
        self.numbers.clear();
        self.leased.clear();
        self.answers.clear();
        self.callbacks.clear();
        self.taken.clear();
        self.unheard.clear();
        self.disowned.clear();
        self.refunded.clear();
        self.holds = 0;
    }

    fn server(&mut self) -> usize {
        self.random.below(2)
    }

    fn name(&mut self) -> String {
        format!("1-{}", self.random.below(PAYMENTS))
    }

    fn number(&mut self) -> Option<String> {
        let all: Vec<String> = self.numbers.values().cloned().collect();
        self.random.one_of(&all)
    }

    async fn step(&mut self) {
        match self.random.below(32) {
            0..=3 => self.create().await,
            4..=7 => self.lease().await,
            8..=11 => self.ask().await,
            12..=16 => self.settle().await,
            17..=19 => self.pay(),
            20..=22 => self.callback().await,
            23 => self.cancel().await,
            24 => {
                for _ in 0..4 {
                    self.take_or_give_up().await;
                }
            }
            25 => self.refund().await,
            26 => self.spend().await,
            27..=28 => pass(1 + self.random.below(90) as u64),
            29 => match self.random.below(12) {
                0 => pass(86_400),
                _ => pass(300),
            },
            30 => self.fault(),
            _ => {
                // A crash: whatever a server had in its hands is gone.
                self.leased.clear();
                self.answers.clear();
            }
        }
    }

    async fn create(&mut self) {
        let (at, name) = (self.server(), self.name());
        // The same name always asks for the same.
        let purpose = match name.as_bytes()[2] % 2 {
            0 => Purpose::Sale {
                sale: name.clone(),
                meter: "MA".into(),
            },
            _ => Purpose::Wallet {
                account: "A".into(),
            },
        };
        let asked = PaymentAsk {
            payment: &name,
            purpose,
            amount: Money(1000 + i64::from(name.as_bytes()[2])),
            description: "seed",
            valid_seconds: 120,
        };
        let crashes = self.random.below(6) == 0;
        let made = self.servers[at].create(&self.origin, &asked);
        if crashes {
            // Dropped in the middle of the call; how far it came depends on the machine, the outcome must not.
            let _ = tokio::time::timeout(Duration::from_millis(2), made).await;
            if let Ok(found) = self.servers[at].find(&self.origin, &name).await {
                self.numbers.insert(name, found.number);
            }
            return;
        }
        let made = made.await.expect("a payment");
        self.numbers.insert(name, made.number);
    }

    async fn lease(&mut self) {
        let at = self.server();
        let found = self.servers[at].lease(&tenant()).await.expect("a lease");
        self.leased.extend(found);
    }

    async fn ask(&mut self) {
        let at = self.server();
        let Some(payment) = self.random.take(&mut self.leased) else {
            return;
        };
        let answer = self.servers[at].ask_provider(&tenant(), &payment).await;
        let answer = answer.expect("a provider");
        self.answers
            .extend(answer.map(|answer| (payment.number, answer)));
    }

    async fn settle(&mut self) {
        let at = self.server();
        let Some((number, answer)) = self.random.take(&mut self.answers) else {
            return;
        };
        let tenant = tenant();
        let settled = self.servers[at].settle(&tenant, &number, answer, "provider");
        settled.await.expect("settled");
    }

    fn pay(&mut self) {
        let Some(number) = self.number() else { return };
        let how = self.random.below(8);
        let order = self.provider.world().orders.all.get(&number).cloned();
        let Some(order) = order.filter(|order| order.transaction.is_none()) else {
            return;
        };
        match how {
            0 => self.provider.pay_anyway(&number, order.amount),
            1 => self.provider.pay_anyway(&number, order.amount - 1),
            _ => drop(self.provider.pay(&number)),
        }
    }

    /// One that is made now, or one from before, perhaps for the second time.
    async fn callback(&mut self) {
        if self.random.below(3) > 0
            && let Some(number) = self.number()
            && self.provider.world().orders.all.contains_key(&number)
        {
            self.callbacks.push(self.provider.told(&number, 0, |_| {}));
        }
        let Some((body, header)) = self.random.one_of(&self.callbacks) else {
            return;
        };
        let at = self.server();
        let told = self.servers[at]
            .told(header.as_bytes(), body.as_bytes())
            .await;
        let fine = matches!(
            told,
            Ok(()) | Err(PaymentError::Callback(_) | PaymentError::Amount)
        );
        assert!(fine, "{told:?}");
    }

    async fn cancel(&mut self) {
        let (at, name) = (self.server(), self.name());
        if self.numbers.contains_key(&name) {
            let cancelled = self.servers[at].cancel(&self.origin, &name).await;
            cancelled.expect("an answer");
        }
    }

    async fn take_or_give_up(&mut self) {
        let (at, name, how) = (self.server(), self.name(), self.random.below(8));
        if !self.numbers.contains_key(&name) {
            return;
        }
        // By the rules of its ledger a terminal gives up what it has not taken, and nothing else.
        if how < 2 && !self.taken.contains(&name) {
            return self.disown(&name).await;
        }
        match self.servers[at].take(&self.origin, &name).await {
            Ok(payment) => {
                assert_eq!(payment.state, State::Taken);
                assert!(!self.disowned.contains(&name), "{name} is taken after all");
                let heard = how > 2;
                match heard {
                    true => self.taken.insert(name),
                    false => self.unheard.insert(name),
                };
            }
            Err(PaymentError::NotNow(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }

    /// The terminal's log says that nothing was taken, and a head covers it.
    async fn disown(&mut self, name: &str) {
        let sale = name.rsplit('-').next().and_then(|n| n.parse().ok());
        let ended = Event::PaymentEnded {
            sale: SaleId(sale.expect("a number")),
            means: Means::Code,
            meter: "MA".into(),
            amount: Money(1),
            outcome: PaymentOutcome::Refused,
            reason: "given up".into(),
        };
        let schedule = *self.servers[0].schedule(&tenant()).expect("a schedule");
        let mut connection = self.connections.connection().await.expect("a connection");
        let transaction = connection.begin(&tenant()).await.expect("begun");
        let when = (Some(&schedule), now());
        let followed = follow(&transaction, &self.origin, &ended, when).await;
        followed.expect("followed");
        transaction.commit().await.expect("committed");
        self.disowned.insert(name.to_owned());
    }

    async fn refund(&mut self) {
        let name = self.name();
        let Some(number) = self.numbers.get(&name).cloned() else {
            return;
        };
        let tenant = tenant();
        let schedule = *self.servers[0].schedule(&tenant).expect("a schedule");
        let mut connection = self.connections.connection().await.expect("a connection");
        let transaction = connection.begin(&tenant).await.expect("begun");
        match refund_in(&transaction, (&tenant, "Max"), &number, &schedule, now()).await {
            Ok(()) => {
                transaction.commit().await.expect("committed");
                self.refunded.insert(name);
            }
            Err(WalletError::NotPaid(_) | WalletError::Insufficient) => {}
            Err(other) => panic!("{other}"),
        }
    }

    /// The account's money moves meanwhile.
    async fn spend(&mut self) {
        self.holds += 1;
        // Behind every sale that is paid by code.
        let sale = SaleId(1_000 + self.holds);
        let name = wallet::name(&self.origin, sale);
        let amount = Money(1 + self.random.below(900) as i64);
        let outcome = match self.random.below(3) {
            0 => None,
            1 => Some(PaymentOutcome::Delivered),
            _ => Some(PaymentOutcome::Returned),
        };
        let mut connection = self.connections.connection().await.expect("a connection");
        let transaction = connection.begin(&tenant()).await.expect("begun");
        let caller = caller(&transaction, &self.origin).await.expect("in order");
        let asked = HoldAsk {
            hold: &name,
            account: "A",
            meter: "MA",
            amount,
        };
        match hold(&transaction, &caller, &asked, now()).await {
            Ok(_) => {}
            Err(WalletError::Insufficient) => return,
            Err(other) => panic!("{other}"),
        }
        if let Some(outcome) = outcome {
            let ended = Event::PaymentEnded {
                sale,
                means: Means::Wallet(AccountRef("A".into())),
                meter: "MA".into(),
                amount,
                outcome,
                reason: "as it was".into(),
            };
            let done = wallet::follow(&transaction, &self.origin, &ended, now()).await;
            done.expect("followed");
        }
        transaction.commit().await.expect("committed");
    }

    fn fault(&mut self) {
        let op = [Op::Create, Op::Query, Op::Cancel, Op::Refund][self.random.below(4)];
        let fault = match self.random.below(7) {
            0 => Fault::LostAnswer,
            1 => Fault::LostRequest,
            2 => Fault::Status(500),
            3 => Fault::Unsigned,
            4 => Fault::Forged,
            5 => Fault::Pending,
            _ => Fault::Status(404),
        };
        self.provider.fault(op, fault);
    }

    /// Everything works again, and time goes on until nothing is due any more.
    async fn heal(&mut self) {
        self.provider.world().faults.clear();
        let unheard: Vec<String> = self.unheard.difference(&self.taken).cloned().collect();
        for name in unheard {
            self.disown(&name).await;
        }
        // A provider tells of money until it is heard.
        let paid: Vec<String> = {
            let world = self.provider.world();
            let money = world
                .orders
                .all
                .iter()
                .filter(|(_, order)| order.transaction.is_some());
            money.map(|(number, _)| number.clone()).collect()
        };
        for number in paid {
            let (body, header) = self.provider.told(&number, 0, |_| {});
            let _ = self.servers[0]
                .told(header.as_bytes(), body.as_bytes())
                .await;
        }
        for round in 0..2000 {
            while !self.leased.is_empty() {
                self.ask().await;
            }
            while !self.answers.is_empty() {
                self.settle().await;
            }
            self.lease().await;
            if self.leased.is_empty() {
                let Some(next) = self.next().await else {
                    return;
                };
                pass(next.saturating_sub(now()).max(1));
            }
            assert!(round < 1999, "it does not come to rest");
        }
    }

    /// When something is due again.
    async fn next(&self) -> Option<u64> {
        let mut connection = self.connections.connection().await.expect("a connection");
        let transaction = connection.begin(&tenant()).await.expect("begun");
        let row = transaction
            .query_one("SELECT min(next_at) FROM payment_order", &[])
            .await;
        let next: Option<i64> = row.expect("a row").get(0);
        next.and_then(|next| u64::try_from(next).ok())
    }

    async fn judge(&self) {
        books::check(&self.database);
        let (orders, money) = {
            let world = self.provider.world();
            (
                world.orders.all.clone(),
                (world.orders.money_in, world.orders.money_out),
            )
        };
        let (mut kept, mut back) = (0, 0);
        for (name, number) in &self.numbers {
            let payment = self.servers[0]
                .find(&self.origin, name)
                .await
                .expect("a payment");
            let (state, theirs) = (payment.state, orders.get(number));
            let received = theirs.map_or(0, |order| order.received);
            let their_state = theirs.map_or("none", |order| order.state);
            match state {
                State::Taken | State::Paid => {
                    assert_eq!(their_state, "paid", "{name}");
                    assert_eq!(Money(received), payment.amount, "{name}");
                    assert!(!self.refunded.contains(name), "{name} is kept and refunded");
                    let heard = state == State::Paid || self.taken.contains(name);
                    assert!(
                        heard,
                        "{name} was taken, and the terminal never heard of it"
                    );
                    let wallet = matches!(payment.purpose, Purpose::Wallet { .. });
                    assert_eq!(wallet, state == State::Paid, "{name} waits for ever");
                    kept += received;
                }
                State::Refunded => {
                    assert_eq!(their_state, "refunded", "{name}");
                    let delivered = self.taken.contains(name) && !self.refunded.contains(name);
                    assert!(
                        !delivered,
                        "{name} was delivered, and its money went back by itself"
                    );
                    back += received;
                }
                State::Cancelled | State::Expired | State::Refused => {
                    assert_eq!(received, 0, "{name}: money that nobody knows");
                    assert!(
                        !["open", "paid"].contains(&their_state),
                        "{name} is {their_state} there"
                    );
                }
                other => panic!("{name} is left {other}"),
            }
        }
        assert_eq!(money, (kept + back, back));
        assert!(orders.len() <= self.numbers.len(), "an order was made anew");
        assert_eq!(books::book(&self.database, "provider"), kept);
        assert_eq!(books::book(&self.database, "untaken"), 0);
        assert_eq!(books::book(&self.database, "returning"), 0);
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn whatever_is_overtaken_lost_or_repeated_the_money_is_where_the_books_say() {
    let seeds: Vec<u64> = match (number("SEED"), number("SEEDS")) {
        (Some(seed), _) => vec![seed],
        (None, count) => (1..=count.unwrap_or(16)).collect(),
    };
    // The connections go on while a check keeps this thread busy.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let mut world = World::new().await;
        let mut ends: BTreeMap<String, u32> = BTreeMap::new();
        for seed in &seeds {
            println!("SEED={seed}");
            world.begin(*seed);
            let steps = 60 + world.random.below(120);
            for _ in 0..steps {
                world.step().await;
            }
            books::check(&world.database);
            world.heal().await;
            world.judge().await;
            for state in world
                .database
                .sql("SELECT state FROM payment_order")
                .lines()
            {
                *ends.entry(state.to_owned()).or_default() += 1;
            }
        }
        println!("{} seeds, payments ended as {ends:?}", seeds.len());
        // It must have seen what it is there for.
        if seeds.len() >= 16 {
            for state in ["paid", "taken", "refunded", "cancelled"] {
                assert!(
                    ends.get(state).is_some_and(|count| *count > 2),
                    "{state}: {ends:?}"
                );
            }
        }
    });
}
