//! Reads of the state of one block.

use std::str::FromStr;

use clap::Args;
use hetu::Hetutensor;
use hetu::chain::ChainError;
use hetu::chain::model::Block;
use hetu::chain::primitives::BlockHash;
use hetu::chain::rpc::{BlockRef, RpcError};

use crate::context::Context;
use crate::error::CliError;

#[derive(Args, Debug)]
pub(crate) struct ReadArguments {
    /// The block to read, by number or hash; the newest by default.
    #[arg(long, value_name = "BLOCK")]
    at: Option<BlockChoice>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct BlockChoice(BlockRef);

/// Error of a text that names no block.
#[derive(Debug, thiserror::Error)]
#[error("not a block: expected a number such as 1200, or a hash of 64 hexadecimal digits")]
struct InvalidBlockChoice;

impl FromStr for BlockChoice {
    type Err = InvalidBlockChoice;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(number) = text.parse() {
            return Ok(Self(BlockRef::Number(number)));
        }
        let hash: BlockHash = text.parse().map_err(|_| InvalidBlockChoice)?;
        Ok(Self(BlockRef::Hash(hash)))
    }
}

impl Context {
    /// Returns a connection pinned to one block, and that block.
    pub(crate) async fn reader(
        &self,
        arguments: &ReadArguments,
    ) -> Result<(Hetutensor, Block), CliError> {
        let hetu = self.connect().await?;
        let choice = arguments.at.map_or(BlockRef::Latest, |BlockChoice(block)| block);
        let block = match hetu.at(choice).block().await {
            Err(ChainError::Rpc(RpcError::UnknownBlock { .. })) if arguments.at.is_some() => {
                return Err(CliError::Nothing { what: "such block on the node".to_owned() });
            }
            block => block?,
        };
        Ok((hetu.at(BlockRef::Hash(block.id.hash)), block))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_named_by_number_or_hash() {
        assert_eq!("12".parse::<BlockChoice>().unwrap(), BlockChoice(BlockRef::Number(12)));
        let hash = format!("0x{}", "ab".repeat(32));
        let choice = BlockChoice(BlockRef::Hash(hash.parse().unwrap()));
        assert_eq!(hash.parse::<BlockChoice>().unwrap(), choice);
        for text in ["latest", "-1", "0x12", ""] {
            assert!(text.parse::<BlockChoice>().is_err(), "{text:?}");
        }
    }
}
