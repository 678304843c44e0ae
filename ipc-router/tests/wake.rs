//! Wakes are called without a lock: they may use everything they wake for.

#![allow(clippy::unwrap_used)]

mod common;

use std::sync::{Arc, Mutex, OnceLock};

use common::*;
use ipc_protocol::WindowCommand;
use ipc_router::{Filter, Router, Subscription};

/// A subscription that takes what there is whenever it is woken.
fn eager(router: &Router) -> (Arc<OnceLock<Subscription>>, Arc<Mutex<Vec<String>>>) {
    let slot: Arc<OnceLock<Subscription>> = Arc::default();
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let (own, list) = (Arc::downgrade(&slot), seen.clone());
    let subscription = router.subscribe(move || {
        let own = own.upgrade();
        if let Some(subscription) = own.as_ref().and_then(|own| own.get()) {
            list.lock().unwrap().extend(taken(subscription));
        }
    });
    slot.set(subscription).unwrap();
    (slot, seen)
}

#[test]
fn a_wake_may_take_the_event() {
    let (router, port) = connect();
    let (subscription, seen) = eager(&router);
    let subscription = subscription.get().unwrap();
    port.publish(message("main", "a", "1"));
    subscription.listen(&Filter::All);
    port.publish(message("main", "a", "2"));
    assert_eq!(*seen.lock().unwrap(), ["main/a=1", "main/a=2"]);
    router.close();
    assert!(subscription.recv().is_none());
}

#[test]
fn a_wake_may_use_router_and_subscription() {
    let (router, port) = connect();
    let main = open(&router, &port, spec("main"));
    let slot: Arc<OnceLock<Subscription>> = Arc::default();
    let (own, again, window) = (Arc::downgrade(&slot), router.clone(), main.clone());
    let subscription = router.subscribe(move || {
        let own = own.upgrade().unwrap();
        let own = own.get().unwrap();
        own.listen(&Filter::System);
        own.unlisten(&Filter::System);
        assert_eq!(own.dropped(), 0);
        again.send(&window, &channel("a"), &payload("1")).unwrap();
        again
            .command(&window, WindowCommand::Focus, |_| {})
            .unwrap();
        again.on_closed(&window, || {});
        drop(again.subscribe(|| {}));
        assert_eq!(again.windows().len(), 1);
        again.close();
    });
    assert!(slot.set(subscription).is_ok());
    slot.get().unwrap().listen(&Filter::All);
    port.publish(message("main", "a", "1"));
    // Once for the event, and once for the close it asked for: two messages, two commands.
    assert_eq!(port.requests().count(), 2);
    assert_eq!(Page::new(&port, &main, &["a"]).payloads().len(), 2);
}

#[test]
fn a_wake_of_the_port_may_ask_again() {
    let (router, port) = connect();
    let main = open(&router, &port, spec("main"));
    let mut page = Page::new(&port, &main, &["a"]);
    let (again, window) = (router, main);
    let rounds = Mutex::new(0);
    port.on_wake(move || {
        {
            let mut rounds = rounds.lock().unwrap();
            *rounds += 1;
            if *rounds > 3 {
                return;
            }
        }
        again.send(&window, &channel("a"), &payload("1")).unwrap();
    });
    assert_eq!(page.payloads().len(), 3);
}

/// Two consumers of everything, the second of which the first drops when it is woken.
fn killer_and_victim(router: &Router) -> (Subscription, Wakes) {
    let victim: Arc<Mutex<Option<Subscription>>> = Arc::default();
    let hostage = victim.clone();
    let killer = router.subscribe(move || drop(hostage.lock().unwrap().take()));
    let wakes = Wakes::default();
    let second = router.subscribe(wakes.clone());
    killer.listen(&Filter::All);
    second.listen(&Filter::All);
    *victim.lock().unwrap() = Some(second);
    (killer, wakes)
}

#[test]
fn who_is_dropped_while_an_event_goes_round_is_left_alone() {
    let (router, port) = connect();
    let (killer, wakes) = killer_and_victim(&router);
    port.publish(message("main", "a", "1"));
    port.publish(message("main", "a", "2"));
    assert_eq!(taken(&killer), ["main/a=1", "main/a=2"]);
    assert_eq!(wakes.count(), 0);
}

#[test]
fn who_is_dropped_while_the_close_goes_round_is_left_alone() {
    let (router, _port) = connect();
    let (killer, wakes) = killer_and_victim(&router);
    router.close();
    assert!(killer.recv().is_none());
    assert_eq!(wakes.count(), 0);
}
