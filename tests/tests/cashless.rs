//! Paying without cash through the shipping programs: terminal, server, payment provider, meter, all on their wires. What the provider has is
//! what the server's books say, and what the terminal's ledger says is what the meter has, whatever is killed in between.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use meterpost_tests::provider::{Fault, Op, Provider};
use meterpost_tests::scenario::Failure;
use meterpost_tests::scenario::card_holder::{ACCOUNT, CardHolder};
use meterpost_tests::scenario::office::{Office, TENANT};
use meterpost_tests::scenario::stage::{ELECTRICITY, Stage, StagePlan};
use meterpost_tests::scenario::telephone;
use meterpost_tests::scenario::topup::{PATIENCE, choose_way, first_meter_of_card, state};
use meterpost_tests::scenario::touchscreen::Touchscreen;
use tempfile::TempDir;

/// A terminal that offers all ways to pay.
struct Scene {
    stage: Stage,
    office: Office,
    provider: Provider,
    before: i64,
    folder: TempDir,
}

fn unix() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.expect("after 1970").as_secs()
}

impl Scene {
    fn open() -> Scene {
        let folder = tempfile::tempdir().expect("a folder");
        let provider = Provider::start(unix).expect("a provider");
        let office = Office::open_with(folder.path(), &provider.config(TENANT)).expect("an office");
        provider.register(office.merchant_key().expect("a key"));
        let address = office.address.parse().expect("an address");
        let plan = StagePlan {
            baud: 19_200,
            cashless: true,
            ..StagePlan::default()
        };
        let online = Some((&office, address));
        let mut stage = Stage::set_online(folder.path(), &plan, online).expect("a stage");
        let before = cumulative(&mut stage);
        Scene {
            stage,
            office,
            provider,
            before,
            folder,
        }
    }

    fn start(&mut self) -> Touchscreen {
        let mut screen = self.stage.start_kiosk().expect("a kiosk");
        let ready = ["cash: Works", "meters: Works"];
        let up = screen.wait_for(&["Attract"], &ready, PATIENCE);
        self.so(up);
        screen
    }

    fn so<T>(&self, result: Result<T, Failure>) -> T {
        result.unwrap_or_else(|failure| {
            let words = self.stage.last_words();
            panic!("{failure}\n{words}\n{}", self.office.log())
        })
    }

    fn waits(&self, screen: &mut Touchscreen, name: &str, words: &[&str]) {
        let shown = screen.wait_for(&[name], words, PATIENCE);
        self.so(shown);
    }

    /// To the choice of how to pay, by number. The server has to be known to be reached.
    fn choose(&self, screen: &mut Touchscreen, minor: i64) {
        self.so(choose_way(screen, ELECTRICITY, minor));
        self.waits(screen, "Pay", &["code: Some(true)"]);
    }

    fn picture(&self) -> PathBuf {
        self.folder.path().join("code.png")
    }

    /// What the meter was credited with since the scene began.
    fn credited(&mut self) -> i64 {
        cumulative(&mut self.stage) - self.before
    }

    /// Waits until something about the books holds.
    fn until(&self, what: &str, holds: impl Fn(&Scene) -> bool) {
        let end = Instant::now() + Duration::from_secs(40);
        while !holds(self) {
            assert!(
                Instant::now() < end,
                "{what}\n{}\n{}",
                self.stage.last_words(),
                self.office.log()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn book(&self, book: &str) -> i64 {
        self.so(self.office.book(book))
    }

    /// The terminal's ledger, after its end: an account's balance.
    fn account(&mut self, name: &str) -> i64 {
        self.stage.kill_kiosk().expect("killed");
        let verdict = self.stage.verify_ledger().expect("a verdict");
        assert_eq!(verdict["verdict"], "ok", "{verdict}");
        let entries = self.stage.list_ledger().expect("entries");
        let accounts = entries.last().expect("accounts").to_string();
        let text = accounts.split(&format!("\"{name}\":\"")).nth(1);
        let amount = text.and_then(|rest| rest.split('"').next());
        let amount = amount.unwrap_or_else(|| panic!("no {name}: {accounts}"));
        let (whole, cents) = amount.split_once('.').expect("an amount");
        let sign = if whole.starts_with('-') { -1 } else { 1 };
        let whole: i64 = whole.trim_start_matches('-').parse().expect("a number");
        sign * (whole * 100 + cents.parse::<i64>().expect("a number"))
    }

    /// What came in at the provider and did not go back is what our books say it holds.
    fn provider_agrees(&self) {
        let (came, went) = {
            let world = self.provider.world();
            (world.orders.money_in, world.orders.money_out)
        };
        assert_eq!(self.book("provider"), came - went);
    }
}

fn cumulative(stage: &mut Stage) -> i64 {
    let district = state(stage).expect("a district");
    district.meter(ELECTRICITY).expect("a meter").cumulative
}

#[test]
fn a_telephone_pays_by_code_and_the_meter_has_it() {
    let mut scene = Scene::open();
    let mut screen = scene.start();
    scene.choose(&mut screen, 5_000);
    scene.so(screen.touch("pay-code"));
    let paid = telephone::pay(&mut screen, &scene.provider, &scene.picture());
    let number = scene.so(paid);
    scene.waits(&mut screen, "Done", &["¥ 50.00", "slip: Printed"]);
    assert_eq!(scene.credited(), 5_000);
    scene.until("taken", |scene| scene.book("terminals") == -5_000);
    assert_eq!(scene.provider.state(&number), "paid");
    scene.provider_agrees();
    assert_eq!(scene.account("Provider"), 5_000);
}

#[test]
fn lost_answers_of_the_provider_and_a_server_killed_in_the_middle_cost_nobody_anything() {
    let mut scene = Scene::open();
    let mut screen = scene.start();
    scene.choose(&mut screen, 2_000);
    scene.provider.fault(Op::Create, Fault::LostAnswer);
    scene.provider.fault(Op::Query, Fault::LostAnswer);
    scene.so(screen.touch("pay-code"));
    let scanned = telephone::scan(&mut screen, &scene.provider, &scene.picture());
    let number = scene.so(scanned);
    scene.office.kill().expect("killed");
    assert!(scene.provider.pay(&number));
    std::thread::sleep(Duration::from_secs(2));
    scene.office.start().expect("up again");
    scene.waits(&mut screen, "Done", &["¥ 20.00"]);
    assert_eq!(scene.credited(), 2_000);
    scene.until("taken", |scene| scene.book("terminals") == -2_000);
    scene.provider_agrees();
}

#[test]
fn a_power_cut_after_the_payment_and_before_the_terminal_took_it_gives_it_back() {
    let mut scene = Scene::open();
    let mut screen = scene.start();
    scene.choose(&mut screen, 2_000);
    scene.so(screen.touch("pay-code"));
    let scanned = telephone::scan(&mut screen, &scene.provider, &scene.picture());
    let number = scene.so(scanned);
    scene.stage.kill_kiosk().expect("killed");
    assert!(scene.provider.pay(&number));
    let mut screen = scene.start();
    scene.until("back", |scene| scene.provider.state(&number) == "refunded");
    scene.until("booked", |scene| scene.book("provider") == 0);
    assert_eq!(scene.credited(), 0);
    assert_eq!(scene.book("terminals"), 0);
    // And the terminal sells on.
    scene.choose(&mut screen, 1_000);
    drop(screen);
    assert_eq!(scene.account("Provider"), 0);
}

#[test]
fn a_code_that_is_called_off_is_closed_and_late_money_goes_back() {
    let mut scene = Scene::open();
    let mut screen = scene.start();
    scene.choose(&mut screen, 2_000);
    scene.so(screen.touch("pay-code"));
    let scanned = telephone::scan(&mut screen, &scene.provider, &scene.picture());
    let number = scene.so(scanned);
    scene.so(screen.touch("cancel"));
    scene.waits(&mut screen, "Pay", &["CodeOver"]);
    assert_eq!(scene.provider.state(&number), "closed");
    scene.provider.pay_anyway(&number, 2_000);
    assert_eq!(scene.credited(), 0);
    let ways = screen.touch("pay-cash");
    scene.so(ways);
    scene.waits(&mut screen, "Cash", &[]);
}

#[test]
fn a_wallet_pays_with_the_server_and_within_its_limits_without_it() {
    let mut scene = Scene::open();
    let holder = match CardHolder::join(&scene.stage, &scene.office).expect("joined") {
        Ok(holder) => holder,
        Err(why) => {
            eprintln!("skipped, no card reader: {why}");
            return;
        }
    };
    scene.so(scene.office.top_up_wallet(ACCOUNT, "t-1", "60.00"));
    scene.so(scene.office.limit_wallets("100.00", "500.00"));
    let mut screen = scene.start();
    // Until the directory is here nobody knows the card; it is taken out and put in again, as residents do.
    let insert = |scene: &Scene, screen: &mut Touchscreen| {
        for _ in 0..12 {
            let card = scene.so(holder.insert());
            let known = screen.wait_for(&["Who"], &[], Duration::from_secs(3));
            if known.is_ok() {
                return card;
            }
        }
        panic!("the card is never known\n{}", scene.stage.last_words());
    };
    let card = insert(&scene, &mut screen);
    scene.so(first_meter_of_card(&mut screen));
    drop(card);
    scene.so(screen.touch("amount-5000"));
    scene.waits(&mut screen, "Pay", &["Enough(\"¥ 60.00\")"]);
    scene.so(screen.touch("pay-wallet"));
    scene.waits(&mut screen, "Done", &["¥ 50.00", "slip: Printed"]);
    assert_eq!(scene.credited(), 5_000);
    scene.until("spent", |scene| scene.book("terminals") == -5_000);
    assert_eq!((scene.book("held"), scene.book("wallet")), (0, -1_000));
    scene.so(screen.touch("close"));

    scene.office.kill().expect("killed");
    let card = insert(&scene, &mut screen);
    scene.so(first_meter_of_card(&mut screen));
    drop(card);
    scene.so(screen.touch("amount-2000"));
    scene.waits(&mut screen, "Pay", &["Offline"]);
    scene.so(screen.touch("pay-wallet"));
    scene.waits(&mut screen, "Done", &["¥ 20.00"]);
    assert_eq!(scene.credited(), 7_000);
    scene.office.start().expect("up again");
    scene.until("spent", |scene| scene.book("terminals") == -7_000);
    // What the balance did not cover, the account owes.
    assert_eq!((scene.book("wallet"), scene.book("debt")), (0, 1_000));
    drop(screen);
    assert_eq!(scene.account("Wallets"), 7_000);
}

/// How many boundaries lie between two power cuts; `CUTS=1` cuts at every one.
fn stride() -> usize {
    let asked = std::env::var("CUTS")
        .ok()
        .and_then(|text| text.parse().ok());
    asked.unwrap_or(4)
}

/// A resident pays by code; where the terminal is held on the way, the power is cut there. Whether it was.
fn pay_and_cut(scene: &mut Scene, mut screen: Touchscreen, at: usize) -> bool {
    scene.choose(&mut screen, 1_000);
    let (watch, picture) = (scene.stage.boundaries.clone(), scene.picture());
    watch.arm(Some(at));
    let Scene {
        provider, stage, ..
    } = scene;
    let provider = &*provider;
    let finished = std::thread::scope(|scope| {
        let resident = scope.spawn(move || {
            screen.touch("pay-code")?;
            telephone::pay(&mut screen, provider, &picture)?;
            screen.wait_for(&["Done"], &["slip: Printed"], PATIENCE)?;
            screen.touch("close")?;
            screen.wait_for(&["Attract"], &[], PATIENCE).map(drop)
        });
        while !resident.is_finished() {
            if watch.caught() {
                stage.kill_kiosk().expect("killed");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        resident.join().expect("a resident")
    });
    if !watch.caught() {
        scene.so(finished);
    }
    scene.stage.kill_kiosk().expect("killed");
    scene.stage.boundaries.disarm();
    watch.caught()
}

#[test]
fn a_power_cut_at_any_boundary_of_a_payment_by_code_loses_and_doubles_nothing() {
    let mut scene = Scene::open();
    let (mut at, mut cuts) = (0, 0);
    loop {
        let screen = scene.start();
        let caught = pay_and_cut(&mut scene, screen, at);
        // Somebody still has the code on a telephone.
        let open: Vec<String> = {
            let world = scene.provider.world();
            world.orders.all.keys().cloned().collect()
        };
        if at % 2 == 0 {
            for number in &open {
                scene.provider.pay(number);
            }
        }
        let mut screen = scene.start();
        scene.waits(&mut screen, "Attract", &[]);
        let credited = scene.credited();
        scene.until(&format!("at rest after boundary {at}"), |scene| {
            let world = scene.provider.world();
            let rests = |state: &str| ["paid", "closed", "expired", "refunded"].contains(&state);
            world.orders.all.values().all(|order| rests(order.state))
                && world.orders.money_in - world.orders.money_out == credited
        });
        drop(screen);
        scene.stage.kill_kiosk().expect("killed");
        if !caught {
            break;
        }
        (at, cuts) = (at + stride(), cuts + 1);
    }
    let (credited, orders) = (scene.credited(), scene.provider.world().orders.all.len());
    println!("cuts={cuts} boundaries={at} orders={orders} credited={credited} lost=0 doubled=0");
    assert!(
        cuts > 4 && credited > 1_000,
        "the power was cut before and after the credit"
    );
    scene.until("booked", |scene| scene.book("terminals") == -credited);
    scene.provider_agrees();
    assert_eq!(scene.account("Provider"), credited);
}
