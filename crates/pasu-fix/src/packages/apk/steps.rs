//! Reads what `apk --simulate` would do.
//!
//! ```text
//! (1/2) Upgrading libcrypto3 (3.5.4-r0 -> 3.5.7-r0)
//! (2/2) Upgrading libssl3 (3.5.4-r0 -> 3.5.7-r0)
//! OK: 80 MiB in 76 packages
//! ```

/// A package that is replaced, or comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub name: String,
    pub from: Option<String>,
    pub to: String,
}

/// What would be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Steps {
    /// Replaced by something newer.
    pub upgrades: Vec<Change>,
    /// Not installed before.
    pub installs: Vec<Change>,
    /// Replaced by something older.
    pub downgrades: Vec<Change>,
    /// Gone afterwards.
    pub removes: Vec<String>,
    /// Unpacked again.
    pub reinstalls: Vec<String>,
    /// Anything else, such as the same version of another build.
    pub others: Vec<String>,
}

/// Reads the steps; `None` where they are not all there, or not as they should be.
pub fn parse(text: &str) -> Option<Steps> {
    let mut steps = Steps::default();
    let (mut seen, mut announced) = (0_usize, 0_usize);
    let mut is_complete = false;
    for line in text.lines() {
        if line.starts_with("OK:") {
            is_complete = true;
        } else if let Some(rest) = line.strip_prefix('(') {
            let (counter, rest) = rest.split_once(") ")?;
            let (number, total) = counter.split_once('/')?;
            (seen, announced) = (seen + 1, total.trim().parse().ok()?);
            if number.trim().parse() != Ok(seen) {
                return None;
            }
            add(&mut steps, rest)?;
        }
    }
    (is_complete && seen == announced).then_some(steps)
}

/// Adds a step such as `Upgrading zlib@edge (1.2-r0 -> 1.3-r0)`.
fn add(steps: &mut Steps, step: &str) -> Option<()> {
    let (action, versions) = step.strip_suffix(')')?.rsplit_once(" (")?;
    let (verb, name) = action.rsplit_once(' ')?;
    let name = name.split('@').next().filter(|name| !name.is_empty())?.to_owned();
    let two = versions.split_once(" -> ");
    let change = || {
        let (from, to) = two?;
        (!from.is_empty() && !to.is_empty()).then(|| Change {
            name: name.clone(),
            from: Some(from.to_owned()),
            to: to.to_owned(),
        })
    };
    match verb {
        "Upgrading" => steps.upgrades.push(change()?),
        "Downgrading" => steps.downgrades.push(change()?),
        "Installing" if two.is_none() && !versions.is_empty() => {
            steps.installs.push(Change { name, from: None, to: versions.to_owned() });
        }
        "Purging" if two.is_none() => steps.removes.push(name),
        "Reinstalling" if two.is_none() => steps.reinstalls.push(name),
        _ => steps.others.push(step.to_owned()),
    }
    Some(())
}
