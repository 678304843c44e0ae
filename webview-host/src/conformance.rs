//! What every backend must do, as checks to run on it.
//!
//! A test makes a [`Stage`], which lends the backend and brings its events, and asserts that
//! [`check`] finds nothing:
//!
//! ```
//! # use webview_host::conformance::{Stage, check};
//! fn assert_conforms(stage: &mut dyn Stage) {
//!     let violations = check(stage);
//!     assert!(violations.is_empty(), "{violations:#?}");
//! }
//! ```
//!
//! All of it goes through [`Backend`] and [`BackendEvent`], so it needs real pages: on a fake, the
//! stage runs the preload and the scripts in a script engine.

mod actor;
mod pages;
mod windows;

use ipc_protocol::{WindowId, WindowSpec};

use self::actor::{Actor, Outcome};
use crate::{Backend, BackendEvent};

/// A backend under test, and the world around it.
pub trait Stage {
    /// Lends the backend, once, to `call`.
    fn with_backend(&mut self, call: &mut dyn FnMut(&mut dyn Backend));

    /// Lets windows and pages go on until there is an event, and takes it. `None` when there has
    /// been none for so long that none will come.
    fn next_event(&mut self) -> Option<BackendEvent>;

    /// Does what the user does to close the window.
    fn close_as_user(&mut self, id: &WindowId);

    /// Options that the next window cannot be opened with.
    fn unopenable(&mut self) -> WindowSpec;
}

/// Something that a backend does not do as it must.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {problem}")]
pub struct Violation {
    /// The rule, as a name.
    pub rule: &'static str,
    /// What happened instead.
    pub problem: String,
}

/// A rule's name and its check.
type Rule = (&'static str, fn(&mut Actor<'_>) -> Outcome);

/// Checks a backend by all rules, one after another, each with windows of its own. Returns the
/// rules that it breaks.
pub fn check(stage: &mut dyn Stage) -> Vec<Violation> {
    let rules = windows::RULES.iter().chain(pages::RULES);
    let violations = rules.filter_map(|&(rule, check)| {
        let mut actor = Actor::new(stage);
        let outcome = check(&mut actor);
        actor.leave();
        let problem = outcome.err()?;
        Some(Violation { rule, problem })
    });
    violations.collect()
}
