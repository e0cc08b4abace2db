//! One of the files of a validator in a subnet, for one process at a time.

use std::fs::File;
use std::io;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::Arc;

use hetu_chain::durable_file;
use hetu_chain::text::{ForeignError, decode_text};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use crate::subnet_folder::{FolderError, FolderOrigin, SubnetFolder};

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileEnvelope<Content> {
    version: u32,
    origin: FolderOrigin,
    content: Content,
}

/// A file that holds a `Content`, as JSON.
#[derive(Debug)]
pub(crate) struct SubnetFile<Content> {
    location: Arc<FileLocation>,
    content: PhantomData<fn() -> Content>,
}

#[derive(Debug)]
struct FileLocation {
    path: PathBuf,
    origin: FolderOrigin,
    /// A lock that is held during a write.
    turn: Arc<Mutex<()>>,
    _lock: File,
}

impl<Content> SubnetFile<Content>
where
    Content: Serialize + DeserializeOwned + Send + 'static,
{
    /// Opens the file `name`, and reads its content if it exists, of no more than `limit` bytes.
    pub(crate) fn open(
        folder: &SubnetFolder,
        name: &str,
        limit: u64,
    ) -> Result<(Self, Option<Content>), FolderError> {
        let lock = folder.lock(&format!("{name}.lock"))?;
        let (path, origin) = (folder.file(&format!("{name}.json")), folder.origin);
        let bytes = durable_file::read(&path, limit).map_err(FolderError::of(&path))?;
        let location = FileLocation { path, origin, turn: Arc::default(), _lock: lock };
        let content = bytes.map(|bytes| location.decode(&bytes)).transpose()?;
        Ok((Self { location: Arc::new(location), content: PhantomData }, content))
    }

    /// Writes `content` atomically. It is on disk when this returns.
    ///
    /// Cancel safety: a write that has begun completes before any later one.
    pub(crate) async fn save(&self, content: Content) -> Result<(), FolderError> {
        let turn = Arc::clone(&self.location.turn).lock_owned().await;
        let location = Arc::clone(&self.location);
        let writing = spawn_blocking(move || {
            let written = location.write(&content);
            drop(turn);
            written
        });
        let stopped = |error| FolderError::of(&self.location.path)(io::Error::other(error));
        writing.await.map_err(stopped)?
    }
}

impl FileLocation {
    fn decode<Content: DeserializeOwned>(&self, bytes: &[u8]) -> Result<Content, FolderError> {
        let damaged =
            |reason: ForeignError| FolderError::Damaged { path: self.path.clone(), reason };
        let text = decode_text(bytes).map_err(|error| damaged(ForeignError::new(error)))?;
        let envelope: FileEnvelope<Content> =
            serde_json::from_str(text).map_err(|error| damaged(ForeignError::new(error)))?;
        if envelope.version != VERSION {
            return Err(damaged(format!("version {}", envelope.version).into()));
        }
        if envelope.origin != self.origin {
            return Err(damaged("it is of another network, subnet or validator".into()));
        }
        Ok(envelope.content)
    }

    fn write<Content: Serialize>(&self, content: &Content) -> Result<(), FolderError> {
        let envelope = FileEnvelope { version: VERSION, origin: self.origin, content };
        let bytes = serde_json::to_vec(&envelope).map_err(io::Error::from);
        bytes
            .and_then(|bytes| durable_file::replace(&self.path, &bytes))
            .map_err(FolderError::of(&self.path))
    }
}
