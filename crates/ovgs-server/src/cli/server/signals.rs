//! What the system tells a server.

use std::io;

use futures_util::{Stream, stream};

/// Resolves at SIGINT or SIGTERM, which from now on do not end the process by themselves.
#[cfg(unix)]
pub(in crate::cli) fn stop_signal() -> io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Resolves at Ctrl-C.
#[cfg(not(unix))]
pub(in crate::cli) fn stop_signal() -> io::Result<impl Future<Output = ()> + Send> {
    Ok(async {
        // If it cannot be awaited, the process is ended from outside.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

/// An item for each SIGHUP, which from now on does not end the process. Several that come at once may be one.
#[cfg(unix)]
pub(in crate::cli) fn hangups() -> io::Result<impl Stream<Item = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};

    let hangup = signal(SignalKind::hangup())?;
    Ok(stream::unfold(hangup, async |mut hangup| Some((hangup.recv().await?, hangup))))
}

/// There is no such signal.
#[cfg(not(unix))]
pub(in crate::cli) fn hangups() -> io::Result<impl Stream<Item = ()> + Send> {
    Ok(stream::pending())
}
