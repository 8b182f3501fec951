//! What is painted on sheets.

use crate::style::{Rgb, Style};
use crate::tags::NodeId;

/// Something on a sheet or strip; `y` counts down from the top of either.
#[derive(Debug, Clone)]
pub struct Shape {
    pub node: NodeId,
    pub kind: Kind,
}

/// What it is.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A line of letters, standing on `y`.
    Text { x: f32, y: f32, size: f32, bold: bool, colour: Rgb, text: Box<str> },
    /// A box, with a ground, an edge, or both.
    Box { area: Area, ground: Option<Rgb>, edge: Option<Rgb>, radius: f32 },
    /// A picture of the document's.
    Picture { area: Area, index: usize },
    /// A place that leads elsewhere, and what is said of it.
    Link { area: Area, target: Box<str>, words: Box<str> },
}

/// A place on a sheet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

impl Shape {
    /// A line of letters.
    pub fn text(node: NodeId, (x, y): (f32, f32), style: Style, text: &str) -> Self {
        let Style { size, bold, colour, .. } = style;
        Self { node, kind: Kind::Text { x, y, size, bold, colour, text: text.into() } }
    }

    /// A filled box, for the eye only.
    pub fn ground(area: Area, colour: Rgb) -> Self {
        let kind = Kind::Box { area, ground: Some(colour), edge: None, radius: 0.0 };
        Self { node: crate::tags::ARTIFACT, kind }
    }

    /// The same, so much further down.
    pub fn down(mut self, by: f32) -> Self {
        match &mut self.kind {
            Kind::Text { y, .. } => *y += by,
            Kind::Box { area, .. } | Kind::Picture { area, .. } | Kind::Link { area, .. } => {
                area.y += by;
            }
        }
        self
    }
}

impl Area {
    /// A place.
    pub const fn new(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self { x, y, width, height }
    }
}
