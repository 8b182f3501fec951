//! Lists.

use super::Parts;
use super::prose::Column;
use crate::flow::Shape;
use crate::flow::Strip;
use crate::style::{BODY, SMALL};
use crate::tags::NodeId;
use crate::text::clean;
use krilla::tagging::{ListNumbering, Tag};
use pasu_report::book::List;

impl Parts<'_> {
    pub(super) fn list(&mut self, list: &List) {
        let numbering = if list.is_numbered { ListNumbering::Decimal } else { ListNumbering::Disc };
        let node = self.structure.add(self.section, Tag::L(numbering));
        let last =
            if list.is_numbered { format!("{}.", list.points.len()) } else { "•".to_owned() };
        let indent = self.fonts.regular.width(&last, BODY.size) + 8.0;
        for (index, (point, below)) in list.points.iter().enumerate() {
            let label = if list.is_numbered { format!("{}.", index + 1) } else { "•".to_owned() };
            self.point(node, (&label, indent), point, below);
        }
    }

    fn point(&mut self, list: NodeId, (label, indent): (&str, f32), point: &str, below: &[String]) {
        let item = self.structure.add(list, Tag::LI);
        let name = self.structure.add(item, Tag::Lbl);
        let body = self.structure.add(item, Tag::LBody);
        let inside = Column::PAGE.indented(indent);
        let label = self.set(name, &format!("{label} "), BODY, Column::PAGE);
        let words = self.structure.add(body, Tag::P);
        let mut rows: Vec<(f32, f32, Vec<Shape>)> = Vec::new();
        for shape in self.set(words, &clean(point), BODY, inside) {
            rows.push((0.0, BODY.leading, vec![shape]));
        }
        if let Some(first) = rows.first_mut() {
            first.0 = 4.0;
            first.2.splice(0..0, label);
        }
        for text in below {
            let words = self.structure.add(body, Tag::P);
            for shape in self.set(words, &clean(text), SMALL, inside) {
                rows.push((0.0, SMALL.leading, vec![shape]));
            }
        }
        let count = rows.len();
        for (index, (gap, height, shapes)) in rows.into_iter().enumerate() {
            let is_glued = count > 1 && (index == 0 || index + 2 == count);
            self.flow.push(Strip { height, gap, shapes, is_glued, ..Strip::default() });
        }
    }
}
