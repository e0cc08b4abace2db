//! Startup with and without a usable Redis.

use hetu_chain::{Retryability, Retryable};
use hetu_xylem::{RedisError, RedisOptions, SessionSecret, XylemError};

use super::options;
use super::redis_server::RedisServer;
use crate::support::{builder, clock, miner};

async fn refusal(options: RedisOptions) -> RedisError {
    match builder(&clock()).redis(options).start().await {
        Err(XylemError::Redis(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_redis_that_forgets_when_memory_runs_short_is_refused() {
    let arguments = ["--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"];
    let redis = RedisServer::with(&arguments).await;
    let error = refusal(options(&redis)).await;
    assert!(matches!(&error, RedisError::Evicts { policy, .. } if policy == "allkeys-lru"));
    assert_eq!(error.retryability(), Retryability::Final);

    let arguments = ["--maxmemory", "64mb", "--maxmemory-policy", "noeviction"];
    let redis = RedisServer::with(&arguments).await;
    assert!(builder(&clock()).redis(options(&redis)).start().await.is_ok());
}

#[tokio::test]
async fn a_redis_that_is_not_there_or_lets_nobody_in_is_told_without_the_password() {
    let mut redis = RedisServer::with(&["--requirepass", "right-horse"]).await;
    let address = format!("redis://:wrong-horse@127.0.0.1:{}", redis.port());
    let secret = SessionSecret::of_wallet(&miner());
    let options = RedisOptions::new(&address, secret).unwrap();
    for _ in 0..2 {
        let error = refusal(options.clone()).await;
        assert!(matches!(error, RedisError::Unavailable { .. }), "{error:?}");
        assert_eq!(error.retryability(), Retryability::Retryable);
        let shown = format!("{error} {error:?} {options:?}");
        assert!(shown.contains(&format!("127.0.0.1:{}", redis.port())), "{shown}");
        assert!(!shown.contains("horse"), "{shown}");
        redis.kill();
    }
}

#[tokio::test]
async fn the_rights_of_the_guide_are_enough() {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guides/replicas.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let user = guide.lines().find_map(|line| line.strip_prefix("user miner on >")).unwrap();
    let (_password, rights) = user.split_once(' ').unwrap();
    assert!(rights.starts_with("~hetu:* -@all"), "{rights}");
    let mut arguments = vec!["--user", "miner", "on", ">right-horse"];
    arguments.extend(rights.split(' '));
    let redis = RedisServer::with(&arguments).await;
    let address = format!("redis://miner:right-horse@127.0.0.1:{}/0", redis.port());
    let options = RedisOptions::new(&address, SessionSecret::new([1; 32])).unwrap();
    let shared = super::stores::shared(&options).await;
    super::stores::use_everything(&shared).await;
}
