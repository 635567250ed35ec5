//! The latency histogram as an image.

use super::buckets::buckets;
use super::measured::{Measured, approximate};

/// The size of the image, and the place of the bars in it. All lengths are in pixels.
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 24.0;
const TOP: f64 = 88.0;
const BASE: f64 = 312.0;
/// The distance between the left edges of two bars, and the width of one.
const STEP: f64 = 64.0;
const BAR: f64 = 48.0;
/// The width that the line of facts needs.
const LEAST_WIDTH: f64 = 760.0;

/// Draws the histogram. The colours follow the theme of the reader.
pub(super) fn draw(title: &str, measured: &Measured) -> String {
    let buckets = buckets(measured);
    let highest = buckets.iter().map(|bucket| bucket.count).max().unwrap_or(1);
    let mut bars = String::new();
    let mut left = LEFT;
    for bucket in &buckets {
        let height = (BASE - TOP) * approximate(bucket.count) / approximate(highest);
        let (top, middle) = (BASE - height, left + BAR / 2.0);
        let (count, label) = (bucket.count, bucket.label());
        bars.push_str(&format!(
            "<rect class=\"bar\" x=\"{left}\" y=\"{top:.1}\" width=\"{BAR}\" height=\"{height:.1}\"/>\n\
             <text class=\"count\" x=\"{middle}\" y=\"{:.1}\">{count}</text>\n\
             <text class=\"end\" x=\"{middle}\" y=\"{}\">{label}</text>\n",
            top - 6.0,
            BASE + 20.0
        ));
        left += STEP;
    }
    let width = (left + LEFT).max(LEAST_WIDTH);
    let facts = facts(measured);
    let title = escaped(title);
    let right = width - LEFT;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {HEIGHT}\" width=\"{width}\" \
         height=\"{HEIGHT}\" role=\"img\" aria-labelledby=\"title facts\">\n{STYLE}\
         <rect class=\"page\" width=\"{width}\" height=\"{HEIGHT}\"/>\n\
         <text class=\"title\" id=\"title\" x=\"{LEFT}\" y=\"32\">{title}</text>\n\
         <text id=\"facts\" x=\"{LEFT}\" y=\"54\">{facts}</text>\n{bars}\
         <line x1=\"{LEFT}\" y1=\"{BASE}\" x2=\"{right}\" y2=\"{BASE}\"/>\n\
         <text x=\"{LEFT}\" y=\"{}\">latency up to, and number of messages</text>\n</svg>\n",
        BASE + 40.0
    )
}

const STYLE: &str = "<style>
  .page { fill: #fff } .bar { fill: #2563eb } line { stroke: #6b7280 }
  text { fill: #111827; font: 13px sans-serif } .title { font: bold 16px sans-serif }
  .count, .end { text-anchor: middle; font-size: 12px }
  @media (prefers-color-scheme: dark) {
    .page { fill: #111827 } .bar { fill: #60a5fa } line { stroke: #9ca3af } text { fill: #f3f4f6 }
  }
</style>
";

fn facts(measured: &Measured) -> String {
    let [_, _, most] = measured.extent();
    format!(
        "{} messages, {:.1} per second; half of them within {:.1} ms, 99 % within {:.1} ms, all \
         within {most:.1} ms",
        measured.sent(),
        measured.rate(),
        measured.percentile(50.0),
        measured.percentile(99.0)
    )
}

/// Escapes a text for XML. The name of a gateway comes from a file.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
