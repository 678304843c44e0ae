//! Warns of messages on channels without a listener: a name may be misspelt.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use deno_core::{OpState, op2};
use ipc_protocol::{Channel, Escaped};
use ipc_router::{Listener, Router, Unheard};
use tokio::time::{Instant, timeout_at};

use crate::inbox::Bell;
use crate::ipc::Ipc;

/// How long a message may wait for a listener before that is told.
const PATIENCE: Duration = Duration::from_secs(5);

/// Waits for channels on which nobody listens for too long, and warns of them, for as long as the script
/// lives. It has a timer only while there are such channels.
#[op2]
pub(crate) async fn op_ipc_watch_unheard(state: Rc<RefCell<OpState>>) {
    let router = state.borrow().borrow::<Rc<Ipc>>().router.clone();
    let bell = Arc::<Bell>::default();
    router.on_unheard({
        let bell = bell.clone();
        move || bell.ring()
    });
    // There may be some from before.
    bell.ring();
    let mut suspects = VecDeque::<(Instant, Unheard)>::new();
    loop {
        match suspects.front() {
            Some((deadline, _)) => {
                // Either is a reason to look.
                let _ = timeout_at(*deadline, bell.wait()).await;
            }
            None => bell.wait().await,
        }
        bell.hush();
        let now = Instant::now();
        let noted = router.take_unheard().into_iter();
        suspects.extend(noted.map(|unheard| (now + PATIENCE, unheard)));
        while let Some((_, unheard)) = suspects.pop_front_if(|(deadline, _)| *deadline <= now) {
            warn_of(&router, &unheard);
        }
    }
}

/// Warns of the channel, unless somebody has begun to listen on it.
fn warn_of(router: &Router, unheard: &Unheard) {
    let Some(heard) = router.heard_instead(unheard) else {
        return;
    };
    let nearest = nearest(&unheard.channel, &heard);
    let nearest = nearest.map(|it| tracing::field::display(Escaped(it)));
    let (window, channel) = (Escaped(&unheard.window), Escaped(&unheard.channel));
    match unheard.listener {
        Listener::App => {
            tracing::warn!(target: "ipc", %window, %channel, nearest, "a message from the page has waited for 5 s: the app does not listen on its channel");
        }
        Listener::Page => {
            tracing::warn!(target: "ipc", %window, %channel, nearest, "a message to the page has waited for 5 s: the page does not listen on its channel");
        }
    }
}

/// The name that is most like this one.
fn nearest<'a>(channel: &Channel, heard: &'a [Channel]) -> Option<&'a Channel> {
    let distance = |it: &&Channel| strsim::osa_distance(it.as_str(), channel.as_str());
    heard.iter().min_by_key(distance)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_nearest_name_is_the_one_with_the_fewest_changes() {
        let names = |names: &[&str]| -> Vec<_> {
            names.iter().map(|it| Channel::new(*it).unwrap()).collect()
        };
        let of = |name: &str, others: &[&str]| {
            let others = names(others);
            nearest(&Channel::new(name).unwrap(), &others).map(Channel::to_string)
        };
        let others = ["load", "save", "saved:all"];
        assert_eq!(of("saev", &others).as_deref(), Some("save"));
        assert_eq!(of("saved", &others).as_deref(), Some("save"));
        assert_eq!(of("save:all", &others).as_deref(), Some("saved:all"));
        assert_eq!(of("x", &[]), None);
    }
}
