//! What a balance leads to: warn, cut off, restore. Pure and exhaustive; each row of the table has a test.
//!
//! | stands | balance less debt | keep power | protected hours | decision |
//! |---|---|---|---|---|
//! | cut off | any | yes | any | restore |
//! | cut off | above 0 | no | any | restore |
//! | cut off | 0 or below | no | any | nothing |
//! | on | above the first level | any | any | fine |
//! | on | above the second level | any | any | warn first |
//! | on | above −emergency | any | any | warn second |
//! | on | −emergency or below | yes | any | warn second |
//! | on | −emergency or below | no | yes | warn second |
//! | on | −emergency or below | no | no | cut off |
//!
//! Nothing is decided twice: where it stands so already, it is nothing. Who was cut off is restored only above 0, not as soon as the emergency
//! credit would do: a relay does not go to and fro about one bound.

/// What holds for an account. Amounts are minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// At this balance or below it is warned.
    pub warn_first: i64,
    /// At this one it is warned again; not above the first.
    pub warn_second: i64,
    /// So much may be owed before it is cut off.
    pub emergency: i64,
    /// It is never cut off (保电).
    pub keep_power: bool,
    /// In these minutes of the local day nobody is cut off; beyond midnight where the end is not after the beginning.
    pub quiet: (i16, i16),
}

/// How an account stands by what was decided last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing was said.
    Fine,
    /// Warned once.
    First,
    /// Warned twice.
    Second,
    /// Cut off.
    Off,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing.
    Nothing,
    /// A warning is over.
    Fine,
    /// Warn.
    WarnFirst,
    /// Warn again.
    WarnSecond,
    /// Cut off.
    CutOff,
    /// Let the supply through again.
    Restore,
}

impl Decision {
    /// As it is written; `None`: it is not.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Decision::Nothing => None,
            Decision::Fine => Some("fine"),
            Decision::WarnFirst => Some("warn_first"),
            Decision::WarnSecond => Some("warn_second"),
            Decision::CutOff => Some("cut_off"),
            Decision::Restore => Some("restore"),
        }
    }

    /// How an account stands after the decision of this name.
    pub fn standing(name: &str) -> Option<Standing> {
        match name {
            "fine" | "restore" => Some(Standing::Fine),
            "warn_first" => Some(Standing::First),
            "warn_second" => Some(Standing::Second),
            "cut_off" => Some(Standing::Off),
            _ => None,
        }
    }
}

impl Terms {
    /// Whether nobody is cut off in this minute of the local day.
    pub fn is_quiet(&self, minute: i16) -> bool {
        let (from, to) = self.quiet;
        match from < to {
            true => (from..to).contains(&minute),
            // Equal: at no time.
            false => from != to && (minute >= from || minute < to),
        }
    }
}

/// What the balance less the debt leads to. `protected`: a holiday, or quiet hours.
pub fn decide(standing: Standing, left: i64, terms: &Terms, protected: bool) -> Decision {
    let is = |is: Standing, decision| match standing == is {
        true => Decision::Nothing,
        false => decision,
    };
    match standing {
        Standing::Off if terms.keep_power || left > 0 => Decision::Restore,
        Standing::Off => Decision::Nothing,
        Standing::Fine | Standing::First | Standing::Second => {
            if left <= -terms.emergency && !terms.keep_power && !protected {
                Decision::CutOff
            } else if left > terms.warn_first {
                is(Standing::Fine, Decision::Fine)
            } else if left > terms.warn_second && left > -terms.emergency {
                is(Standing::First, Decision::WarnFirst)
            } else {
                is(Standing::Second, Decision::WarnSecond)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Decision::{CutOff, Fine, Nothing, Restore, WarnFirst, WarnSecond};
    use super::*;

    const ON: [Standing; 3] = [Standing::Fine, Standing::First, Standing::Second];

    fn terms(keep_power: bool) -> Terms {
        Terms {
            warn_first: 5000,
            warn_second: 2000,
            emergency: 1000,
            keep_power,
            quiet: (1320, 480),
        }
    }

    fn all(
        standing: Standing,
        left: &[i64],
        keep: &[bool],
        protected: &[bool],
        expected: Decision,
    ) {
        for left in left {
            for keep in keep {
                for protected in protected {
                    let decided = decide(standing, *left, &terms(*keep), *protected);
                    assert_eq!(decided, expected, "{standing:?} {left} {keep} {protected}");
                }
            }
        }
    }

    const BOTH: &[bool] = &[false, true];

    #[test]
    fn who_keeps_power_is_restored_whatever_is_owed() {
        all(
            Standing::Off,
            &[-100_000, 0, 1, 6000],
            &[true],
            BOTH,
            Restore,
        );
    }

    #[test]
    fn who_has_money_again_is_restored_at_any_hour() {
        all(Standing::Off, &[1, 2000, 6000], &[false], BOTH, Restore);
    }

    #[test]
    fn who_has_none_stays_off_even_within_the_emergency_credit() {
        all(Standing::Off, &[-100_000, -999, 0], &[false], BOTH, Nothing);
    }

    #[test]
    fn above_the_first_level_nothing_is_said_but_that_a_warning_is_over() {
        all(Standing::Fine, &[5001, 90_000], BOTH, BOTH, Nothing);
        all(Standing::First, &[5001], BOTH, BOTH, Fine);
        all(Standing::Second, &[5001], BOTH, BOTH, Fine);
    }

    #[test]
    fn at_the_first_level_it_is_warned_once() {
        all(Standing::Fine, &[5000, 2001], BOTH, BOTH, WarnFirst);
        all(Standing::First, &[5000, 2001], BOTH, BOTH, Nothing);
        all(Standing::Second, &[5000, 2001], BOTH, BOTH, WarnFirst);
    }

    #[test]
    fn at_the_second_level_it_is_warned_again() {
        all(Standing::Fine, &[2000, 0, -999], BOTH, BOTH, WarnSecond);
        all(Standing::First, &[2000, 0, -999], BOTH, BOTH, WarnSecond);
        all(Standing::Second, &[2000, 0, -999], BOTH, BOTH, Nothing);
    }

    #[test]
    fn who_keeps_power_is_warned_and_not_cut_off() {
        all(
            Standing::First,
            &[-1000, -100_000],
            &[true],
            BOTH,
            WarnSecond,
        );
        all(Standing::Second, &[-1000, -100_000], &[true], BOTH, Nothing);
    }

    #[test]
    fn in_protected_hours_it_is_warned_and_not_cut_off() {
        all(
            Standing::Fine,
            &[-1000, -100_000],
            &[false],
            &[true],
            WarnSecond,
        );
        all(
            Standing::Second,
            &[-1000, -100_000],
            &[false],
            &[true],
            Nothing,
        );
    }

    #[test]
    fn beyond_the_emergency_credit_it_is_cut_off() {
        for standing in ON {
            all(standing, &[-1000, -100_000], &[false], &[false], CutOff);
        }
    }

    #[test]
    fn quiet_hours_go_beyond_midnight_and_may_be_none() {
        let night = terms(false);
        assert!(night.is_quiet(1320) && night.is_quiet(0) && night.is_quiet(479));
        assert!(!night.is_quiet(480) && !night.is_quiet(1319));
        let never = Terms {
            quiet: (0, 0),
            ..night
        };
        assert!(!never.is_quiet(0) && !never.is_quiet(700));
        let noon = Terms {
            quiet: (700, 720),
            ..night
        };
        assert!(noon.is_quiet(700) && !noon.is_quiet(720));
    }

    #[test]
    fn every_decision_is_read_back_as_the_standing_it_leads_to() {
        let led = [
            (Fine, Standing::Fine),
            (Restore, Standing::Fine),
            (WarnFirst, Standing::First),
            (WarnSecond, Standing::Second),
            (CutOff, Standing::Off),
        ];
        for (decision, standing) in led {
            assert_eq!(decision.name().and_then(Decision::standing), Some(standing));
        }
        assert_eq!(Nothing.name(), None);
        assert_eq!(Decision::standing("nothing"), None);
    }
}
