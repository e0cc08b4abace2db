//! The choice of the layer below a file.

use std::path::Path;
use std::sync::Arc;

use super::layer::{FileLayer, SystemFiles};

/// The layer that is in charge of `path`: the operating system, unless a test put another one in
/// front of it.
pub(super) fn layer_of(path: &Path) -> Arc<dyn FileLayer> {
    #[cfg(any(test, feature = "fault-injection"))]
    if let Some(faulty) = super::faults::layer_of(path) {
        return faulty;
    }
    #[cfg(not(any(test, feature = "fault-injection")))]
    let _ = path;
    Arc::new(SystemFiles)
}
