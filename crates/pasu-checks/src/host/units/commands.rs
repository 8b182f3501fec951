//! The command lines that units start, with the variables that systemd puts in.

use super::Unit;
use crate::cause::Cause;
use crate::host::Host;
use std::collections::BTreeMap;

impl Host {
    /// The words of every `ExecStart` of a unit: `/usr/sbin/proftpd -c $CONFIG_FILE $OPTIONS` with the values of
    /// `Environment` and, over them, of `EnvironmentFile` (systemd.exec(5)).
    ///
    /// # Errors
    /// A file of the unit or of its variables is there and cannot be read.
    pub fn unit_commands(&self, unit: &Unit) -> Result<Vec<Vec<String>>, Cause> {
        let instance = unit.name.split_once('@').and_then(|(_, rest)| rest.rsplit_once('.'));
        let named = |text: &str| {
            let instance = instance.map(|(instance, _)| instance);
            text.replace("%i", instance.unwrap_or("%i")).replace("%I", instance.unwrap_or("%I"))
        };
        let mut variables = BTreeMap::new();
        for value in self.unit_values(unit, "Service", "Environment")? {
            let pairs = words(&named(&value.value));
            variables.extend(pairs.iter().filter_map(|pair| variable(pair)));
        }
        for value in self.unit_values(unit, "Service", "EnvironmentFile")? {
            // A dash before it: it need not be there.
            let path = named(value.value.trim_start_matches('-'));
            let Some(file) = self.text(&path)? else { continue };
            for (_, line) in file.settings() {
                let pair = line.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
                let value = |text: &str| words(text).join(" ");
                variables.extend(pair.map(|(name, text)| (name.to_owned(), value(text))));
            }
        }
        let starts = self.unit_values(unit, "Service", "ExecStart")?;
        let expanded = starts.iter().map(|start| {
            let command = named(start.value.trim_start_matches(['-', '@', ':', '+', '!']));
            words(&command).iter().flat_map(|word| expand(word, &variables)).collect()
        });
        Ok(expanded.collect())
    }
}

/// `$OPTIONS` alone becomes any number of words; `${OPTIONS}` stays within its word. What is not set is empty.
fn expand(word: &str, variables: &BTreeMap<String, String>) -> Vec<String> {
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if let Some(name) = word.strip_prefix('$').filter(|name| is_name(name)) {
        return variables.get(name).map(|value| words(value)).unwrap_or_default();
    }
    let mut expanded = String::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else { break };
        expanded.push_str(before);
        expanded.push_str(variables.get(name).map_or("", String::as_str));
        rest = behind;
    }
    expanded.push_str(rest);
    vec![expanded]
}

fn variable(pair: &str) -> Option<(String, String)> {
    pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
}

/// Words; quotes of both kinds keep spaces.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in text.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use crate::case::TestHost;

    #[test]
    fn variables_are_put_in_and_those_of_files_win() {
        let unit = "[Service]\nEnvironment=\"OPTIONS=\" CONFIG_FILE=/etc/a.conf KEPT=x\n\
            EnvironmentFile=-/etc/default/proftpd\nEnvironmentFile=-/etc/none\n\
            ExecStart=/usr/sbin/proftpd -c $CONFIG_FILE $OPTIONS $UNSET --k=${KEPT}\n";
        let host = TestHost::new()
            .file("/usr/lib/systemd/system/proftpd.service", unit)
            .file("/etc/default/proftpd", "CONFIG_FILE=/etc/b.conf\nOPTIONS=\"-D TLS\"\n")
            .host();
        let units = host.units().unwrap();
        let lines = host.unit_commands(units.named("proftpd.service").unwrap()).unwrap();
        assert_eq!(lines, [["/usr/sbin/proftpd", "-c", "/etc/b.conf", "-D", "TLS", "--k=x"]]);
    }
}
