//! `onit serve` and `onit work`: run until the machine says stop, then end every round in order.

use super::{Common, tell};
use crate::error::Result;
use crate::terminal::wait_for_stop;
use crate::web;
use crate::worker::Workers;

/// What `serve` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Pages only; another process runs `onit work`.
    #[arg(long)]
    no_workers: bool,
}

/// Pages and workers.
pub(super) fn serve(common: &Common, options: &Options) -> Result<bool> {
    let app = common.app()?;
    let listen = app.world.now().settings.server.listen.clone();
    let running = web::serve(app.clone(), &listen)?;
    let workers = if options.no_workers { None } else { Some(Workers::start(&app)?) };
    tell(&format!("OnIt serves http://{}", running.addr));
    wait_for_stop()?;
    running.stop();
    if let Some(workers) = workers {
        workers.stop();
    }
    Ok(true)
}

/// Workers alone.
pub(super) fn work(common: &Common) -> Result<bool> {
    let app = common.app()?;
    let workers = Workers::start(&app)?;
    tell("OnIt works");
    wait_for_stop()?;
    workers.stop();
    Ok(true)
}
