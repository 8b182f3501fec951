//! What the text is: headings, tables, lists; for those who hear the document.
//!
//! The tree grows while the book is laid out; what is painted is hung on it afterwards.

use krilla::tagging::{Identifier, Node, TagGroup, TagKind, TagTree};

/// A place in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeId(usize);

/// What is only there for the eye: lines, grounds, repeated heads. Also where the tree begins.
pub const ARTIFACT: NodeId = NodeId(0);

/// The tree.
pub struct Structure {
    entries: Vec<Entry>,
}

#[derive(Default)]
struct Entry {
    tag: Option<TagKind>,
    children: Vec<Child>,
}

enum Child {
    Entry(usize),
    Leaf(Identifier),
}

impl Structure {
    /// An empty one.
    pub fn new() -> Self {
        Self { entries: vec![Entry::default()] }
    }

    /// Something new in something else.
    pub fn add(&mut self, parent: NodeId, tag: impl Into<TagKind>) -> NodeId {
        let id = self.entries.len();
        self.entries.push(Entry { tag: Some(tag.into()), children: Vec::new() });
        self.entries[parent.0].children.push(Child::Entry(id));
        NodeId(id)
    }

    /// Something new at the beginning.
    pub fn root(&mut self, tag: impl Into<TagKind>) -> NodeId {
        self.add(ARTIFACT, tag)
    }

    /// Hangs what was painted on its place.
    pub fn hang(&mut self, node: NodeId, painted: Identifier) {
        if node != ARTIFACT {
            self.entries[node.0].children.push(Child::Leaf(painted));
        }
    }

    /// The finished tree.
    pub fn tree(mut self, lang: &str) -> TagTree {
        let mut tree = TagTree::new().with_lang(Some(lang.to_owned()));
        for child in std::mem::take(&mut self.entries[0].children) {
            tree.push(self.node(child));
        }
        tree
    }

    fn node(&mut self, child: Child) -> Node {
        let id = match child {
            Child::Leaf(painted) => return Node::Leaf(painted),
            Child::Entry(id) => id,
        };
        let Entry { tag, children } = std::mem::take(&mut self.entries[id]);
        let children = children.into_iter().map(|child| self.node(child)).collect();
        let tag = tag.unwrap_or(TagKind::NonStruct(krilla::tagging::Tag::NonStruct));
        Node::Group(TagGroup::with_children(tag, children))
    }
}
