//! TLS as registries are reached with it: rustls with ring, the machine's authorities, and those that were named.

use super::endpoint::{Endpoint, Trust};
use crate::error::ImageError;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// The largest file of certificates or keys that is read, in bytes.
const MAX_FILE: u64 = 16 << 20;

/// TLS for an endpoint, with our certificate where it is that endpoint which is asked and not where it leads to.
pub(super) fn config(endpoint: &Endpoint, with_client: bool) -> Result<ClientConfig, ImageError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| ImageError::malformed(&endpoint.host, error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier(endpoint, provider)?);
    match endpoint.trust.client.as_ref().filter(|_| with_client) {
        None => Ok(builder.with_no_client_auth()),
        Some((certificate, key)) => {
            let wrong = |error| ImageError::malformed(key.display().to_string(), error);
            let secret = PrivateKeyDer::from_pem_slice(&read(key)?);
            // The error says nothing of the key.
            let secret = secret.map_err(|_| {
                ImageError::malformed(key.display().to_string(), "no private key in PEM")
            })?;
            builder.with_client_auth_cert(certificates(certificate)?, secret).map_err(wrong)
        }
    }
}

fn verifier(
    endpoint: &Endpoint,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, ImageError> {
    if endpoint.insecure {
        return Ok(Arc::new(Anyone(provider)));
    }
    let named = named(&endpoint.trust)?;
    let mut roots = RootCertStore::empty();
    // What is wrong with single files of the machine shows when a certificate is not trusted.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for certificate in &named {
        roots.add(certificate.clone()).map_err(|error| {
            ImageError::malformed(format!("{}: authorities", endpoint.host), error)
        })?;
    }
    if roots.is_empty() {
        return Ok(Arc::new(Nobody(provider)));
    }
    let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|error| ImageError::malformed(&endpoint.host, error))?;
    Ok(Arc::new(Checked { inner, named }))
}

fn named(trust: &Trust) -> Result<Vec<CertificateDer<'static>>, ImageError> {
    let mut named = Vec::new();
    for path in &trust.authorities {
        named.extend(certificates(path)?);
    }
    Ok(named)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ImageError> {
    let wrong = |problem: String| ImageError::malformed(path.display().to_string(), problem);
    let bytes = read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let found = found.map_err(|error| wrong(error.to_string()))?;
    if found.is_empty() { Err(wrong("no certificate in PEM".into())) } else { Ok(found) }
}

fn read(path: &Path) -> Result<Vec<u8>, ImageError> {
    let file = File::open(path).map_err(ImageError::file(path))?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE).read_to_end(&mut bytes).map_err(ImageError::file(path))?;
    Ok(bytes)
}

/// Checks certificates against authorities.
///
/// A registry's own certificate is also trusted where it was named itself. Such certificates, self-signed and marked as
/// an authority's, are what `openssl req -x509` makes and what people copy to `/etc/docker/certs.d`; WebPKI does not
/// take an authority's certificate from a server, but Docker does.
#[derive(Debug)]
struct Checked {
    inner: Arc<WebPkiServerVerifier>,
    named: Vec<CertificateDer<'static>>,
}

impl Checked {
    /// Whether all that WebPKI has against a certificate is that it is an authority's; its time was looked at before.
    fn is_self(&self, error: &rustls::Error, certificate: &CertificateDer<'_>) -> bool {
        let rustls::Error::InvalidCertificate(CertificateError::Other(other)) = error else {
            return false;
        };
        format!("{:?}", other.0).contains("CaUsedAsEndEntity")
            && self.named.iter().any(|named| named == certificate)
    }
}

impl ServerCertVerifier for Checked {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let checked = self.inner.verify_server_cert(certificate, intermediates, name, ocsp, now);
        match checked {
            Err(error) if self.is_self(&error, certificate) => {
                let parsed = ParsedCertificate::try_from(certificate)?;
                rustls::client::verify_server_name(&parsed, name)?;
                Ok(ServerCertVerified::assertion())
            }
            checked => checked,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Takes any certificate: `--insecure`.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

/// Takes none: this machine trusts no authority.
#[derive(Debug)]
struct Nobody(Arc<CryptoProvider>);

macro_rules! signatures_of_the_provider {
    () => {
        fn verify_tls12_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            let algorithms = &self.0.signature_verification_algorithms;
            rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            let algorithms = &self.0.signature_verification_algorithms;
            rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.0.signature_verification_algorithms.supported_schemes()
        }
    };
}

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    signatures_of_the_provider!();
}

impl ServerCertVerifier for Nobody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Err(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer))
    }

    signatures_of_the_provider!();
}
