//! The URIs of one miner's services.

use std::collections::HashMap;

use hetu_cambium::{SigningError, is_service_name};
use http::Uri;
use parking_lot::RwLock;

/// Maximum number of kept URIs, because names may be untrusted input.
const MOST: usize = 256;

/// The URIs of the services at one endpoint. Each is built once.
#[derive(Debug)]
pub(crate) struct ServiceUris {
    endpoint: Uri,
    known: RwLock<HashMap<Box<str>, Uri>>,
}

impl ServiceUris {
    pub(super) fn at(endpoint: Uri) -> Self {
        Self { endpoint, known: RwLock::default() }
    }

    pub(crate) fn of(&self, service: &str) -> Result<Uri, SigningError> {
        let known = self.known.read().get(service).cloned();
        match known {
            Some(known) => Ok(known),
            None => self.make(service),
        }
    }

    fn make(&self, service: &str) -> Result<Uri, SigningError> {
        if !is_service_name(service) {
            return Err(SigningError::ServiceName);
        }
        let endpoint = self.endpoint.to_string();
        let uri = format!("{}/{service}", endpoint.trim_end_matches('/'));
        let uri: Uri = uri.parse().map_err(|_| SigningError::NotAbsolute)?;
        let mut known = self.known.write();
        if known.len() < MOST {
            known.insert(service.into(), uri.clone());
        }
        Ok(uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_has_its_uri_and_not_all_are_kept() {
        let uris = ServiceUris::at(Uri::from_static("http://10.0.0.1:80"));
        for _ in 0..2 {
            assert_eq!(uris.of("MathSum").unwrap(), "http://10.0.0.1:80/MathSum");
        }
        for number in 0..2 * MOST {
            let expected = format!("http://10.0.0.1:80/service-{number}");
            assert_eq!(uris.of(&format!("service-{number}")).unwrap(), expected.as_str());
        }
        assert_eq!(uris.known.read().len(), MOST);
        assert_eq!(uris.of("../ping"), Err(SigningError::ServiceName));
    }
}
