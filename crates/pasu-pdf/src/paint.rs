//! Sheets of shapes, as a PDF.

mod letters;
mod meta;

use crate::PdfError;
use crate::flow::{Area, Kind, Place, Shape, Sheet};
use crate::font::Fonts;
use crate::parts::Document;
use crate::picture::Picture;
use crate::style::{self, HEIGHT, Rgb, WIDTH};
use crate::tags::{ARTIFACT, NodeId, Structure};
use krilla::SerializeSettings;
use krilla::action::LinkAction;
use krilla::annotation::{Annotation, LinkAnnotation, Target};
use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{Path, PathBuilder, Point, Rect, Size, Transform};
use krilla::graphic::Graphic;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag};
use krilla_svg::{SurfaceExt, SvgSettings};
use pasu_report::book::Book;
use std::collections::BTreeMap;

/// Writes the document.
pub fn paint(book: &Book, fonts: &Fonts, document: Document) -> Result<Vec<u8>, PdfError> {
    let configuration = ConfigurationBuilder::new()
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|error| PdfError::Write(format!("{error:?}")))?;
    let settings = SerializeSettings { configuration, ..SerializeSettings::default() };
    let mut pdf = krilla::Document::new_with(settings);
    pdf.set_metadata(meta::metadata(book));
    pdf.set_outline(meta::outline(book, &document.marks));
    let Document { sheets, mut structure, anchors, pictures, .. } = document;
    let page = PageSettings::from_wh(WIDTH, HEIGHT)
        .ok_or_else(|| PdfError::Write("A4 is no size".into()))?;
    let mut codes = Codes::new();
    for sheet in sheets {
        let mut page = pdf.start_page_with(page.clone());
        let mut surface = page.surface();
        let mut painter = Painter {
            surface: &mut surface,
            fonts,
            pictures: &pictures,
            structure: &mut structure,
            open: None,
            colour: style::INK,
            codes: &mut codes,
        };
        let links = painter.sheet(sheet);
        surface.finish();
        for (node, area, target, words) in links {
            if let Some(annotation) = annotation(&area, &target, &words, &anchors) {
                let painted = page.add_tagged_annotation(annotation);
                structure.hang(node, painted);
            }
        }
        page.finish();
    }
    pdf.set_tag_tree(structure.tree(meta::lang(book.lang)));
    pdf.finish().map_err(|error| meta::explained(error, book))
}

/// Paints a sheet.
struct Painter<'a, 'b> {
    surface: &'a mut Surface<'b>,
    fonts: &'a Fonts,
    pictures: &'a [Picture],
    structure: &'a mut Structure,
    /// What the shapes painted last are part of.
    open: Option<NodeId>,
    /// What letters are painted in.
    colour: Rgb,
    /// What stands for letters that the fonts do not have, drawn once for all sheets.
    codes: &'a mut Codes,
}

/// By letter, weight and colour.
type Codes = BTreeMap<(char, bool, Rgb), Graphic>;

/// A link: what it is part of, where it is, where it leads, and what is said of it.
type Link = (NodeId, Area, Box<str>, Box<str>);

impl Painter<'_, '_> {
    fn sheet(&mut self, sheet: Sheet) -> Vec<Link> {
        let mut links = Vec::new();
        self.open(ARTIFACT);
        self.spaces();
        for Shape { node, kind } in sheet.shapes {
            match kind {
                Kind::Link { area, target, words } => links.push((node, area, target, words)),
                Kind::Text { x, y, size, bold, colour, text } => {
                    self.open(node);
                    self.ink(colour);
                    self.letters((x, y), size, bold, &text);
                }
                Kind::Box { area, ground, edge, radius } => {
                    self.open(node);
                    self.square(&area, ground, edge, radius);
                }
                Kind::Picture { area, index } => {
                    self.open(node);
                    self.picture(&area, index);
                }
            }
        }
        self.close();
        links
    }

    /// What follows is part of this.
    fn open(&mut self, node: NodeId) {
        if self.open == Some(node) {
            return;
        }
        self.close();
        let tag = if node == ARTIFACT {
            ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout))
        } else {
            ContentTag::Other
        };
        self.start(node, tag);
    }

    fn start(&mut self, node: NodeId, tag: ContentTag<'_>) {
        let painted = self.surface.start_tagged(tag);
        self.structure.hang(node, painted);
        self.open = Some(node);
    }

    fn close(&mut self) {
        if self.open.take().is_some() {
            self.surface.end_tagged();
        }
    }

    fn ink(&mut self, colour: Rgb) {
        self.colour = colour;
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(fill(colour)));
    }

    fn square(&mut self, area: &Area, ground: Option<Rgb>, edge: Option<Rgb>, radius: f32) {
        let Some(path) = outline(area, radius) else { return };
        self.surface.set_fill(ground.map(fill));
        self.surface.set_stroke(edge.map(|colour| Stroke {
            paint: rgb(colour).into(),
            width: 0.6,
            ..Stroke::default()
        }));
        self.surface.draw_path(&path);
        self.surface.set_stroke(None);
    }

    fn picture(&mut self, area: &Area, index: usize) {
        let Some(size) = Size::from_wh(area.width, area.height) else { return };
        self.surface.push_transform(&Transform::from_translate(area.x, area.y));
        match &self.pictures[index] {
            Picture::Pixels(image) => self.surface.draw_image(image.clone(), size),
            Picture::Lines { tree, has_text } => {
                let settings = SvgSettings { embed_text: *has_text, ..SvgSettings::default() };
                self.surface.draw_svg(tree, size, settings);
            }
        }
        self.surface.pop();
    }
}

fn rgb([red, green, blue]: Rgb) -> krilla::color::rgb::Color {
    krilla::color::rgb::Color::new(red, green, blue)
}

fn fill(colour: Rgb) -> Fill {
    Fill { paint: rgb(colour).into(), opacity: NormalizedF32::ONE, rule: FillRule::NonZero }
}

/// The edge of a box, with round corners.
fn outline(area: &Area, radius: f32) -> Option<Path> {
    let Area { x, y, width, height } = *area;
    let mut path = PathBuilder::new();
    if radius <= 0.0 {
        path.push_rect(Rect::from_xywh(x, y, width, height)?);
        return path.finish();
    }
    let (r, right, bottom) = (radius.min(width / 2.0).min(height / 2.0), x + width, y + height);
    path.move_to(x + r, y);
    path.line_to(right - r, y);
    path.quad_to(right, y, right, y + r);
    path.line_to(right, bottom - r);
    path.quad_to(right, bottom, right - r, bottom);
    path.line_to(x + r, bottom);
    path.quad_to(x, bottom, x, bottom - r);
    path.line_to(x, y + r);
    path.quad_to(x, y, x + r, y);
    path.close();
    path.finish()
}

/// The destination of a place.
fn destination(place: Place) -> XyzDestination {
    XyzDestination::new(place.sheet, Point::from_xy(style::SIDE, (place.y - 8.0).max(0.0)))
}

/// A link; none where it leads to nothing in the book.
fn annotation(
    area: &Area,
    target: &str,
    words: &str,
    anchors: &BTreeMap<String, Place>,
) -> Option<Annotation> {
    let rect = Rect::from_xywh(area.x, area.y, area.width, area.height)?;
    let goal = match target.strip_prefix('#') {
        Some(name) => Target::Destination(destination(*anchors.get(name)?).into()),
        None => Target::Action(LinkAction::new(target.to_owned()).into()),
    };
    let words = if words.trim().is_empty() { target } else { words };
    Some(Annotation::new_link(LinkAnnotation::new(rect, goal), Some(words.to_owned())))
}
