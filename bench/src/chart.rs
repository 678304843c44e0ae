//! The chart: how many times as fast as Tauri, as SVG.

use std::fmt::Write;

use crate::numbers::short;
use crate::subject::{Engine, Peer};
use crate::summary::Line;

const WIDTH: f64 = 860.0;
/// Where the bars begin, and where the scale ends: beyond it is room for the last number.
const LEFT: f64 = 330.0;
const RIGHT: f64 = 800.0;
const TOP: f64 = 84.0;
const BAR: f64 = 13.0;
const ROW: f64 = 40.0;

/// The picture has a ground of its own: not everything that shows it says whether its own is dark.
const STYLE: &str = "\
.ground{fill:#ffffff}\
text{font:13px system-ui,sans-serif;fill:#1f2328}\
.title{font-size:17px;font-weight:600}\
.small{font-size:12px;fill:#59636e}\
.end{text-anchor:end}\
.middle{text-anchor:middle}\
.grid{stroke:#d1d9e0}\
.one{stroke:#59636e}\
.v8{fill:#2f6fb5}\
.quickjs{fill:#c9731d}\
@media(prefers-color-scheme:dark){\
.ground{fill:#0d1117}\
text{fill:#f0f6fc}\
.small{fill:#9198a1}\
.grid{stroke:#3d444d}\
.one{stroke:#9198a1}\
.v8{fill:#5b9be0}\
.quickjs{fill:#e39a4f}}";

/// Draws the rows that Tauri has too. A bar to the right is faster, one to the left slower.
pub(crate) fn draw(lines: &[Line]) -> String {
    let rows: Vec<_> = lines
        .iter()
        .filter(|line| line.peers.contains_key(&Peer::Tauri))
        .collect();
    let factors = rows.iter().flat_map(|line| {
        let engines = Engine::ALL.into_iter();
        engines.filter_map(|engine| factor(line, engine))
    });
    let scale = Scale::over(factors);
    let bottom = TOP + ROW * rows.len() as f64;

    let mut svg = Svg::default();
    svg.text(16.0, 28.0, "title", "How many times as fast as Tauri");
    svg.text(
        16.0,
        50.0,
        "small",
        "medians, logarithmic scale; left of 1 is slower",
    );
    let mut x = LEFT;
    for engine in Engine::ALL {
        svg.bar(x, 40.0, 12.0, class(engine));
        svg.text(x + 18.0, 50.0, "small", &engine.to_string());
        x += 70.0;
    }
    for factor in scale.marks() {
        let x = scale.place(factor);
        let class = if factor == 1.0 { "one" } else { "grid" };
        svg.line(x, TOP - 6.0, bottom, class);
        svg.text(x, TOP - 12.0, "small middle", &format!("{factor}"));
    }
    for (index, line) in rows.iter().enumerate() {
        let y = TOP + ROW * index as f64;
        svg.text(LEFT - 14.0, y + ROW / 2.0 + 4.0, "end", title(line));
        for (engine, y) in Engine::ALL.into_iter().zip([y + 6.0, y + 6.0 + BAR + 2.0]) {
            let Some(factor) = factor(line, engine) else {
                continue;
            };
            let (one, end) = (scale.place(1.0), scale.place(factor));
            svg.bar(one.min(end), y, (end - one).abs(), class(engine));
            svg.text(one.max(end) + 5.0, y + BAR - 2.0, "small", &short(factor));
        }
    }
    svg.finish(bottom + 12.0)
}

/// How many times as fast as Tauri an engine is.
fn factor(line: &Line, engine: Engine) -> Option<f64> {
    let ratio = line
        .ratio(engine, Peer::Tauri)
        .filter(|ratio| *ratio > 0.0)?;
    Some(if line.row.more_is_better {
        ratio
    } else {
        1.0 / ratio
    })
}

/// A row's title without its unit, which a factor does not have.
fn title(line: &Line) -> &str {
    let title = line.row.title;
    title
        .rsplit_once(", ")
        .map_or(title, |(title, _unit)| title)
}

fn class(engine: Engine) -> &'static str {
    match engine {
        Engine::V8 => "v8",
        Engine::Quickjs => "quickjs",
    }
}

/// A logarithmic scale between two of 0.1, 0.2, 0.5, 1, 2, 5, 10, …
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    /// The narrowest one for these numbers that reaches from a half to two.
    fn over(numbers: impl Iterator<Item = f64>) -> Self {
        let (low, high) = numbers.fold((0.5, 2.0), |(low, high): (f64, f64), number| {
            (low.min(number), high.max(number))
        });
        let low = steps().filter(|step| *step <= low).last();
        let high = steps().find(|step| *step >= high);
        Self {
            low: low.unwrap_or(0.001),
            high: high.unwrap_or(1e6),
        }
    }

    fn marks(&self) -> impl Iterator<Item = f64> {
        let (low, high) = (self.low, self.high);
        // Where all would be too many, whole powers of ten are enough.
        let is_wide = high / low > 200.0;
        steps()
            .filter(move |step| (low..=high).contains(step))
            .filter(move |step| !is_wide || step.log10().fract().abs() < 1e-9)
    }

    fn place(&self, number: f64) -> f64 {
        let share = (number / self.low).ln() / (self.high / self.low).ln();
        LEFT + share * (RIGHT - LEFT)
    }
}

fn steps() -> impl Iterator<Item = f64> {
    let powers = [1e-3, 1e-2, 1e-1, 1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6];
    powers.into_iter().flat_map(|power| {
        // Products of tenths are not what one would write.
        [1.0, 2.0, 5.0].map(|first| {
            if power < 1.0 {
                first / (1.0 / power)
            } else {
                first * power
            }
        })
    })
}

/// The parts of a picture.
#[derive(Default)]
struct Svg(String);

impl Svg {
    fn text(&mut self, x: f64, y: f64, class: &str, text: &str) {
        let text = escaped(text);
        self.put(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"{class}\">{text}</text>"
        ));
    }

    fn line(&mut self, x: f64, from: f64, to: f64, class: &str) {
        self.put(format_args!(
            "<path d=\"M{x:.1} {from:.1}V{to:.1}\" class=\"{class}\"/>"
        ));
    }

    fn bar(&mut self, x: f64, y: f64, width: f64, class: &str) {
        self.put(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BAR}\" class=\"{class}\"/>"
        ));
    }

    fn put(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "{element}");
    }

    fn finish(self, height: f64) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             width=\"{WIDTH}\" height=\"{height}\" role=\"img\">\n\
             <title>How many times as fast as Tauri</title>\n<style>{STYLE}</style>\n\
             <rect width=\"100%\" height=\"100%\" class=\"ground\"/>\n{}</svg>\n",
            self.0
        )
    }
}

/// Text as it stands between the tags of XML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::{lines, samples};

    #[test]
    fn text_cannot_become_tags() {
        assert_eq!(escaped("a < b & c > d"), "a &lt; b &amp; c &gt; d");
        let mut svg = Svg::default();
        svg.text(0.0, 0.0, "a", "</text><script>");
        assert!(!svg.0.contains("<script>"));
    }

    #[test]
    fn faster_is_more_than_one_whatever_is_measured() {
        let factor = |name| factor(&samples::line(name), Engine::V8);
        assert_eq!(factor("rtt_ms"), Some(2.0));
        assert_eq!(factor("host_to_page_small_per_s"), Some(15.0));
        assert_eq!(factor("rtt_p50_ms"), None);
    }

    #[test]
    fn the_scale_reaches_around_all_numbers() {
        let scale = Scale::over([0.3, 15.0].into_iter());
        assert_eq!((scale.low, scale.high), (0.2, 20.0));
        assert_eq!(
            scale.marks().collect::<Vec<_>>(),
            [0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0]
        );
        assert!((scale.place(0.2) - LEFT).abs() < 1e-9);
        assert!((scale.place(2.0) - (LEFT + RIGHT) / 2.0).abs() < 1e-9);
        assert!((scale.place(20.0) - RIGHT).abs() < 1e-9);

        let wide = Scale::over([0.4, 130.0].into_iter());
        assert_eq!(wide.marks().collect::<Vec<_>>(), [1.0, 10.0, 100.0]);
        let empty = Scale::over(std::iter::empty());
        assert_eq!((empty.low, empty.high), (0.5, 2.0));
    }

    #[test]
    fn only_rows_that_tauri_has_are_drawn() {
        let svg = draw(&lines(&samples::rounds()));
        assert!(svg.contains(">page → Deno → page, mean</text>"), "{svg}");
        assert!(!svg.contains("p50"), "{svg}");
        // The ground, the legend's two, and one for each of two rows.
        assert_eq!(svg.matches("<rect").count(), 5, "{svg}");
    }
}
