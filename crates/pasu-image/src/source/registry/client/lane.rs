//! A lane: a runtime of one thread with a connection of its own.
//!
//! Layers are read by several threads at once, each of which drives its own lane; the connections of one reqwest client
//! on one runtime would wait for whichever thread happens to drive it.

use super::super::endpoint::Endpoint;
use super::super::patience::Patience;
use super::super::tls;
use crate::error::ImageError;
use rustls::ClientConfig;
use tokio::runtime::{Builder, Runtime};

/// TLS, set up once for all lanes.
pub(super) struct Tls {
    home: ClientConfig,
    /// For where the registry leads to, which is not shown our certificate.
    elsewhere: ClientConfig,
}

impl Tls {
    pub fn new(endpoint: &Endpoint) -> Result<Self, ImageError> {
        let home = tls::config(endpoint, true)?;
        let elsewhere = match endpoint.trust.client {
            Some(_) => tls::config(endpoint, false)?,
            None => home.clone(),
        };
        Ok(Self { home, elsewhere })
    }
}

/// A runtime and its clients.
pub(in super::super) struct Lane {
    // Dropped before the runtime that its connections live on.
    home: reqwest::Client,
    elsewhere: reqwest::Client,
    pub runtime: Runtime,
}

impl Lane {
    pub(super) fn new(
        endpoint: &Endpoint,
        tls: &Tls,
        patience: Patience,
    ) -> Result<Self, ImageError> {
        let wrong = |error: &dyn std::fmt::Display| ImageError::Unreachable {
            place: endpoint.host.clone(),
            problem: format!("no connection can be made: {error}"),
        };
        let runtime =
            Builder::new_current_thread().enable_all().build().map_err(|error| wrong(&error))?;
        let client = |config: &ClientConfig| {
            let mut builder = reqwest::Client::builder()
                .tls_backend_preconfigured(config.clone())
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(patience.connect)
                .user_agent(concat!("pasu/", env!("CARGO_PKG_VERSION")));
            if endpoint.is_loopback() {
                // A proxy would look on its own machine.
                builder = builder.no_proxy();
            }
            builder.build().map_err(|error| wrong(&error))
        };
        Ok(Self { home: client(&tls.home)?, elsewhere: client(&tls.elsewhere)?, runtime })
    }

    pub(super) fn http(&self, at_home: bool) -> &reqwest::Client {
        if at_home { &self.home } else { &self.elsewhere }
    }
}
