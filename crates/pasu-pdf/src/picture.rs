//! Logos and charts, read and bounded.

use crate::PdfError;
use crate::font::{FAMILY, Fonts};
use crate::style;
use krilla::Data;
use krilla::image::Image;
use pasu_report::book::{Chart, ChartStyle, Logo, chart_svg};

/// Bytes that a logo may have.
const MOST_BYTES: usize = 4 << 20;
/// Pixels that a logo may have; each takes up to eight bytes while it is read.
const MOST_PIXELS: u64 = 8 << 20;

/// A picture of the document.
pub enum Picture {
    /// Made of pixels.
    Pixels(Image),
    /// Made of lines; with text that is text, if it is a chart of ours.
    Lines { tree: Box<usvg::Tree>, has_text: bool },
}

impl Picture {
    /// Width and height, in a unit of its own.
    pub fn size(&self) -> (f32, f32) {
        match self {
            Self::Pixels(image) => (image.size().0 as f32, image.size().1 as f32),
            Self::Lines { tree, .. } => (tree.size().width(), tree.size().height()),
        }
    }
}

/// A company's logo.
pub fn logo(logo: &Logo, fonts: &Fonts) -> Result<Picture, PdfError> {
    let (format, bytes) = match logo {
        Logo::Png(bytes) => ("PNG", bytes.as_slice()),
        Logo::Jpeg(bytes) => ("JPEG", bytes.as_slice()),
        Logo::Svg(text) => ("SVG", text.as_bytes()),
    };
    if bytes.len() > MOST_BYTES {
        return Err(PdfError::LogoSize { size: format!("{} bytes", bytes.len()), most: "4 MiB" });
    }
    let failed = |cause: String| PdfError::Logo { format, cause };
    let data: Data = bytes.to_vec().into();
    let picture = match logo {
        Logo::Png(_) => Picture::Pixels(Image::from_png(data, false).map_err(failed)?),
        Logo::Jpeg(_) => Picture::Pixels(Image::from_jpeg(data, false).map_err(failed)?),
        Logo::Svg(text) => lines(text, fonts, false).map_err(failed)?,
    };
    let (width, height) = picture.size();
    if let Picture::Pixels(_) = picture
        && f64::from(width) * f64::from(height) > MOST_PIXELS as f64
    {
        let size = format!("{width} x {height} pixels");
        return Err(PdfError::LogoSize { size, most: "8 million pixels" });
    }
    Ok(picture)
}

/// A chart, so wide; none where it cannot be drawn.
pub fn chart(chart: &Chart, width: f32, index: usize, fonts: &Fonts) -> Option<Picture> {
    let style = ChartStyle {
        width,
        size: 8.5,
        font: FAMILY,
        ink: "#1c1f23",
        paper: "#ffffff",
        colour: style::chart,
        id: &format!("chart-{index}"),
    };
    lines(&chart_svg(chart, &style), fonts, true).ok()
}

fn lines(svg: &str, fonts: &Fonts, has_text: bool) -> Result<Picture, String> {
    let mut options = usvg::Options {
        font_family: FAMILY.to_owned(),
        fontdb: fonts.database.clone(),
        ..usvg::Options::default()
    };
    // A picture may not fetch others, neither from files nor from within.
    options.image_href_resolver.resolve_string = Box::new(|_, _| None);
    options.image_href_resolver.resolve_data = Box::new(|_, _, _| None);
    let tree = usvg::Tree::from_str(svg, &options).map_err(|error| error.to_string())?;
    Ok(Picture::Lines { tree: Box::new(tree), has_text })
}
