//! Docker and Podman engines, by the API that both speak (Docker Engine API).

mod address;
mod connect;
mod context;
mod error;

pub use connect::Engine;
