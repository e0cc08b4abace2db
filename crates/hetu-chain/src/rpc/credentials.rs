//! Credentials in the URLs of nodes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use percent_encoding::percent_decode_str;
use url::Url;

use crate::network::RpcUrl;

/// Returns the URL to connect to, without credentials and fragment, and the value of the header
/// `authorization` if the URL has credentials.
///
/// Both parts are percent-decoded (RFC 3986, section 3.2.1). A user name without a password counts
/// as one with an empty password, because providers expect their keys in this form.
pub(super) fn without_credentials(url: &RpcUrl) -> (String, Option<HeaderValue>) {
    let Ok(mut parsed) = Url::parse(url.expose()) else {
        return (url.expose().to_owned(), None);
    };
    let authorization = basic(parsed.username(), parsed.password());
    // Both fail only for URLs without a host, which have no credentials either.
    let _ = parsed.set_username("");
    let _ = parsed.set_password(None);
    parsed.set_fragment(None);
    (parsed.into(), authorization)
}

/// Returns the header value of RFC 7617, or `None` without credentials.
fn basic(user: &str, password: Option<&str>) -> Option<HeaderValue> {
    if user.is_empty() && password.is_none() {
        return None;
    }
    let mut pair: Vec<u8> = percent_decode_str(user).collect();
    pair.push(b':');
    pair.extend(percent_decode_str(password.unwrap_or_default()));
    let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_decoded_and_left_out_of_address() {
        for (credentials, pair) in [
            ("a%40b:c@", Some("a@b:c")),
            ("key@", Some("key:")),
            ("key:@", Some("key:")),
            (":secret@", Some(":secret")),
            ("user:p%3Aa%2Fs%25@", Some("user:p:a/s%")),
            ("%C3%A4:b@", Some("ä:b")),
            ("", None),
        ] {
            let url = format!("http://{credentials}127.0.0.1:8545/path?query=1#part");
            let (address, value) = without_credentials(&url.parse().unwrap());
            assert_eq!(address, "http://127.0.0.1:8545/path?query=1", "{credentials}");
            let expected = pair.map(|pair| format!("Basic {}", STANDARD.encode(pair)));
            let value = value.map(|value| value.to_str().unwrap().to_owned());
            assert_eq!(value, expected, "{credentials}");
        }
    }
}
