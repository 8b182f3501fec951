//! Layers and the tree that they make: one table, held against Pasu (`layers.rs`) and against a Docker engine
//! (`docker.rs`).

#![allow(dead_code, reason = "each test uses its part")]

mod names;
mod replaced;
mod whiteouts;

use super::common::Tar;

/// Layers and what is there in the end.
pub struct Case {
    pub name: &'static str,
    pub layers: Vec<Tar>,
    /// What is there: `a/` a folder, `a=x` a file and its content, `a->b` a symbolic link, `a?` a device or FIFO; sorted,
    /// with blanks between them.
    pub tree: &'static str,
    /// What of the layers is reported as not seen: a part of each report.
    pub problems: &'static [&'static str],
    /// What Docker does with it.
    pub docker: Docker,
}

/// What Docker 20.10 on overlay2 does with a case.
#[derive(Clone, Copy)]
pub enum Docker {
    /// The same.
    Same,
    /// It refuses such layers.
    Refuses,
    /// Another tree; why ours is as it is stands in the case.
    Other(&'static str),
}

impl Case {
    fn new(name: &'static str, layers: impl Into<Vec<Tar>>, tree: &'static str) -> Self {
        Self { name, layers: layers.into(), tree, problems: &[], docker: Docker::Same }
    }

    fn problems(self, problems: &'static [&'static str]) -> Self {
        Self { problems, ..self }
    }

    fn refused(self) -> Self {
        Self { docker: Docker::Refuses, ..self }
    }

    fn docker(self, tree: &'static str) -> Self {
        Self { docker: Docker::Other(tree), ..self }
    }
}

/// All cases.
pub fn all() -> Vec<Case> {
    let mut all = whiteouts::cases();
    all.extend(replaced::cases());
    all.extend(replaced::hard_links());
    all.extend(names::cases());
    all.extend(names::extended());
    all
}

fn tar() -> Tar {
    Tar::new()
}
