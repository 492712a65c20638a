//! The program that already runs: asked to bring its window to the front.
//!
//! The single-instance plugin asks too, but only once the window library is up; and where nobody answers, the library
//! would have to be taken down again just to say so, which does not always end well. So who is held back by the lock
//! asks here, before anything of it is started. The name and the method are the plugin's.

/// Asks the program that runs to show its window; whether it did.
#[cfg(target_os = "linux")]
pub fn show_its_window(identifier: &str) -> bool {
    linux::show_its_window(identifier).is_ok()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::time::Duration;
    use zbus::blocking::connection::Builder;

    /// How long the other program may take: it may be busy drawing.
    const PATIENCE: Duration = Duration::from_secs(10);

    pub fn show_its_window(identifier: &str) -> Result<(), zbus::Error> {
        let name = format!("{identifier}.SingleInstance");
        let path = format!("/{}", name.replace('.', "/").replace('-', "_"));
        let bus = Builder::session()?.method_timeout(PATIENCE).build()?;
        // It does nothing with our arguments and our folder, so it is not told them.
        let (arguments, folder): (&[&str], &str) = (&[], "");
        bus.call_method(
            Some(name.as_str()),
            path.as_str(),
            Some("org.SingleInstance.DBus"),
            "ExecuteCallback",
            &(arguments, folder),
        )?;
        Ok(())
    }
}
