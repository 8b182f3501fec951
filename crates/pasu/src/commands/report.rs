//! `pasu report`: a run that was kept, or a file, in any format.

use super::output::{self, Destination};
use super::runs;
use super::scan::locale;
use super::whole::Whole;
use crate::args::ReportArgs;
use crate::exit::Exit;
use crate::settings::Settings;
use anyhow::{Result, bail};
use pasu_report::Format;

/// Writes the report. It ends well whatever the run found: that was said when it ran.
pub fn run(args: &ReportArgs) -> Result<Exit> {
    let destinations = destinations(args)?;
    let settings = Settings::read(args.config.as_deref())?;
    let loaded = runs::load(&args.run, &args.store)?;
    let whole = Whole {
        inspection: &loaded.inspection,
        changes: loaded.changes.as_ref(),
        brand: &settings.brand,
        lang: args.store.lang.unwrap_or_else(locale),
        list_packages: true,
        show_suppressed: false,
    };
    destinations.iter().try_for_each(|destination| whole.write(destination))?;
    Ok(Exit::Clean)
}

/// The formats named, else those of the files' endings, else tables.
fn destinations(args: &ReportArgs) -> Result<Vec<Destination>> {
    if !args.format.is_empty() {
        return output::pair(args.format.clone(), &args.output);
    }
    if args.output.is_empty() {
        return output::pair(vec![Format::Table], &[]);
    }
    if args.output.iter().any(|path| path.as_os_str() == "-") {
        bail!("-o - has no ending that says the format; hint: --format");
    }
    let formats = args.output.iter().map(|file| output::format_of(file)).collect::<Result<_>>()?;
    output::pair(formats, &args.output)
}
