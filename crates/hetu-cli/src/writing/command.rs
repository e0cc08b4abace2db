//! Execution of a command that changes the chain.

use clap::Args;

use super::arguments::WriteArguments;
use super::writer::Writer;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;

/// The arguments of a change of the chain, with those of sending it.
#[derive(Args, Debug)]
pub(crate) struct WriteCommand<T: Args> {
    #[command(flatten)]
    pub(crate) change: T,
    #[command(flatten)]
    write: WriteArguments,
}

impl<T: Args> WriteCommand<T> {
    /// Opens a [`Writer`] and makes the change with it.
    pub(crate) async fn run(
        self,
        context: &Context,
        output: &Output,
        change: impl AsyncFnOnce(T, &Writer<'_>) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        let Self { change: arguments, write } = self;
        run(&write, context, output, async |writer| change(arguments, writer).await).await
    }
}

/// Opens a [`Writer`] and makes `change` with it.
pub(crate) async fn run(
    arguments: &WriteArguments,
    context: &Context,
    output: &Output,
    change: impl AsyncFnOnce(&Writer<'_>) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let writer = Writer::open(arguments, context, output).await?;
    change(&writer).await
}
