mod fixture;
mod login;
mod pull;
mod robust;
mod server;
