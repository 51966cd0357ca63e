//! Two charts side by side: throughput, and latency.

use std::path::Path;

use anyhow::Context;
use plotters::prelude::*;

use super::series::{Plot, Point};

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

const SIZE: (u32, u32) = (960, 340);
const FONT: (&str, u32) = ("sans-serif", 15);
const SMALL: (&str, u32) = ("sans-serif", 12);
const COLOURS: [RGBColor; 2] = [RGBColor(31, 97, 141), RGBColor(192, 87, 29)];

/// One line of a chart.
struct Line {
    name: &'static str,
    points: Vec<(f64, f64)>,
}

/// Draws a plot into a file.
pub(super) fn draw(path: &Path, plot: &Plot, points: &[Point]) -> anyhow::Result<()> {
    let line = |name, value: fn(&Point) -> f64| Line {
        name,
        points: points.iter().map(|point| (point.size, value(point))).collect(),
    };
    let [busy, alone] = plot.with;
    let throughput = [line(plot.unit, |point| point.per_second)];
    let latency = [line("p99", |point| point.p99_us / 1e3), line("p50", |point| point.p50_us / 1e3)];
    let root = SVGBackend::new(path, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let (left, right) = root.split_horizontally(SIZE.0 / 2);
    chart(&left, &format!("Throughput, {busy}"), plot.what, plot.unit, &throughput)?;
    chart(&right, &format!("Latency, {alone}"), plot.what, "ms", &latency)?;
    root.present().with_context(|| format!("cannot write `{}`", path.display()))
}

fn chart(area: &Area<'_>, title: &str, x: &str, y: &str, lines: &[Line]) -> anyhow::Result<()> {
    let all = || lines.iter().flat_map(|line| &line.points);
    let most = |value: fn(&(f64, f64)) -> f64| all().map(value).fold(0.0, f64::max);
    let least = all().map(|(x, _)| *x).fold(f64::INFINITY, f64::min);
    let mut chart = ChartBuilder::on(area)
        .caption(title, FONT)
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(64)
        .build_cartesian_2d((least..most(|(x, _)| *x)).log_scale(), 0.0..most(|(_, y)| *y) * 1.15)?;
    chart
        .configure_mesh()
        .x_desc(x)
        .y_desc(y)
        .axis_desc_style(SMALL)
        .label_style(SMALL)
        .light_line_style(TRANSPARENT)
        .x_label_formatter(&|value| power_of_ten(*value))
        .y_label_formatter(&|value| short(*value))
        .draw()?;
    for (line, colour) in lines.iter().zip(COLOURS) {
        let series = LineSeries::new(line.points.iter().copied(), colour.stroke_width(2)).point_size(3);
        let key = move |(x, y)| PathElement::new(vec![(x, y), (x + 16, y)], colour.stroke_width(2));
        chart.draw_series(series)?.label(line.name).legend(key);
    }
    if lines.len() > 1 {
        let labels =
            chart.configure_series_labels().label_font(SMALL).position(SeriesLabelPosition::UpperLeft).draw();
        labels?;
    }
    Ok(())
}

/// A number of a logarithmic axis; those between the powers of ten would stand on top of each other.
fn power_of_ten(value: f64) -> String {
    let power = value.log10();
    if (power - power.round()).abs() < 1e-6 { short(value) } else { String::new() }
}

/// A number as an axis shows it.
fn short(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{}M", value / 1e6),
        value if value >= 1e3 => format!("{}k", value / 1e3),
        value if value >= 10.0 || value.fract() == 0.0 => format!("{value:.0}"),
        value => format!("{value:.1}"),
    }
}
