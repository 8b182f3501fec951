//! The tree of nginx's blocks, its includes read in place.

use super::lexer::{Lexer, TokenKind};
use super::{Block, Directive, Tree};
use crate::cause::{Cause, CauseKind};
use crate::host::Host;
use std::sync::Arc;

/// How deep files may include each other, and blocks may nest.
const MAX_DEPTH: usize = 16;
const MAX_BLOCKS_DEEP: usize = 32;

/// How many files and directives are read in all.
const MAX_FILES: usize = 2000;
const MAX_DIRECTIVES: usize = 300_000;

/// Reads a configuration from its first file.
pub(super) fn read(host: &Host, path: &str) -> Tree {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let main = Block::begun(Directive::new(vec!["main".to_owned()], &path.into(), 1), None);
    let tree = Tree { blocks: vec![main], unseen: Vec::new() };
    let mut parser = Parser { host, folder, tree, files: 0, directives: 0 };
    match host.text(path) {
        Ok(Some(file)) => {
            parser.file(path, &file.lines.join("\n"), 0, 0);
        }
        Ok(None) => parser.tree.unseen.push(Cause::malformed(path, None, "it is missing")),
        Err(cause) => parser.tree.unseen.push(cause),
    }
    parser.tree
}

struct Parser<'a> {
    host: &'a Host,
    /// The directory of the first file, to which includes are relative.
    folder: String,
    tree: Tree,
    files: usize,
    directives: usize,
}

impl Parser<'_> {
    /// Reads one file into a block.
    fn file(&mut self, path: &str, text: &str, into: usize, depth: usize) {
        self.files += 1;
        let path: Arc<str> = path.into();
        let mut lexer = Lexer::new(text);
        let mut open = vec![into];
        let mut words: Vec<String> = Vec::new();
        let mut begun = 1;
        while let Some(token) = lexer.next() {
            let at = open.last().copied().unwrap_or(into);
            match token.kind {
                TokenKind::Word(word) => {
                    if words.is_empty() {
                        begun = token.line;
                    }
                    words.push(word);
                }
                TokenKind::End if words.is_empty() => {}
                TokenKind::End => {
                    let directive = Directive::new(std::mem::take(&mut words), &path, begun);
                    self.directive(directive, at, depth);
                    if self.directives > MAX_DIRECTIVES {
                        return self.limit(&path, "too many directives");
                    }
                }
                TokenKind::Open => {
                    let directive = Directive::new(std::mem::take(&mut words), &path, begun);
                    if directive.name.ends_with("_by_lua_block") {
                        lexer.skip_foreign_block();
                        self.keep(directive, at);
                        continue;
                    }
                    if open.len() > MAX_BLOCKS_DEEP {
                        return self.limit(&path, "blocks nest too deep");
                    }
                    open.push(self.block(directive, at));
                    if self.directives > MAX_DIRECTIVES {
                        return self.limit(&path, "too many blocks");
                    }
                }
                TokenKind::Close if open.len() > 1 && words.is_empty() => {
                    open.pop();
                }
                TokenKind::Close => return self.damaged(&path, token.line, "unexpected `}`"),
                TokenKind::Unclosed => {
                    return self.damaged(&path, token.line, "a quote is never closed");
                }
            }
        }
        if open.len() > 1 || !words.is_empty() {
            self.damaged(&path, begun, "it ends inside a directive or a block");
        }
    }

    fn damaged(&mut self, path: &str, line: u32, detail: &str) {
        self.tree.unseen.push(Cause::malformed(path, Some(line), detail));
    }

    fn limit(&mut self, path: &str, detail: &str) {
        let mut cause = Cause::malformed(path, None, detail);
        cause.kind = CauseKind::Limit;
        self.tree.unseen.push(cause);
    }

    fn keep(&mut self, directive: Directive, into: usize) {
        self.directives += 1;
        if let Some(block) = self.tree.blocks.get_mut(into) {
            block.keep(directive);
        }
    }

    fn block(&mut self, head: Directive, parent: usize) -> usize {
        self.directives += 1;
        self.tree.blocks.push(Block::begun(head, Some(parent)));
        self.tree.blocks.len() - 1
    }

    fn directive(&mut self, directive: Directive, into: usize, depth: usize) {
        if directive.name != "include" {
            return self.keep(directive, into);
        }
        let Some(pattern) = directive.arguments.first() else { return };
        let pattern = if pattern.starts_with('/') {
            pattern.clone()
        } else {
            format!("{}/{pattern}", self.folder)
        };
        if depth >= MAX_DEPTH || self.files >= MAX_FILES {
            return self.limit(&directive.path, "too many or too deep includes");
        }
        let paths = match self.host.glob(&pattern) {
            Ok(paths) => paths,
            Err(cause) => return self.tree.unseen.push(cause),
        };
        if paths.is_empty() && !pattern.contains(['*', '?', '[']) {
            let detail = format!("included file is missing: {pattern}");
            return self.damaged(&directive.path, directive.line, &detail);
        }
        for path in paths {
            if self.files >= MAX_FILES {
                return self.limit(&directive.path, "too many included files");
            }
            match self.host.text(&path) {
                Ok(Some(file)) => self.file(&path, &file.lines.join("\n"), into, depth + 1),
                // A link that leads nowhere stops nginx itself.
                Ok(None) => self.damaged(&path, 1, "it leads nowhere"),
                Err(cause) => self.tree.unseen.push(cause),
            }
        }
    }
}
