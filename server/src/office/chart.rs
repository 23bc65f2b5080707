//! A chart of bars as SVG: what was used on each day or in each month. The numbers stand in a table beside it, for who cannot see it.

/// Size of the drawing, in its own units.
const WIDTH: u32 = 960;
const HEIGHT: u32 = 220;
/// Below the bars.
const FOOT: u32 = 24;
/// Above them.
const HEAD: u32 = 10;
/// Left and right of them: a label is wider than its bar.
const SIDE: u32 = 20;

/// A bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    /// Left edge, top edge, width and height.
    pub(super) place: (u32, u32, u32, u32),
    /// Middle, for the label.
    pub(super) middle: u32,
    /// What it stands for; nothing where too many stand side by side.
    pub(super) label: String,
    /// What is said of it.
    pub(super) title: String,
}

/// A chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chart {
    /// The bars; those whose value is not known are left out.
    pub(super) bars: Vec<Bar>,
    /// Its size.
    pub(super) size: (u32, u32),
    /// The bars' feet.
    pub(super) ground: u32,
}

/// A value with its label, in whole units of whatever is drawn; `None`: not known.
pub(super) struct Point {
    /// What it stands for.
    pub(super) label: String,
    /// How much.
    pub(super) value: Option<u64>,
    /// The same in words.
    pub(super) words: String,
}

/// The chart of these values, the highest as high as the drawing; nothing where none is known.
pub(super) fn bars(points: &[Point]) -> Option<Chart> {
    let highest = points.iter().filter_map(|point| point.value).max()?.max(1);
    let step = (WIDTH - 2 * SIDE) / u32::try_from(points.len()).ok()?.max(1);
    let every = points.len().div_ceil(16);
    let room = u64::from(HEIGHT - FOOT - HEAD);
    let ground = HEIGHT - FOOT;
    let bar = |(place, point): (usize, &Point)| {
        let height = u64::from(u32::MAX).min(point.value?.saturating_mul(room) / highest);
        let height = u32::try_from(height).ok()?.max(1);
        let left = SIDE + u32::try_from(place).ok()? * step;
        let shown = place % every == 0;
        Some(Bar {
            place: (
                left + step / 8,
                ground - height,
                (step * 3 / 4).max(1),
                height,
            ),
            middle: left + step / 2,
            label: if shown {
                point.label.clone()
            } else {
                String::new()
            },
            title: format!("{}: {}", point.label, point.words),
        })
    };
    Some(Chart {
        bars: points.iter().enumerate().filter_map(bar).collect(),
        size: (WIDTH, HEIGHT),
        ground,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(values: &[Option<u64>]) -> Vec<Point> {
        values
            .iter()
            .enumerate()
            .map(|(n, value)| Point {
                label: n.to_string(),
                value: *value,
                words: String::new(),
            })
            .collect()
    }

    #[test]
    fn the_highest_is_as_high_as_the_drawing_and_the_unknown_is_left_out() {
        let chart = bars(&points(&[Some(50), None, Some(100), Some(0)])).unwrap();
        let heights: Vec<u32> = chart.bars.iter().map(|bar| bar.place.3).collect();
        assert_eq!(heights, [93, 186, 1]);
        assert!(chart.bars.iter().all(|bar| bar.place.1 >= HEAD));
        assert_eq!(chart.bars[1].middle, 20 + 230 * 2 + 115);
    }

    #[test]
    fn nothing_known_is_no_chart_and_nothing_overflows() {
        assert_eq!(bars(&points(&[None, None])), None);
        assert_eq!(bars(&[]), None);
        let chart = bars(&points(&[Some(u64::MAX), Some(1)])).unwrap();
        assert_eq!(chart.bars.len(), 2);
        let many = bars(&points(&vec![Some(1); 366])).unwrap();
        assert!(many.bars.iter().filter(|bar| !bar.label.is_empty()).count() <= 16);
    }
}
