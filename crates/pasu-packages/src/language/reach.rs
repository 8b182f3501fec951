//! Which packages a project's own dependencies lead to: how a lock file without flags says what is for development.

/// How many entries of one name a dependency is taken to lead to when it does not say which: no project has so many,
/// and a file made of nothing else would have edges without end.
pub(crate) const MAX_SAME_NAME: usize = 64;

/// For each node, whether it is one of `roots` or can be reached from one. An edge or root outside the graph is ignored.
pub(crate) fn reachable(edges: &[Vec<usize>], roots: impl IntoIterator<Item = usize>) -> Vec<bool> {
    let mut seen = vec![false; edges.len()];
    let mut open: Vec<usize> = roots.into_iter().collect();
    while let Some(node) = open.pop() {
        let (Some(seen), Some(next)) = (seen.get_mut(node), edges.get(node)) else { continue };
        if !std::mem::replace(seen, true) {
            open.extend_from_slice(next);
        }
    }
    seen
}

/// For each node, whether only `dev` roots lead to it. What nothing leads to is not called a development dependency:
/// the lock file has it for a reason that it does not say.
pub(crate) fn dev_only(edges: &[Vec<usize>], prod: &[usize], dev: &[usize]) -> Vec<bool> {
    let prod = reachable(edges, prod.iter().copied());
    let mut result = reachable(edges, dev.iter().copied());
    for (result, prod) in result.iter_mut().zip(prod) {
        *result &= !prod;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::dev_only;

    #[test]
    fn what_production_shares_or_nothing_names_is_not_for_development() {
        // 0 -> 1 <- 2 -> 3, 3 -> 2 (a cycle), 4 alone.
        let edges = [vec![1], vec![], vec![1, 3], vec![2, 99], vec![]];
        assert_eq!(dev_only(&edges, &[0], &[2]), [false, false, true, true, false]);
    }
}
