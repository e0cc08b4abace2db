//! The choice of the file layer.

use std::path::Path;
use std::sync::Arc;

use super::layer::{FileLayer, SystemFiles};

/// Returns the layer for the files at `path`: the operating system, unless a test installed another
/// one.
pub(super) fn layer_of(path: &Path) -> Arc<dyn FileLayer> {
    #[cfg(any(test, feature = "fault-injection"))]
    if let Some(faulty) = super::faults::layer_of(path) {
        return faulty;
    }
    #[cfg(not(any(test, feature = "fault-injection")))]
    let _ = path;
    Arc::new(SystemFiles)
}
