//! The background watch: hears what the portal and the issuer know of the certificate while nobody asks, and tells the
//! window where that is something new.

use crate::composition::Desktop;
use crate::error::{DesktopError, whole_chain};
use std::time::Duration;
use tauri::{AppHandle, Emitter, Manager};

/// The event that tells the window to read the guide again.
const CHANGED: &str = "guide-changed";

/// How soon after the start the first watch is: the window itself has just read the state then.
const FIRST: Duration = Duration::from_secs(60);

/// How soon the watch is tried again where there is no guide to watch with.
const WITHOUT_GUIDE: Duration = Duration::from_secs(300);

/// Watches for as long as the program runs: when the guide says that it is due, or `every` so often.
pub fn begin(app: &AppHandle, every: Option<Duration>) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let mut wait = every.unwrap_or(FIRST);
        loop {
            tokio::time::sleep(wait).await;
            let next = watch(&app).await.unwrap_or_else(|error| {
                tracing::warn!("nothing is watched: {}", whole_chain(&error));
                WITHOUT_GUIDE
            });
            wait = every.unwrap_or(next);
        }
    });
}

async fn watch(app: &AppHandle) -> Result<Duration, DesktopError> {
    let composed = app.state::<Desktop>().at_hand().await?;
    let watched = composed.guide().watch().await?;
    for failure in &watched.failures {
        tracing::warn!("the watch did not hear everything: {}", whole_chain(failure));
    }
    if watched.changed {
        tracing::info!("the watch has found the certificate in another state");
        // A window that does not listen reads the guide when it is opened again.
        let _ = app.emit_to(crate::WINDOW, CHANGED, ());
    }
    // A negative time is one that is over.
    Ok(watched.next.to_std().unwrap_or_default())
}
