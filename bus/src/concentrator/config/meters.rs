//! The file's part about meters: which ones, how they are spoken to, and when they are read.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::{Check, MeterConfig, ScheduleConfig, SegmentConfig};
use crate::concentrator::clock::{DAY, LocalSeconds};
use crate::concentrator::schedule::Cycle;
use crate::concentrator::store::Retention;
use crate::frame::gdw376::port;
use crate::link::{Parity, SerialSettings};
use crate::meter::{MeterAddress, MeterDriver, Profile};

/// `[[meter]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileMeter {
    point: Spanned<u16>,
    port: Spanned<u8>,
    address: Spanned<String>,
    profile: Spanned<String>,
    baud: Option<Spanned<u32>>,
    parity: Option<Parity>,
}

/// `[schedule]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileSchedule {
    every_minutes: Option<Spanned<u64>>,
    at: Option<Vec<Spanned<String>>>,
    freeze_window_minutes: Option<Spanned<u64>>,
    archive_profile: Option<Spanned<String>>,
    clock_at: Option<Spanned<String>>,
}

/// `[keep]`, in days.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileKeep {
    daily: Option<Spanned<u64>>,
    monthly: Option<Spanned<u64>>,
    events: Option<Spanned<u64>>,
    reports: Option<Spanned<u64>>,
}

/// A measuring point is one of eight in one of 255 groups (Q/GDW 376.1, information point).
const MOST_POINTS: u16 = 2040;

/// Profiles that were already read, by what the file calls them.
type Profiles = BTreeMap<String, Option<Arc<Profile>>>;

impl Check<'_> {
    /// The meters and their schedule.
    pub(super) fn readings(
        &mut self,
        meters: &[FileMeter],
        schedule: Option<&FileSchedule>,
        segments: &[SegmentConfig],
    ) -> (Vec<MeterConfig>, ScheduleConfig) {
        let mut profiles = Profiles::new();
        let mut found = Vec::new();
        let mut points = BTreeMap::new();
        let mut addresses = BTreeMap::new();
        for meter in meters {
            let Some(config) = self.meter(meter, segments, &mut profiles) else {
                continue;
            };
            if points.insert(config.point, ()).is_some() {
                let what = format!(
                    "point {} is there twice; each meter needs its own",
                    config.point
                );
                self.problem(&meter.point, what);
            }
            let place = (config.port, config.address);
            if let Some(other) = addresses.insert(place, config.point) {
                let what = format!(
                    "{} on port {} is already point {other}",
                    config.address, config.port
                );
                self.problem(&meter.address, what);
            }
            found.push(config);
        }
        let schedule = match schedule {
            Some(schedule) => self.schedule(schedule, &mut profiles),
            None => ScheduleConfig::default(),
        };
        (found, schedule)
    }

    fn meter(
        &mut self,
        meter: &FileMeter,
        segments: &[SegmentConfig],
        profiles: &mut Profiles,
    ) -> Option<MeterConfig> {
        let point = *meter.point.get_ref();
        if !(1..=MOST_POINTS).contains(&point) {
            let what = format!("point is {point}; it must be between 1 and {MOST_POINTS}");
            self.problem(&meter.point, what);
        }
        let port = *meter.port.get_ref();
        let segment = segments.iter().find(|segment| segment.port == port);
        if segment.is_none() {
            let what = format!("port is {port}, and there is no [[segment]] with that port");
            self.problem(&meter.port, what);
        }
        let address = match meter.address.get_ref().parse::<MeterAddress>() {
            Ok(address) => Some(address),
            Err(error) => {
                self.problem(&meter.address, error);
                None
            }
        };
        let profile = self.profile(&meter.profile, profiles);
        let own = segment.map_or_else(SerialSettings::default, |segment| segment.serial.settings);
        let settings = SerialSettings {
            baud: meter.baud.as_ref().map_or(own.baud, |baud| *baud.get_ref()),
            parity: meter.parity.unwrap_or(own.parity),
            ..own
        };
        if let Some(baud) = &meter.baud
            && port::control_byte(&settings).is_none()
        {
            let what = format!(
                "baud is {}; it must be 300, 600, 1200, 2400, 4800, 7200, 9600 or 19200",
                settings.baud
            );
            self.problem(baud, what);
            return None;
        }
        let (address, profile) = (address?, profile?);
        if let Err(error) = MeterDriver::new(profile.as_ref().clone(), address, settings.baud) {
            self.problem(&meter.address, error);
        }
        Some(MeterConfig {
            point,
            port,
            address,
            profile,
            settings: (settings != own).then_some(settings),
        })
    }

    /// A profile by the name of a built-in one, or from a file beside the configuration.
    fn profile(
        &mut self,
        spanned: &Spanned<String>,
        profiles: &mut Profiles,
    ) -> Option<Arc<Profile>> {
        let name = spanned.get_ref();
        if let Some(known) = profiles.get(name) {
            return known.clone();
        }
        let read = if name.ends_with(".toml") {
            let folder = Path::new(self.name).parent().unwrap_or(Path::new(""));
            let path = folder.join(name);
            let shown = path.display().to_string();
            match std::fs::read_to_string(&path) {
                Ok(text) => Profile::parse(&text)
                    .map_err(|error| format!("{shown} is no profile:\n{error}")),
                Err(error) => Err(format!("{shown}: {error}")),
            }
        } else {
            Profile::builtin(name).map_err(|error| {
                format!(
                    "{error}; for a profile of your own, name its file, which must end in .toml"
                )
            })
        };
        let profile = match read {
            Ok(profile) => Some(Arc::new(profile)),
            Err(what) => {
                self.problem(spanned, what);
                None
            }
        };
        profiles.insert(name.clone(), profile.clone());
        profile
    }

    fn schedule(&mut self, file: &FileSchedule, profiles: &mut Profiles) -> ScheduleConfig {
        let cycle = match (&file.every_minutes, &file.at) {
            (Some(minutes), Some(_)) => {
                self.problem(minutes, "every_minutes and at exclude each other; keep one");
                None
            }
            (None, Some(times)) => {
                let mut at: Vec<_> = times.iter().filter_map(|time| self.time(time)).collect();
                at.sort_unstable();
                at.dedup();
                Some(Cycle::At(at))
            }
            (minutes, None) => {
                let every = self.number(minutes.as_ref(), 60, 1..=1440, "every_minutes");
                Some(Cycle::Every(every * 60))
            }
        };
        let archive = file.archive_profile.as_ref();
        ScheduleConfig {
            cycle,
            freeze_window: 60
                * self.number(
                    file.freeze_window_minutes.as_ref(),
                    60,
                    1..=720,
                    "freeze_window_minutes",
                ),
            archive_profile: archive.and_then(|name| self.profile(name, profiles)),
            clock_at: file.clock_at.as_ref().and_then(|time| self.time(time)),
        }
    }

    /// `HH:MM` as seconds of the day.
    fn time(&mut self, spanned: &Spanned<String>) -> Option<LocalSeconds> {
        let text = spanned.get_ref();
        let parts = text
            .split_once(':')
            .filter(|(hours, minutes)| hours.len() == 2 && minutes.len() == 2);
        let seconds = parts.and_then(|(hours, minutes)| {
            let hours: LocalSeconds = hours.parse().ok().filter(|hours| (0..24).contains(hours))?;
            let minutes: LocalSeconds =
                minutes.parse().ok().filter(|part| (0..60).contains(part))?;
            Some(hours * 3600 + minutes * 60)
        });
        if seconds.is_none() {
            let what = format!("{text:?} is no time of day; write it as \"06:00\"");
            self.problem(spanned, what);
        }
        seconds.filter(|seconds| *seconds < DAY)
    }

    /// How long things are kept.
    pub(super) fn keep(&mut self, keep: Option<&FileKeep>) -> Retention {
        let usual = Retention::default();
        let Some(keep) = keep else { return usual };
        let mut days = |value: &Option<Spanned<u64>>, usual, name| {
            self.number(value.as_ref(), usual, 1..=3660, name)
        };
        Retention {
            daily: days(&keep.daily, usual.daily, "daily"),
            monthly: days(&keep.monthly, usual.monthly, "monthly"),
            events: days(&keep.events, usual.events, "events"),
            reports: days(&keep.reports, usual.reports, "reports"),
        }
    }

    fn number(
        &mut self,
        value: Option<&Spanned<u64>>,
        usual: i64,
        range: std::ops::RangeInclusive<i64>,
        name: &str,
    ) -> i64 {
        let Some(spanned) = value else { return usual };
        let number = i64::try_from(*spanned.get_ref()).unwrap_or(i64::MAX);
        if range.contains(&number) {
            return number;
        }
        let (low, high) = range.into_inner();
        let what = format!("{name} is {number}; it must be between {low} and {high}");
        self.problem(spanned, what);
        usual
    }
}
