//! A ring of one row, with its number in the middle and the legend, with numbers, at its right.

use super::draw::{Anchor, Drawing, clipped, width};
use super::{Chart, amount, written};
use std::f32::consts::{FRAC_PI_2, TAU};

/// Draws, and says how high it got.
pub(super) fn draw(drawing: &mut Drawing<'_>, chart: &Chart) -> f32 {
    let size = drawing.style.size;
    let line = size * 2.0;
    let numbers: Vec<f64> = (0..chart.series.len()).map(|series| number(chart, series)).collect();
    let height = (size * 13.0).max(line * numbers.len() as f32);
    let ring = Ring { radius: size * 6.5 - 1.0, middle: height / 2.0 };
    slices(drawing, chart, &ring, &numbers);
    if let Some((number, unit)) = &chart.centre {
        let up = if unit.is_empty() { 0.0 } else { size * 0.7 };
        let x = ring.radius + 1.0;
        drawing.text(
            (x, ring.middle - up),
            Anchor::Middle,
            size * 2.2,
            true,
            &clip(number, size * 2.2, &ring),
        );
        drawing.text(
            (x, ring.middle + size * 1.3),
            Anchor::Middle,
            size,
            false,
            &clip(unit, size, &ring),
        );
    }
    legend(drawing, chart, &ring, &numbers);
    height
}

struct Ring {
    radius: f32,
    middle: f32,
}

fn clip(text: &str, size: f32, ring: &Ring) -> String {
    clipped(text, size, ring.radius * 1.3)
}

fn number(chart: &Chart, series: usize) -> f64 {
    let row = chart.rows.first();
    row.and_then(|row| row.1.get(series)).copied().map_or(0.0, amount)
}

fn slices(drawing: &mut Drawing<'_>, chart: &Chart, ring: &Ring, numbers: &[f64]) {
    let whole: f64 = numbers.iter().sum();
    if whole <= 0.0 {
        // Nothing was counted: the ring is there and empty.
        return drawing.nothing(&slice(ring, 0.0, 1.0));
    }
    let mut from = 0.0;
    for (series, number) in numbers.iter().enumerate().filter(|(_, number)| **number > 0.0) {
        let share = (number / whole) as f32;
        drawing.slice(series, chart.series[series].1, &slice(ring, from, from + share));
        from += share;
    }
}

/// A piece of the ring between two shares of the way around, from the top, clockwise; in halves, because an arc that
/// ends where it begins is none.
fn slice(ring: &Ring, from: f32, to: f32) -> String {
    let (outer, inner) = (ring.radius, ring.radius * 0.66);
    let at = |share: f32, radius: f32| {
        let angle = share * TAU - FRAC_PI_2;
        let (x, y) = (ring.radius + 1.0 + radius * angle.cos(), ring.middle + radius * angle.sin());
        format!("{x:.2} {y:.2}")
    };
    let half = (from + to) / 2.0;
    let arc =
        |radius: f32, sweep: u8, end: String| format!("A{radius:.2} {radius:.2} 0 0 {sweep} {end}");
    [
        format!("M{}", at(from, outer)),
        arc(outer, 1, at(half, outer)),
        arc(outer, 1, at(to, outer)),
        format!("L{}", at(to, inner)),
        arc(inner, 0, at(half, inner)),
        arc(inner, 0, at(from, inner)),
        "Z".to_owned(),
    ]
    .concat()
}

fn legend(drawing: &mut Drawing<'_>, chart: &Chart, ring: &Ring, numbers: &[f64]) {
    let size = drawing.style.size;
    let line = size * 2.0;
    let left = ring.radius * 2.0 + size * 2.5;
    let room = drawing.style.width - left - size * 6.0;
    let name = |series: &str| clipped(series, size, room.max(size * 4.0));
    let longest =
        chart.series.iter().map(|(series, _)| width(&name(series), size)).fold(0.0, f32::max);
    let ends = numbers.iter().map(|n| width(&written(*n), size)).fold(0.0, f32::max);
    let top = ring.middle - line * numbers.len() as f32 / 2.0;
    for (series, number) in numbers.iter().enumerate() {
        let y = top + line * (series as f32 + 0.5);
        let (name_of, tone) = &chart.series[series];
        drawing.bar(series, *tone, [left, y - size * 0.55, size * 1.1, size * 1.1]);
        drawing.text((left + size * 1.7, y), Anchor::Start, size, false, &name(name_of));
        let x = left + size * 1.7 + longest + size * 1.2 + ends;
        drawing.text((x, y), Anchor::End, size, true, &written(*number));
    }
}
