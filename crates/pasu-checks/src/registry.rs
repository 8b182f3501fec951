//! The table of all items, written by `build.rs`, and what lets checks of different facts stand in one table.

use crate::cause::Cause;
use crate::fix::Fix;
use crate::host::Host;
use crate::judgement::Judgement;
use crate::params::Params;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// One item as it lies in its folder.
pub(crate) struct Source {
    pub(crate) slug: &'static str,
    pub(crate) definition: &'static str,
    pub(crate) code: Option<&'static dyn Check>,
}

/// A check, whatever its facts.
pub(crate) trait Check: Sync {
    /// Reads and judges.
    fn run(&self, host: &Host, params: &Params) -> Judgement;

    /// What it would change; `None` where it plans nothing or could not read.
    fn fix(&self, host: &Host, params: &Params) -> Option<Fix>;

    /// The same with the facts stored in between. Equal to [`Check::run`] unless facts do not survive storing.
    #[cfg(test)]
    fn run_stored(&self, host: &Host, params: &Params) -> Result<Judgement, serde_json::Error>;
}

/// A check written in `check.rs`, or a kind with its data.
pub(crate) struct Typed<F> {
    pub(crate) collect: fn(&Host, &Params) -> Result<F, Cause>,
    pub(crate) judge: fn(&F, &Params) -> Judgement,
    pub(crate) plan: Option<fn(&F, &Params) -> Fix>,
}

impl<F: Serialize + DeserializeOwned> Check for Typed<F> {
    fn run(&self, host: &Host, params: &Params) -> Judgement {
        match (self.collect)(host, params) {
            Ok(facts) => (self.judge)(&facts, params),
            Err(cause) => Judgement::unread(&cause),
        }
    }

    fn fix(&self, host: &Host, params: &Params) -> Option<Fix> {
        let plan = self.plan?;
        (self.collect)(host, params).ok().map(|facts| plan(&facts, params))
    }

    #[cfg(test)]
    fn run_stored(&self, host: &Host, params: &Params) -> Result<Judgement, serde_json::Error> {
        match (self.collect)(host, params) {
            Ok(facts) => {
                let stored = serde_json::to_string(&facts)?;
                Ok((self.judge)(&serde_json::from_str(&stored)?, params))
            }
            Err(cause) => Ok(Judgement::unread(&cause)),
        }
    }
}

include!(concat!(env!("OUT_DIR"), "/registry.rs"));
