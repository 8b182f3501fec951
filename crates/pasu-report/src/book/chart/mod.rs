//! A picture of numbers, as SVG: the same in PDF and HTML.
//!
//! Nothing is said by colour alone: each series has a hatching of its own, and every number is written. Widths of
//! texts are estimated, because nobody here has a font; the estimate is on the safe side for Latin and Korean.

mod bars;
mod draw;
mod ring;

use super::{Chart, ChartKind, Tone};
use draw::Drawing;

/// How a chart looks where it is shown. Colours are whatever SVG takes: `#1f3a5f`, `currentColor`, `var(--bad)`.
#[derive(Debug, Clone)]
pub struct ChartStyle<'a> {
    /// Width of the whole; the height follows.
    pub width: f32,
    /// Size of the letters, in the unit of the width.
    pub size: f32,
    /// The family of the font.
    pub font: &'a str,
    /// Colour of letters.
    pub ink: &'a str,
    /// Colour of the page: numbers stand on it, and hatchings are cut with it.
    pub paper: &'a str,
    /// Colour of what has a tone.
    pub colour: fn(Tone) -> &'static str,
    /// Begins the ids in the picture; unique on a page of HTML.
    pub id: &'a str,
}

/// The picture: one `<svg>` element with `viewBox`, `width`, `height` and `role="img"`, named by [`chart_in_words`].
#[must_use]
pub fn chart_svg(chart: &Chart, style: &ChartStyle<'_>) -> String {
    let mut drawing = Drawing::new(style, chart);
    let height = match chart.kind {
        ChartKind::Bars => bars::draw(&mut drawing, chart),
        ChartKind::Ring => ring::draw(&mut drawing, chart),
    };
    drawing.finish(height, &chart_in_words(chart))
}

/// What the picture says, for those who do not see it: `심각도별 건수. 패키지: 긴급 2, 높음 14.`
#[must_use]
pub fn chart_in_words(chart: &Chart) -> String {
    let mut words = crate::printable(&chart.title);
    if let Some((number, unit)) = &chart.centre {
        words.push_str(&format!(". {}", crate::printable(format!("{number} {unit}").trim())));
    }
    for (name, numbers) in &chart.rows {
        let parts = chart.series.iter().zip(numbers).map(|((series, _), number)| {
            format!("{series} {}", written(amount(*number))).trim().to_owned()
        });
        let parts = parts.collect::<Vec<_>>().join(", ");
        let row = if name.is_empty() { parts } else { format!("{name}: {parts}") };
        words.push_str(&format!(". {}", crate::printable(&row)));
    }
    words
}

/// A number as it is drawn: nothing below nothing, and nothing that is no number.
fn amount(number: f64) -> f64 {
    if number.is_finite() { number.clamp(0.0, 1e12) } else { 0.0 }
}

/// A number as it is written: `12`, `82.5`.
fn written(number: f64) -> String {
    let rounded = (number * 10.0).round() / 10.0;
    if rounded.fract() == 0.0 { format!("{rounded:.0}") } else { format!("{rounded:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style() -> ChartStyle<'static> {
        ChartStyle {
            width: 480.0,
            size: 9.0,
            font: "Pretendard",
            ink: "currentColor",
            paper: "#fff",
            colour: |tone| if tone == Tone::Bad { "#b00" } else { "#888" },
            id: "c1",
        }
    }

    fn chart(kind: ChartKind, rows: &[(&str, &[f64])]) -> Chart {
        Chart {
            title: "심각도별 <건수>".into(),
            kind,
            series: vec![("긴급".into(), Tone::Bad), ("낮음 & 기타".into(), Tone::Faint)],
            rows: rows.iter().map(|(name, n)| ((*name).to_owned(), n.to_vec())).collect(),
            centre: Some(("82.5".into(), "점".into())),
        }
    }

    #[test]
    fn every_number_is_written_and_every_text_escaped() {
        for kind in [ChartKind::Bars, ChartKind::Ring] {
            let svg = chart_svg(&chart(kind, &[("openssl <3>", &[2.0, 13.5])]), &style());
            for word in [">2<", ">13.5<", "낮음 &amp; 기타", "심각도별 &lt;건수&gt;"] {
                assert!(svg.contains(word), "{word} is not in {svg}");
            }
            assert!(!svg.contains("<3>") && !svg.contains("NaN"), "{svg}");
        }
    }

    #[test]
    fn a_number_has_room_however_small_its_part_is() {
        let svg = chart_svg(&chart(ChartKind::Bars, &[("a", &[1.0, 100_000.0])]), &style());
        assert!(svg.contains(">1<") && svg.contains(">100000<"), "{svg}");
    }

    #[test]
    fn what_is_no_number_is_nothing() {
        for kind in [ChartKind::Bars, ChartKind::Ring] {
            for rows in [
                &[][..],
                &[("x", &[][..])],
                &[("x", &[f64::NAN, f64::INFINITY])],
                &[("x", &[-1.0, 0.0, 9.0])],
            ] {
                let svg = chart_svg(&chart(kind, rows), &style());
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
            }
        }
    }

    #[test]
    fn what_steers_a_terminal_is_shown() {
        let svg = chart_svg(&chart(ChartKind::Bars, &[("a\u{202e}b\u{0}", &[1.0])]), &style());
        assert!(svg.contains("a\\u{202e}b\\u{0}"), "{svg}");
    }

    #[test]
    fn words_say_what_the_picture_says() {
        let chart = chart(ChartKind::Bars, &[("패키지", &[2.0, 13.5]), ("", &[1.0])]);
        assert_eq!(
            chart_in_words(&chart),
            "심각도별 <건수>. 82.5 점. 패키지: 긴급 2, 낮음 & 기타 13.5. 긴급 1"
        );
    }
}
