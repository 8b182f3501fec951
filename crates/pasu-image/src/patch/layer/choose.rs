//! Which versions are taken: the newest that can be had and fixes what is to be fixed, with those of other installed
//! packages that have to go along. Nothing is installed anew, removed or made older.

use super::deb::Control;
use super::depends::{Relation, parse, shown};
use super::error::{LayerError, Refusal};
use super::stanza::Stanza;
use super::{Outcome, Request, Upgrade, Upgraded};
use crate::patch::packages::{Available, Place};
use pasu_model::Text;
use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read};
use std::rc::Rc;

/// How many packages may have to go along with one.
const MAX_ALONG: usize = 500;

/// A package that will be upgraded.
#[derive(Clone)]
pub(super) struct Chosen<'a> {
    /// Its record in the database.
    pub record: usize,
    pub available: &'a Available,
    pub control: Rc<Control>,
    pub along: bool,
    /// Scripts that are not run, and what they would do.
    pub scripts: Vec<(String, Text)>,
    /// The lines of `Conffiles` in the new record; known when its files were unpacked.
    pub conffiles: RefCell<Vec<String>>,
}

/// Chosen packages by their record.
type Draft<'a> = BTreeMap<usize, Chosen<'a>>;

/// Chooses for all upgrades; the outcome holds no layer yet.
pub(super) fn choose<'a>(
    request: &'a Request<'a>,
    format: &'a dyn Format,
    records: &'a [Installed<'a>],
) -> Result<(Vec<Chosen<'a>>, Outcome), LayerError> {
    let mut planner = Planner::new(request, format, records);
    let mut upgrades: Vec<&Upgrade> = request.upgrades.iter().collect();
    upgrades.sort();
    upgrades.dedup();
    let mut refused: Vec<(Upgrade, Refusal)> = Vec::new();
    for upgrade in upgrades {
        if let Err(refusal) = planner.add(upgrade)? {
            refused.push((upgrade.clone(), refusal));
        }
    }
    let chosen = planner.finish();
    let outcome = Outcome {
        layer: None,
        epoch: request.epoch.unwrap_or_default(),
        upgraded: chosen.iter().map(|chosen| upgraded(chosen, records)).collect(),
        refused,
        notes: Vec::new(),
    };
    Ok((chosen, outcome))
}

fn upgraded(chosen: &Chosen<'_>, records: &[Installed<'_>]) -> Upgraded {
    let fields = &chosen.control.stanza;
    Upgraded {
        name: fields.text("Package").to_owned(),
        architecture: fields.text("Architecture").to_owned(),
        from: records[chosen.record].stanza.text("Version").to_owned(),
        to: fields.text("Version").to_owned(),
        along: chosen.along,
        verified: chosen.available.verified.clone(),
        scripts: chosen.scripts.clone(),
    }
}

/// A package that the image has.
pub(super) struct Installed<'a> {
    /// Its fields, relations in Debian's form.
    pub stanza: &'a Stanza,
    /// dpkg's three words; `install ok installed` where there are none.
    pub status: [&'a str; 3],
}

impl Installed<'_> {
    /// Its files are there, whatever is left to do.
    fn is_there(&self) -> bool {
        !matches!(self.status[2], "not-installed" | "config-files" | "")
    }
}

/// What differs between package managers.
pub(super) trait Format {
    /// Reads what a package file says of itself.
    fn control(&self, file: Box<dyn Read>) -> io::Result<Control>;

    /// Judges the scripts that an upgrade would run; those that may be left out are named.
    fn judge(
        &self,
        request: &Request<'_>,
        old: &Stanza,
        new: &Control,
    ) -> Result<Vec<(String, Text)>, Refusal>;

    /// Packages may miss what they depend on: distroless images leave it out on purpose.
    fn is_stripped(&self) -> bool {
        false
    }
}

/// Builds the set up, package by package.
pub(super) struct Planner<'a> {
    request: &'a Request<'a>,
    format: &'a dyn Format,
    records: &'a [Installed<'a>],
    /// Records by the names that they have or provide.
    names: HashMap<String, Vec<usize>>,
    chosen: Draft<'a>,
    controls: HashMap<String, Rc<Control>>,
}

/// Whether a relation was mended, and if not, why, where that is known.
type Mended = Result<(), Option<Refusal>>;

type Answer<T> = Result<Result<T, Refusal>, LayerError>;

impl<'a> Planner<'a> {
    pub fn new(
        request: &'a Request<'a>,
        format: &'a dyn Format,
        records: &'a [Installed<'a>],
    ) -> Self {
        let mut names: HashMap<String, Vec<usize>> = HashMap::new();
        for (number, record) in records.iter().enumerate() {
            if record.is_there() {
                names.entry(record.stanza.text("Package").to_owned()).or_default().push(number);
                for provided in parse(record.stanza.text("Provides")).iter().flatten() {
                    names.entry(provided.name.to_owned()).or_default().push(number);
                }
            }
        }
        Self { request, format, records, names, chosen: Draft::new(), controls: HashMap::new() }
    }

    /// The packages that will be upgraded, by name and architecture.
    pub fn finish(self) -> Vec<Chosen<'a>> {
        let mut chosen: Vec<Chosen<'a>> = self.chosen.into_values().collect();
        chosen.sort_by(|a, b| key(a).cmp(&key(b)));
        chosen
    }

    /// What an upgrade's package is here.
    fn find(&self, name: &str, architecture: &str) -> Option<usize> {
        self.records.iter().position(|record| {
            let own = record.stanza.text("Architecture");
            record.stanza.text("Package") == name
                && record.is_there()
                && (architecture.is_empty()
                    || own == architecture
                    || [own, architecture].contains(&"all"))
        })
    }

    /// Adds an upgrade and what has to go along, or nothing. One that has only some of the fixes is added, too, and the
    /// answer is why there is none with all.
    pub fn add(&mut self, upgrade: &Upgrade) -> Answer<()> {
        let Some(record) = self.find(&upgrade.name, &upgrade.architecture) else {
            return Ok(Err(Refusal::NotInstalled { found: None }));
        };
        let found = self.records[record].stanza.text("Version");
        if (self.request.order)(found, &upgrade.installed) != Some(Ordering::Equal) {
            return Ok(Err(Refusal::NotInstalled { found: Some(found.to_owned()) }));
        }
        let Err(refusal) = self.reach(record, &upgrade.fixed, None)? else { return Ok(Ok(())) };
        if (self.request.order)(&upgrade.least, &upgrade.fixed) == Some(Ordering::Less) {
            let _why = self.reach(record, &upgrade.least, Some(&upgrade.fixed))?;
        }
        Ok(Err(refusal))
    }

    /// Takes the newest version that can be had from one on, and before another.
    fn reach(&mut self, record: usize, from: &str, before: Option<&str>) -> Answer<()> {
        if let Some(chosen) = self.chosen.get_mut(&record) {
            let version = chosen.control.stanza.text("Version");
            if (self.request.order)(version, from).is_some_and(Ordering::is_ge) {
                chosen.along = false;
                return Ok(Ok(()));
            }
        }
        let mut candidates = match self.candidates(record, Some(from)) {
            Ok(candidates) => candidates,
            Err(refusal) => return Ok(Err(refusal)),
        };
        candidates.retain(|available| {
            let version = available.fields.text("Version");
            before
                .is_none_or(|before| (self.request.order)(version, before) == Some(Ordering::Less))
        });
        let mut first = None;
        for available in candidates {
            let mut draft = self.chosen.clone();
            let outcome = match self.take(&mut draft, record, available, false)? {
                Ok(()) => self.complete(&mut draft)?,
                Err(refusal) => Err(refusal),
            };
            match outcome {
                Ok(()) => {
                    self.chosen = draft;
                    return Ok(Ok(()));
                }
                // The newest version's reason is the one that is told.
                Err(refusal) => first = first.or(Some(refusal)),
            }
        }
        Ok(Err(first.unwrap_or(Refusal::NoCandidate)))
    }

    /// The versions that upgrade an installed package to `fixed` or later, the newest first.
    fn candidates(
        &self,
        record: usize,
        fixed: Option<&str>,
    ) -> Result<Vec<&'a Available>, Refusal> {
        let record = &self.records[record];
        match record.status {
            ["hold", ..] => return Err(Refusal::Held),
            [_, "ok", "installed"] => {}
            status => return Err(Refusal::HalfInstalled { status: status.join(" ") }),
        }
        let order = self.request.order;
        let mut versions = self.request.packages.versions(record.stanza.text("Package"));
        versions.retain(|available| {
            let architecture = available.fields.text("Architecture");
            let fits = architecture == record.stanza.text("Architecture")
                || [architecture, record.stanza.text("Architecture")].contains(&"all");
            let version = available.fields.text("Version");
            fits && order(version, record.stanza.text("Version")) == Some(Ordering::Greater)
        });
        versions.sort_by(|a, b| newer(a, b, self.request));
        let newest = versions.first().map(|newest| newest.fields.text("Version").to_owned());
        versions.retain(|available| {
            let version = available.fields.text("Version");
            fixed.is_none_or(|fixed| order(version, fixed).is_some_and(Ordering::is_ge))
        });
        match newest {
            None => Err(Refusal::NoCandidate),
            Some(newest) if versions.is_empty() => Err(Refusal::TooOld { newest }),
            Some(_) => Ok(versions),
        }
    }

    /// Takes one package into a draft, if its scripts allow it.
    fn take(
        &mut self,
        draft: &mut Draft<'a>,
        record: usize,
        available: &'a Available,
        along: bool,
    ) -> Answer<()> {
        let control = match self.control(available) {
            Ok(control) => control,
            Err(LayerError::Image(error @ crate::ImageError::DigestMismatch { .. })) => {
                return Ok(Err(Refusal::Unverified { why: error.to_string() }));
            }
            Err(LayerError::Image(error @ crate::ImageError::NotFound { .. })) => {
                return Ok(Err(Refusal::Unavailable { why: error.to_string() }));
            }
            Err(error) => return Err(error),
        };
        for field in ["Package", "Version", "Architecture", "Checksum"] {
            let (own, listed) = (control.stanza.text(field), available.fields.text(field));
            // Alpine's indexes name their own architecture for packages that fit all.
            if own != listed && !(field == "Architecture" && own == "all") {
                let why = format!("its {field} is {own}, not {listed}");
                return Ok(Err(Refusal::Unverified { why }));
            }
        }
        let old = &self.records[record];
        let judged = self.format.judge(self.request, old.stanza, &control);
        let scripts = match judged {
            Ok(scripts) => scripts,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let conffiles = RefCell::default();
        draft.insert(record, Chosen { record, available, control, along, scripts, conffiles });
        Ok(Ok(()))
    }

    fn control(&mut self, available: &Available) -> Result<Rc<Control>, LayerError> {
        let place = place(available);
        if let Some(control) = self.controls.get(&place) {
            return Ok(Rc::clone(control));
        }
        let file = self.request.packages.open(available)?;
        let control = self.format.control(file).map_err(|error| LayerError::Package {
            place: place.clone(),
            problem: error.to_string(),
        })?;
        let control = Rc::new(control);
        self.controls.insert(place, Rc::clone(&control));
        Ok(control)
    }

    /// Adds to a draft until every relation holds that held before.
    fn complete(&mut self, draft: &mut Draft<'a>) -> Answer<()> {
        for _ in 0..MAX_ALONG {
            let Some(broken) = self.broken(draft) else { return Ok(Ok(())) };
            if let Err(why) = self.mend(draft, &broken)? {
                return Ok(Err(why.unwrap_or(broken.refusal)));
            }
        }
        let relation = "more than 500 other upgrades".to_owned();
        Ok(Err(Refusal::NeedsNew { relation, wanted_by: "it".to_owned() }))
    }

    /// Upgrades one more package so that a broken relation may hold; else why the one that would help cannot be.
    fn mend(&mut self, draft: &mut Draft<'a>, broken: &Broken) -> Result<Mended, LayerError> {
        let mut why = None;
        for record in &broken.cures {
            if draft.contains_key(record) {
                continue;
            }
            for available in self.candidates(*record, None).unwrap_or_default() {
                let mut next = draft.clone();
                match self.take(&mut next, *record, available, true)? {
                    Ok(()) if !self.same(&next, broken) => {
                        *draft = next;
                        return Ok(Ok(()));
                    }
                    Ok(()) => {}
                    Err(refusal) => why = why.or(Some(refusal)),
                }
            }
        }
        Ok(Err(why))
    }

    /// Whether a relation is still broken in the same way.
    fn same(&self, draft: &Draft<'a>, broken: &Broken) -> bool {
        let stanza = self.stanza(draft, broken.record);
        self.broken_of(draft, broken.record, stanza)
            .is_some_and(|now| now.refusal == broken.refusal)
    }

    fn stanza<'s>(&'s self, draft: &'s Draft<'a>, record: usize) -> &'s Stanza {
        match draft.get(&record) {
            Some(chosen) => &chosen.control.stanza,
            None => self.records[record].stanza,
        }
    }

    /// The first relation that a draft breaks.
    fn broken(&self, draft: &Draft<'a>) -> Option<Broken> {
        for (number, record) in self.records.iter().enumerate() {
            if record.is_there() {
                let found = self.broken_of(draft, number, self.stanza(draft, number));
                if found.is_some() {
                    return found;
                }
            }
        }
        None
    }

    fn broken_of(&self, draft: &Draft<'a>, record: usize, stanza: &Stanza) -> Option<Broken> {
        let is_new = draft.contains_key(&record);
        let name = format!("{} {}", stanza.text("Package"), stanza.text("Version"));
        for field in ["Pre-Depends", "Depends"] {
            for clause in parse(stanza.text(field)) {
                let met = |draft: &Draft<'a>| self.is_met(draft, &clause, stanza);
                if met(draft) || !is_new && !met(&Draft::new()) || self.is_stripped(record, &clause)
                {
                    continue;
                }
                let mut cures: Vec<usize> =
                    clause.iter().flat_map(|relation| self.named(draft, relation.name)).collect();
                // An old package that needs the old version of another comes along itself.
                if !is_new {
                    cures.insert(0, record);
                }
                let refusal = Refusal::NeedsNew { relation: shown(&clause), wanted_by: name };
                return Some(Broken { record, cures, refusal });
            }
        }
        for field in ["Conflicts", "Breaks"] {
            for relation in parse(stanza.text(field)).iter().flatten() {
                for other in self.named(draft, relation.name) {
                    let meets = |draft: &Draft<'a>| {
                        let other = self.stanza(draft, other);
                        relation.is_met_by(other, stanza.text("Architecture"), self.request.order)
                    };
                    let is_changed = is_new || draft.contains_key(&other);
                    if other == record || !is_changed || !meets(draft) {
                        continue;
                    }
                    let refusal = Refusal::Breaks { relation: relation.to_string(), said_by: name };
                    return Some(Broken { record, cures: vec![other, record], refusal });
                }
            }
        }
        None
    }

    /// Distroless images leave out packages on purpose: what the old version missed, the new one may miss.
    fn is_stripped(&self, record: usize, clause: &[Relation<'_>]) -> bool {
        let old = self.records[record].stanza;
        let wanted = [old.text("Pre-Depends"), old.text("Depends")];
        let named = |relation: &Relation<'_>| {
            wanted
                .iter()
                .flat_map(|field| parse(field))
                .flatten()
                .any(|old| old.name == relation.name)
        };
        self.format.is_stripped()
            && clause.iter().all(|relation| !self.names.contains_key(relation.name))
            && clause.iter().any(named)
    }

    fn is_met(&self, draft: &Draft<'a>, clause: &[Relation<'_>], wanting: &Stanza) -> bool {
        let architecture = wanting.text("Architecture");
        clause.iter().any(|relation| {
            self.named(draft, relation.name).into_iter().any(|number| {
                let found = self.stanza(draft, number);
                relation.is_met_by(found, architecture, self.request.order)
            })
        })
    }

    /// Records that have or provide a name, also by what they will provide.
    fn named(&self, draft: &Draft<'a>, name: &str) -> Vec<usize> {
        let mut found = self.names.get(name).cloned().unwrap_or_default();
        let provides = |chosen: &Chosen<'_>| {
            let provides = chosen.control.stanza.text("Provides");
            parse(provides).iter().flatten().any(|provided| provided.name == name)
        };
        found
            .extend(draft.iter().filter(|(_, chosen)| provides(chosen)).map(|(number, _)| *number));
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// A relation that does not hold.
struct Broken {
    /// Whose relation it is.
    record: usize,
    /// Whose upgrade could help.
    cures: Vec<usize>,
    refusal: Refusal,
}

fn key<'k>(chosen: &'k Chosen<'_>) -> (&'k str, &'k str) {
    let stanza = &chosen.control.stanza;
    (stanza.text("Package"), stanza.text("Architecture"))
}

/// The newest first; of the same version the one that more vouches for, then by its place.
fn newer(a: &Available, b: &Available, request: &Request<'_>) -> Ordering {
    let (left, right) = (a.fields.text("Version"), b.fields.text("Version"));
    let order = (request.order)(right, left).unwrap_or(Ordering::Equal);
    order.then_with(|| rank(a).cmp(&rank(b))).then_with(|| place(a).cmp(&place(b)))
}

fn rank(available: &Available) -> u8 {
    use crate::patch::packages::Verified;
    match available.verified {
        Verified::Signed { .. } => 0,
        Verified::Listed { .. } => 1,
        Verified::Given => 2,
    }
}

/// A package's place in words.
pub(super) fn place(available: &Available) -> String {
    match &available.place {
        Place::File(path) => path.display().to_string(),
        Place::Url(url) => url.clone(),
    }
}
