mod fixture;
mod login;
mod mirror;
mod pull;
mod robust;
mod secure;
mod server;
