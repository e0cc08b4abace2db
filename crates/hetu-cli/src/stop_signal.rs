//! The signal of the user or the system that ends a long-running command.

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
    /// Installs the signal handlers. From now on, a signal does not end the process without
    /// cleanup.
    #[cfg(unix)]
    pub(crate) fn listen() -> Result<Self, CliError> {
        use signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Prepares the signal handlers. From the first [`wait`](Self::wait) on, a signal does not end
    /// the process without cleanup.
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
