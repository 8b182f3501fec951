//! Horizontal bars, each made of its series, with a legend above and sums at the end.

use super::draw::{Anchor, Drawing, clipped, width};
use super::{Chart, amount, written};

/// Where the columns stand.
struct Columns {
    /// Where bars begin.
    left: f32,
    /// How far the longest bar reaches.
    length: f32,
    /// What the longest bar counts.
    most: f64,
}

/// Draws, and says how high it got.
pub(super) fn draw(drawing: &mut Drawing<'_>, chart: &Chart) -> f32 {
    let top = if chart.series.len() > 1 { legend(drawing, chart) } else { 0.0 };
    let columns = columns(drawing, chart);
    let step = drawing.style.size * 2.3;
    for (index, (name, numbers)) in chart.rows.iter().enumerate() {
        let middle = top + step * (index as f32 + 0.5);
        let size = drawing.style.size;
        let short = clipped(name, size, columns.left - size);
        drawing.text((columns.left - size * 0.8, middle), Anchor::End, size, false, &short);
        bar(drawing, &columns, middle, chart, numbers);
    }
    top + step * chart.rows.len() as f32
}

fn columns(drawing: &Drawing<'_>, chart: &Chart) -> Columns {
    let style = drawing.style;
    let longest = |texts: &mut dyn Iterator<Item = String>| {
        texts.map(|text| width(&text, style.size)).fold(0.0, f32::max)
    };
    let names = longest(&mut chart.rows.iter().map(|row| clipped(&row.0, style.size, style.width)));
    let sums = chart.rows.iter().map(|row| sum(&row.1, chart.series.len()));
    let ends = longest(&mut sums.clone().map(written));
    let left = names.min(style.width * 0.38) + style.size;
    let length = (style.width - left - ends - style.size * 1.2).max(style.width * 0.2);
    Columns { left, length, most: sums.fold(0.0, f64::max) }
}

fn sum(numbers: &[f64], series: usize) -> f64 {
    numbers.iter().take(series).map(|number| amount(*number)).sum()
}

/// One bar. A part too narrow for its number is as wide as the number: what is there is seen, and what it counts read.
fn bar(drawing: &mut Drawing<'_>, columns: &Columns, middle: f32, chart: &Chart, numbers: &[f64]) {
    let numbers = &numbers[..numbers.len().min(chart.series.len())];
    let (size, high) = (drawing.style.size, drawing.style.size * 1.6);
    let whole = sum(numbers, numbers.len());
    let share = |number: f64| (number / columns.most.max(f64::MIN_POSITIVE)) as f32;
    let is_split = numbers.len() > 1;
    let least = |number: f64| {
        if is_split { width(&written(number), size) + size * 0.7 } else { 1.0 }
    };
    let parts: Vec<(usize, f64)> = numbers.iter().map(|n| amount(*n)).enumerate().collect();
    let parts: Vec<_> = parts.into_iter().filter(|(_, number)| *number > 0.0).collect();
    let wide = columns.length * share(whole);
    let least_sum: f32 = parts.iter().map(|(_, number)| least(*number)).sum();
    let spare = (wide - least_sum).max(0.0);
    let over: f32 =
        parts.iter().map(|(_, n)| (wide * (n / whole) as f32 - least(*n)).max(0.0)).sum();
    let shrink = if over > 0.0 { (spare / over).min(1.0) } else { 0.0 };
    let mut x = columns.left;
    for (series, number) in parts {
        let extra = (wide * (number / whole) as f32 - least(number)).max(0.0) * shrink;
        let part = least(number) + extra;
        let tone = chart.series[series].1;
        drawing.bar(series, tone, [x, middle - high / 2.0, (part - 0.8).max(0.4), high]);
        if is_split {
            drawing.number((x + part / 2.0 - 0.4, middle), &written(number));
        }
        x += part;
    }
    drawing.text((x + size * 0.5, middle), Anchor::Start, size, true, &written(whole));
}

/// The series' names with their hatchings, in as many lines as they need.
fn legend(drawing: &mut Drawing<'_>, chart: &Chart) -> f32 {
    let (size, line) = (drawing.style.size, drawing.line());
    let (mut x, mut y) = (0.0, line / 2.0);
    for (series, (name, tone)) in chart.series.iter().enumerate() {
        let name = clipped(name, size, drawing.style.width * 0.5);
        let wide = size * 1.5 + width(&name, size) + size * 1.2;
        if x > 0.0 && x + wide > drawing.style.width {
            (x, y) = (0.0, y + line);
        }
        drawing.bar(series, *tone, [x, y - size / 2.0, size, size]);
        drawing.text((x + size * 1.5, y), Anchor::Start, size, false, &name);
        x += wide;
    }
    y + line
}
