//! Refusals of miners.

use hetu_cambium::Problem;
use http::HeaderMap;

/// The maximum length of a problem document. Failures are remembered for each of thousands of
/// miners, and for each target of a broadcast; a longer document counts as its status alone.
const LONGEST: usize = 8 * 1024;

/// Returns the problem in a reply, or `None` if there is none or it is too long to be kept.
pub(crate) fn read(headers: &HeaderMap, content: &[u8]) -> Option<Problem> {
    if content.len() > LONGEST {
        return None;
    }
    Problem::parse(headers, content)
}

#[cfg(test)]
mod tests {
    use hetu_cambium::Reason;

    use super::*;

    #[test]
    fn problem_that_is_too_long_to_be_kept_is_not_read() {
        let read = |length: usize| {
            let problem = Problem::new(Reason::UnknownService, "x".repeat(length)).to_response();
            read(problem.headers(), problem.body())
        };
        assert_eq!(read(100).unwrap().reason(), Some(Reason::UnknownService));
        assert_eq!(read(LONGEST), None);
    }
}
