//! axe-core, which finds what in a page keeps people out who do not see, hear or move as others do. It runs in the
//! real window. It finds part of that only: the rest is for people, and for `accessible.rs`.

use crate::TESTS;
use crate::window_driver::{Window, WindowError};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// The rules that are held: WCAG 2.1 at the levels A and AA, and what is good practice beside them.
const EXAMINE: &str = "const done = arguments[0]; \
    const runOnly = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']; \
    const said = (node) => [...node.any, ...node.all, ...node.none].map(({ message }) => message).join('; '); \
    axe.run(document, { runOnly, resultTypes: ['violations'] }).then( \
      ({ violations }) => done(violations.flatMap(({ id, nodes }) => \
        nodes.map((node) => id + ': ' + node.html.slice(0, 200) + ' ' + said(node)))), \
      (error) => done(['axe-core failed: ' + error]));";

/// Examines what the window shows: each fault with its rule, its element, and why.
///
/// # Errors
/// [`WindowError::Driver`]; [`WindowError::Computer`] where axe-core is not installed (`npm ci` in `ui`).
pub async fn faults(window: &Window) -> Result<Vec<String>, WindowError> {
    if window.execute("return typeof axe").await? == "undefined" {
        let source = fs::read_to_string(Path::new(TESTS).join("../ui/node_modules/axe-core/axe.min.js"))?;
        window.execute(&source).await?;
    }
    let found = window.execute_async(EXAMINE).await?;
    let Value::Array(found) = found else { return Ok(vec![format!("axe-core said {found}")]) };
    Ok(found.iter().map(|fault| fault.as_str().unwrap_or_default().to_owned()).collect())
}
