//! Storage of the secrets between a commitment and its reveal.

use std::path::PathBuf;
use std::{fs, io};

use hetu::chain::durable_file;
use hetu::chain::model::{SecretWeights, Weight};
use hetu::chain::primitives::Bytes32;
use hetu::chain::text::ForeignError;
use hetu::{Address, Hetutensor, NetUid};
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::error::CliError;
use crate::input::text_of;

/// Maximum length of a file, far more than 65,535 weights need.
const LONGEST: u64 = 16 << 20;
const FOLDER: &str = "commitments";

/// The commitments of one validator in one subnet. Each secret has its own file, named by the
/// committed hash, so a new one never overwrites an old one.
#[derive(Debug)]
pub(super) struct Secrets {
    folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretFile {
    weights: Vec<Weight>,
    version_key: u64,
    salt: Bytes32,
}

impl Secrets {
    pub(super) fn of(
        context: &Context,
        hetu: &Hetutensor,
        netuid: NetUid,
        validator: Address,
    ) -> Self {
        let network = hetu.network();
        let (contract, validator) =
            (network.contracts.weights.to_lower_hex(), validator.to_lower_hex());
        let name = format!("{}-{contract}-{netuid}-{validator}", network.chain_id);
        Self { folder: context.home().join(FOLDER).join(name) }
    }

    /// Stores the secret durably, readable only by the user.
    pub(super) fn keep(&self, hash: Bytes32, secret: &SecretWeights) -> Result<(), CliError> {
        let SecretWeights { weights, version_key, salt } = secret.clone();
        let file = SecretFile { weights, version_key, salt };
        let text = serde_json::to_string(&file).map_err(io::Error::from)?;
        let path = self.path_of(hash);
        let failed = |source| CliError::File { path: path.clone(), source };
        durable_file::create_private_folder(&self.folder).map_err(failed)?;
        durable_file::replace(&path, text.as_bytes()).map_err(failed)
    }

    /// Returns the secret of the commitment `hash`.
    pub(super) fn read(&self, hash: Bytes32) -> Result<SecretWeights, CliError> {
        let path = self.path_of(hash);
        let text = match text_of(&path, LONGEST) {
            Err(CliError::File { path, source }) if source.kind() == io::ErrorKind::NotFound => {
                return Err(CliError::NoSecret { path });
            }
            text => text?,
        };
        let file: SecretFile = serde_json::from_str(&text)
            .map_err(|error| CliError::Malformed { path, reason: ForeignError::new(error) })?;
        let SecretFile { weights, version_key, salt } = file;
        Ok(SecretWeights { weights, version_key, salt })
    }

    /// Removes all other secrets, because a validator has one commitment at a time. A revealed
    /// secret is kept until then, in case a reorganisation undoes the reveal.
    pub(super) fn forget_others(&self, hash: Bytes32) -> io::Result<()> {
        let kept = self.path_of(hash);
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path != kept {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    fn path_of(&self, hash: Bytes32) -> PathBuf {
        self.folder.join(format!("{hash}.json"))
    }
}
