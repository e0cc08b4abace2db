//! Log entries in the JSON of nodes.

use crate::model::Log;
use crate::rpc::RawLog;

/// Returns the log entry, or `None` if a topic does not have 32 bytes.
pub(crate) fn log_of(raw: RawLog) -> Option<Log> {
    let topics = raw.topics.into_iter().map(|topic| topic.0.try_into().ok());
    Some(Log { contract: raw.address, topics: topics.collect::<Option<_>>()?, data: raw.data.0 })
}
