//! Log entries as nodes send them.

use crate::model::Log;
use crate::rpc::RawLog;

/// The log entry, unless a topic does not have the 32 bytes of a topic.
pub(crate) fn log_of(raw: RawLog) -> Option<Log> {
    let topics = raw.topics.into_iter().map(|topic| topic.0.try_into().ok());
    Some(Log { contract: raw.address, topics: topics.collect::<Option<_>>()?, data: raw.data.0 })
}
