//! The signals by which the operating system stops a process.

use crate::error::XylemError;

/// Waits for an interrupt or a termination signal.
#[cfg(unix)]
pub(super) async fn stop_signal() -> Result<(), XylemError> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).map_err(XylemError::Signal)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(XylemError::Signal)?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// Waits for an interrupt signal.
#[cfg(not(unix))]
pub(super) async fn stop_signal() -> Result<(), XylemError> {
    tokio::signal::ctrl_c().await.map_err(XylemError::Signal)
}
