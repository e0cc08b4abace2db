//! The wish of the user or the system that a command ends which does not end by itself.

use tokio::signal;

use crate::error::CliError;

#[derive(Debug)]
pub(crate) struct StopSignal {
    #[cfg(unix)]
    interrupt: signal::unix::Signal,
    #[cfg(unix)]
    terminate: signal::unix::Signal,
}

impl StopSignal {
    /// From now on the process ends only when it has seen to what it leaves behind.
    #[cfg(unix)]
    pub(crate) fn listen() -> Result<Self, CliError> {
        use signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// From the first [`wait`](Self::wait) on the process ends only when it has seen to what it
    /// leaves behind.
    #[cfg(not(unix))]
    pub(crate) fn listen() -> Result<Self, CliError> {
        Ok(Self {})
    }

    #[cfg(unix)]
    pub(crate) async fn wait(&mut self) -> Result<(), CliError> {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        Ok(())
    }

    #[cfg(not(unix))]
    pub(crate) async fn wait(&mut self) -> Result<(), CliError> {
        Ok(signal::ctrl_c().await?)
    }
}
