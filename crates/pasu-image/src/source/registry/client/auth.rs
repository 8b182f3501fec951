//! Logs in as a registry asks for: with a token of its token service, or with the password itself (Docker's "Token
//! Authentication Specification" and "Token Authentication with OAuth 2").

use super::super::credentials::Login;
use super::super::endpoint::Endpoint;
use super::failure::{self, Failure, denied};
use super::{Ask, Client, Lane, Sent};
use crate::error::ImageError;
use crate::source::Secret;
use http_auth::parser::ChallengeParser;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Response, StatusCode, Url};
use serde::Deserialize;
use std::sync::PoisonError;

/// The largest answer of a token service that is read, in bytes.
const MAX_TOKEN: u64 = 1 << 20;
/// The longest challenge that is read, in bytes.
const MAX_CHALLENGE: usize = 8 << 10;

/// How a registry wants us to log in.
#[derive(Debug, PartialEq, Eq)]
enum Challenge {
    /// By a token from the service at `realm`.
    Bearer { realm: String, service: Option<String>, scope: Option<String> },
    /// By the password.
    Basic,
}

/// What a token service gives.
#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    access_token: Option<String>,
}

impl Client {
    /// Logs in as the answer asks for.
    pub(super) async fn log_in(
        &self,
        lane: &Lane,
        refusal: Response,
        ask: Ask<'_>,
    ) -> Result<(), Failure> {
        let challenge = challenge(refusal.headers());
        let secure = refusal.url().scheme() == "https";
        // Read, so that the connection can be used again.
        drop(self.body(refusal, super::MAX_ERROR, "error").await);
        let value = match (challenge, &self.endpoint.login.login) {
            (_, Login::Bearer(_)) => return Err(denied(&self.endpoint, "").into()),
            (Some(Challenge::Bearer { realm, service, scope }), _) => {
                let realm = self.realm(&realm, secure)?;
                let scope = scope
                    .unwrap_or_else(|| format!("repository:{}:pull", self.endpoint.repository));
                let token = self.token(lane, realm, service.as_deref(), &scope, ask).await?;
                Secret::new(format!("Bearer {}", token.expose()))
            }
            (Some(Challenge::Basic), Login::Password { username, password }) => {
                basic(username, password)
            }
            (Some(Challenge::Basic), Login::Nobody) | (None, _) => {
                return Err(denied(&self.endpoint, "").into());
            }
            (Some(Challenge::Basic), Login::Identity(_)) => {
                let said = "; it takes passwords only";
                return Err(denied(&self.endpoint, said).into());
            }
        };
        let value = header(&self.endpoint, &value)?;
        *self.authorization.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
        Ok(())
    }

    /// The address of the token service. A registry with TLS may not have us send the password without.
    fn realm(&self, realm: &str, secure: bool) -> Result<Url, ImageError> {
        let place = self.endpoint.host.clone();
        let url = Url::parse(realm).map_err(|error| {
            ImageError::malformed(&place, format!("the address of its token service: {error}"))
        })?;
        let allowed = match url.scheme() {
            "https" => true,
            "http" => !secure || self.endpoint.insecure,
            _ => false,
        };
        if allowed {
            return Ok(url);
        }
        let problem = "its token service is not on TLS; no login is sent there".to_owned();
        Err(ImageError::Denied { place, problem })
    }

    async fn token(
        &self,
        lane: &Lane,
        mut realm: Url,
        service: Option<&str>,
        scope: &str,
        ask: Ask<'_>,
    ) -> Result<Secret, Failure> {
        let service = service.map(|service| ("service", service));
        let asked = service.into_iter().chain([("scope", scope)]);
        let http = lane.http(self.is_home(&realm));
        let request = match &self.endpoint.login.login {
            Login::Identity(token) => {
                let grant = [
                    ("grant_type", "refresh_token"),
                    ("client_id", "pasu"),
                    ("refresh_token", token.expose()),
                ];
                http.post(realm)
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(form(asked.chain(grant)))
            }
            login => {
                realm.query_pairs_mut().extend_pairs(asked);
                let request = http.get(realm);
                match login {
                    Login::Password { username, password } => {
                        request.basic_auth(username, Some(password.expose()))
                    }
                    _ => request,
                }
            }
        };
        let request = request.header(ACCEPT, "application/json");
        let response = self.sent(request).await.map_err(|error| self.token_failed(error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = self.body(response, MAX_TOKEN, "token").await?;
        if status == StatusCode::OK {
            return Ok(self.read_token(&body)?);
        }
        let refused = [StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
        if refused.contains(&status) {
            return Err(failure::status(
                &self.endpoint,
                ask.request,
                StatusCode::UNAUTHORIZED,
                &headers,
                &body,
            ));
        }
        let request = failure::Request { what: "token", ..ask.request };
        match failure::status(&self.endpoint, request, status, &headers, &body) {
            // It is not the image that is missing.
            Failure::Final(_) => {
                let problem = format!("its token service answers {status}");
                Err(ImageError::malformed(&self.endpoint.host, problem).into())
            }
            again => Err(again),
        }
    }

    fn token_failed(&self, error: Sent) -> Failure {
        let said = |error: ImageError| match error {
            ImageError::Unreachable { place, problem } => {
                ImageError::Unreachable { place, problem: format!("its token service: {problem}") }
            }
            other => other,
        };
        match self.failed(error) {
            Failure::Final(error) => Failure::Final(said(error)),
            Failure::Again(error, pause) => Failure::Again(said(error), pause),
        }
    }

    fn read_token(&self, body: &[u8]) -> Result<Secret, ImageError> {
        // No word of what is wrong: the parser would show the token.
        let token: Option<Token> = serde_json::from_slice(body).ok();
        let token = token.and_then(|token| token.token.or(token.access_token));
        // What cannot stand in a header is no token.
        let is_plain =
            |token: &String| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        token.filter(is_plain).map(Secret::new).ok_or_else(|| {
            ImageError::malformed(&self.endpoint.host, "its token service gives no token")
        })
    }
}

/// The value of `Authorization`, which no log shows.
pub(super) fn header(endpoint: &Endpoint, value: &Secret) -> Result<HeaderValue, ImageError> {
    let mut header = HeaderValue::from_str(value.expose()).map_err(|_| ImageError::Denied {
        place: endpoint.host.clone(),
        problem: format!(
            "the token from {} has characters that no header may have; hint: is there a line break?",
            endpoint.login.from
        ),
    })?;
    header.set_sensitive(true);
    Ok(header)
}

fn basic(username: &str, password: &Secret) -> Secret {
    use base64::Engine as _;
    let text = format!("{username}:{}", password.expose());
    Secret::new(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text)))
}

fn form<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    // The encoding of forms is that of queries.
    let Ok(mut url) = Url::parse("form:") else { return String::new() };
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().to_owned()
}

/// The challenge that we can answer; tokens before passwords.
fn challenge(headers: &HeaderMap) -> Option<Challenge> {
    let texts = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    let texts = texts.filter(|text| text.len() <= MAX_CHALLENGE);
    let mut found = None;
    for challenge in texts.flat_map(|text| ChallengeParser::new(text).map_while(Result::ok)) {
        let parameter = |name: &str| {
            let mut all = challenge.params.iter();
            all.find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.to_unescaped())
        };
        if challenge.scheme.eq_ignore_ascii_case("bearer") {
            if let Some(realm) = parameter("realm") {
                let (service, scope) = (parameter("service"), parameter("scope"));
                return Some(Challenge::Bearer { realm, service, scope });
            }
        } else if challenge.scheme.eq_ignore_ascii_case("basic") {
            found = Some(Challenge::Basic);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Challenge, challenge, form};
    use reqwest::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};

    #[test]
    fn a_token_is_preferred_to_a_password() {
        let bearer =
            r#"Bearer realm="https://a/token",service="registry",scope="repository:b/c:pull""#;
        let expected = || Challenge::Bearer {
            realm: "https://a/token".into(),
            service: Some("registry".into()),
            scope: Some("repository:b/c:pull".into()),
        };
        for (texts, wanted) in [
            (vec![bearer], Some(expected())),
            (vec![r#"Basic realm="a""#, bearer], Some(expected())),
            (vec![r#"basic realm="a""#], Some(Challenge::Basic)),
            (vec!["Negotiate"], None),
            (vec!["Bearer service=a"], None),
            (vec![",,="], None),
        ] {
            let mut headers = HeaderMap::new();
            for text in &texts {
                headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(text));
            }
            assert_eq!(challenge(&headers), wanted, "{texts:?}");
        }
    }

    #[test]
    fn a_form_is_encoded() {
        assert_eq!(form([("a", "b&c=d"), ("e", "f g")].into_iter()), "a=b%26c%3Dd&e=f+g");
    }
}
