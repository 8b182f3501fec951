//! A page of a few words for the codes that have none. nginx and Apache keep it in their settings, so that no file has
//! to be reached; of what applications answer themselves nothing changes.

use super::PAGE;
use crate::fix::web::{add_to_apache, comment_out, each};
use crate::fix::{Edit, Fix, NginxChange, XmlChange};
use crate::host::web::{Handle, ServerFacts, Spot, WebFacts};
use crate::judgement::reason;
use crate::params::Params;

const VALVE: &str = "org.apache.catalina.valves.ErrorReportValve";

/// Where an instance of Tomcat finds its page.
const TOMCAT_PAGE: &str = "conf/pasu-error.html";

pub fn plan(facts: &WebFacts, params: &Params) -> Fix {
    let text = params.text("text");
    // What the formats would take for something else, or Apache for an address.
    let is_odd = |c: char| matches!(c, '"' | '$' | '\\' | '%') || c.is_control();
    if text.trim().is_empty()
        || text.contains(is_odd)
        || text.starts_with('/')
        || text.contains("://")
    {
        let mut fix = Fix::new();
        fix.leave(reason("fix-bad-value").arg("value", text));
        return fix;
    }
    each(facts, |server, spot, fix| match server.product.as_str() {
        "nginx" => nginx(fix, spot, text),
        "Apache" => apache(fix, server, spot, text),
        _ => tomcat(fix, server, spot, text),
    })
}

fn codes(spot: &Spot) -> impl Iterator<Item = &str> {
    spot.value.split(", ")
}

/// The first block gets the codes, every server a place for the page, which no request reaches from outside.
fn nginx(fix: &mut Fix, spot: &Spot, text: &str) {
    let codes: Vec<&str> = codes(spot).collect();
    let page = format!(
        "location = {PAGE} {{\n    internal;\n    default_type text/html;\n    charset utf-8;\n    return 200 \"{text}\";\n}}"
    );
    let mut add = |handle: &Handle, statements: String| {
        if let Handle::Nginx(at) = handle {
            fix.edit(Edit::Nginx { at: at.clone(), change: NginxChange::Add(statements) });
        }
    };
    for handle in &spot.near {
        if matches!(handle, Handle::Nginx(at) if at.words.first().is_some_and(|name| name == "server"))
        {
            add(handle, page.clone());
        }
    }
    if let Some(holder) = spot.near.first() {
        add(holder, format!("error_page {} {PAGE};", codes.join(" ")));
    }
}

/// Lines that take a page back are commented out; codes that the main server has no page for get one there.
fn apache(fix: &mut Fix, server: &ServerFacts, spot: &Spot, text: &str) {
    spot.near.iter().for_each(|handle| comment_out(fix, handle));
    // Apache says of these words that they are Latin-1.
    let text: String = text
        .chars()
        .map(|c| if c.is_ascii() { c.to_string() } else { format!("&#{};", u32::from(c)) })
        .collect();
    let is_set = |code: &str| {
        spot.near.iter().any(|handle| {
            matches!(handle, Handle::Apache(at) if at.words.get(1).is_some_and(|set| set == code))
        })
    };
    for code in codes(spot).filter(|code| !is_set(code)) {
        add_to_apache(fix, server, vec![format!("ErrorDocument {code} \"{text}\"")]);
    }
}

fn tomcat(fix: &mut Fix, server: &ServerFacts, spot: &Spot, text: &str) {
    for handle in &spot.near {
        let Handle::Xml(at) = handle else { continue };
        for code in codes(spot) {
            let change = XmlChange::Valve {
                class: VALVE.to_owned(),
                name: format!("errorCode.{code}"),
                value: TOMCAT_PAGE.to_owned(),
            };
            fix.edit(Edit::Xml { at: at.clone(), change });
        }
    }
    if !spot.near.is_empty() {
        fix.edit(Edit::Write {
            path: format!("{}/{TOMCAT_PAGE}", server.path),
            content: format!("<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<p>{text}</p>\n"),
            mode: 0o644,
        });
    }
}
