//! Strips on sheets, from top to bottom.
//!
//! A strip is never cut. Strips that are glued stay on one sheet, if a sheet can hold them: a heading and what follows
//! it, the first two lines of a paragraph, a table's caption, head and first row.

mod shape;

pub use shape::{Area, Kind, Shape};

use crate::style::{BOTTOM, TOP};
use crate::tags::ARTIFACT;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A sheet of paper.
pub struct Sheet {
    /// Chapter in the running head.
    pub chapter: Rc<str>,
    /// What is on it.
    pub shapes: Vec<Shape>,
}

/// A piece as wide as the page.
#[derive(Debug, Clone, Default)]
pub struct Strip {
    /// How high it is.
    pub height: f32,
    /// Free space above it, but not at the top of a sheet.
    pub gap: f32,
    /// What is on it.
    pub shapes: Vec<Shape>,
    /// Whether the next one has to be on the same sheet.
    pub is_glued: bool,
    /// A heading for the outline and contents.
    pub mark: Option<(u8, String)>,
    /// A name that links lead to.
    pub anchor: Option<String>,
}

/// A heading, and where it got.
#[derive(Debug, Clone)]
pub struct Mark {
    /// 1 to 3.
    pub level: u8,
    /// Its words.
    pub text: String,
    /// Where it is.
    pub place: Place,
}

/// A place in the document.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Which sheet, from 0.
    pub sheet: usize,
    /// How far down.
    pub y: f32,
}

/// Sheets being filled.
pub struct Flow {
    /// The sheets.
    pub sheets: Vec<Sheet>,
    /// Headings in order.
    pub marks: Vec<Mark>,
    /// Where names are.
    pub anchors: BTreeMap<String, Place>,
    chapter: Rc<str>,
    /// Where the next strip begins; nowhere, where a new sheet is due.
    y: f32,
    /// Whether the sheet has no strip yet, but for a repeated head.
    is_fresh: bool,
    /// Strips that wait for what they are glued to.
    group: Vec<Strip>,
    /// What is repeated at the top of each new sheet.
    head: Vec<Strip>,
    /// The same, once the group is down.
    next_head: Vec<Strip>,
}

impl Flow {
    /// No sheet yet.
    pub fn new() -> Self {
        Self {
            sheets: Vec::new(),
            marks: Vec::new(),
            anchors: BTreeMap::new(),
            chapter: "".into(),
            y: f32::INFINITY,
            is_fresh: false,
            group: Vec::new(),
            head: Vec::new(),
            next_head: Vec::new(),
        }
    }

    /// What follows begins on a new sheet, with this in its running head.
    pub fn chapter(&mut self, title: &str) {
        self.page_break();
        self.chapter = title.into();
    }

    /// What follows begins on a new sheet.
    pub fn page_break(&mut self) {
        self.flush();
        if !self.is_fresh {
            self.y = f32::INFINITY;
        }
    }

    /// The next strip.
    pub fn push(&mut self, strip: Strip) {
        let is_glued = strip.is_glued;
        self.group.push(strip);
        if !is_glued {
            self.flush();
        }
    }

    /// From now on this is at the top of each new sheet; if strips wait to be put down, from those after them.
    pub fn repeat(&mut self, head: Vec<Strip>) {
        if self.group.is_empty() {
            self.head = head;
        } else {
            self.next_head = head;
        }
    }

    /// Nothing is repeated any more.
    pub fn repeat_nothing(&mut self) {
        self.flush();
        self.head.clear();
    }

    /// Puts down what waits.
    pub fn flush(&mut self) {
        let group = std::mem::take(&mut self.group);
        let whole: f32 = group.iter().map(|strip| strip.gap + strip.height).sum();
        let first = group.first().map_or(0.0, |strip| strip.gap);
        if !group.is_empty() && !self.has_room(whole - if self.is_fresh { first } else { 0.0 }) {
            self.new_sheet();
        }
        for strip in group {
            let gap = if self.is_fresh { 0.0 } else { strip.gap };
            if !self.has_room(gap + strip.height) {
                self.new_sheet();
            }
            self.put(strip);
        }
        if !self.next_head.is_empty() {
            self.head = std::mem::take(&mut self.next_head);
        }
    }

    fn has_room(&self, height: f32) -> bool {
        self.y + height <= BOTTOM + 0.01
    }

    fn new_sheet(&mut self) {
        if self.is_fresh && self.head.is_empty() {
            return;
        }
        self.sheets.push(Sheet { chapter: self.chapter.clone(), shapes: Vec::new() });
        (self.y, self.is_fresh) = (TOP, true);
        for strip in self.head.clone() {
            self.put(strip);
        }
        self.is_fresh = true;
    }

    fn put(&mut self, strip: Strip) {
        self.y += if self.is_fresh { 0.0 } else { strip.gap };
        let place = Place { sheet: self.sheets.len().saturating_sub(1), y: self.y };
        if let Some((level, text)) = strip.mark {
            self.marks.push(Mark { level, text, place });
        }
        if let Some(name) = strip.anchor {
            self.anchors.entry(name).or_insert(place);
        }
        if let Some(sheet) = self.sheets.last_mut() {
            sheet.shapes.extend(strip.shapes.into_iter().map(|shape| shape.down(self.y)));
        }
        self.y += strip.height;
        self.is_fresh = false;
    }
}

/// The same strips for the eye only, without names: what is repeated is not said twice.
pub fn repeated(strips: &[Strip]) -> Vec<Strip> {
    let mut strips = strips.to_vec();
    for strip in &mut strips {
        (strip.mark, strip.anchor) = (None, None);
        strip.shapes.retain(|shape| !matches!(shape.kind, Kind::Link { .. }));
        strip.shapes.iter_mut().for_each(|shape| shape.node = ARTIFACT);
    }
    strips
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strip(height: f32, is_glued: bool, name: &str) -> Strip {
        Strip { height, is_glued, anchor: Some(name.into()), ..Strip::default() }
    }

    const PAGE: f32 = BOTTOM - TOP;

    #[test]
    fn glued_strips_go_to_the_next_sheet_together() {
        let mut flow = Flow::new();
        flow.push(strip(PAGE - 30.0, false, "first"));
        flow.push(strip(20.0, true, "heading"));
        flow.push(strip(20.0, false, "line"));
        assert_eq!(flow.anchors["first"].sheet, 0);
        assert_eq!(flow.anchors["heading"], Place { sheet: 1, y: TOP });
        assert_eq!(flow.anchors["line"], Place { sheet: 1, y: TOP + 20.0 });
    }

    #[test]
    fn a_group_taller_than_a_sheet_is_cut_between_strips() {
        let mut flow = Flow::new();
        flow.push(strip(10.0, false, "before"));
        for index in 0..4 {
            flow.push(strip(PAGE * 0.4, index < 3, &index.to_string()));
        }
        let sheets: Vec<_> = (0..4).map(|i| flow.anchors[&i.to_string()].sheet).collect();
        assert_eq!(sheets, [1, 1, 2, 2]);
    }

    #[test]
    fn heads_are_repeated_and_no_sheet_stays_empty() {
        let mut flow = Flow::new();
        flow.repeat(vec![Strip { height: 10.0, ..Strip::default() }]);
        for index in 0..3 {
            flow.push(strip(PAGE - 10.0, false, &index.to_string()));
        }
        flow.repeat_nothing();
        flow.page_break();
        flow.page_break();
        flow.push(strip(5.0, false, "after"));
        assert_eq!(flow.anchors["2"], Place { sheet: 2, y: TOP + 10.0 });
        assert_eq!(flow.anchors["after"], Place { sheet: 3, y: TOP });
        assert_eq!(flow.sheets.len(), 4);
    }
}
