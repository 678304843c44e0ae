//! Windows: their ids, what may be sent to them, and what may be asked of them.

#![allow(clippy::unwrap_used)]

mod common;

use std::sync::atomic::Ordering;
use std::sync::{Arc, atomic::AtomicUsize};

use common::*;
use ipc_protocol::{
    ChannelList, Code, Event, SystemEvent, WindowChannels, WindowCommand, WindowId, WindowSpec,
};
use ipc_router::{Filter, Request, RouteError, Router};

fn send_code(router: &Router, window: &str, name: &str) -> Result<(), Code> {
    let sent = router.send(&id(window), &channel(name), &payload("1"));
    sent.map_err(|error| error.code())
}

fn count() -> (Arc<AtomicUsize>, impl FnOnce() + Send + 'static) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    (count, move || {
        counted.fetch_add(1, Ordering::SeqCst);
    })
}

#[test]
fn windows_are_numbered_unless_they_are_named() {
    let (router, port) = connect();
    let open = |spec| open(&router, &port, spec).to_string();
    assert_eq!(open(WindowSpec::default()), "win-1");
    assert_eq!(open(spec("win-2")), "win-2");
    assert_eq!(open(WindowSpec::default()), "win-3");
    port.closed(&id("win-1"));
    // A number is not given twice.
    assert_eq!(open(WindowSpec::default()), "win-4");
    assert_eq!(router.windows(), ["win-2", "win-3", "win-4"].map(id));
}

#[test]
fn a_handle_is_one_window() {
    let (router, port) = connect();
    let open = || {
        open(&router, &port, spec("main"));
        router.window(&id("main")).unwrap()
    };
    let old = open();
    port.closed(&id("main"));
    let closed = Err(RouteError::WindowClosed(id("main")));
    let young = open();
    assert!(!old.is_open() && young.is_open());
    assert_eq!((old.id(), young.id()), (&id("main"), &id("main")));
    let answers = Answers::new();
    assert_eq!(old.command(WindowCommand::Focus, answers.slot()), closed);
    assert_eq!(old.state(|_| panic!("asked")), closed);
    let (told, heard) = std::sync::mpsc::channel();
    let tell = |who: &'static str| {
        let told = told.clone();
        move || told.send(who).unwrap()
    };
    old.on_closed(tell("old"));
    young.on_closed(tell("young"));
    assert_eq!(heard.try_recv(), Ok("old"), "at once");
    assert!(heard.try_recv().is_err());
    assert_eq!(port.requests().count(), 0);
    assert_eq!(young.command(WindowCommand::Focus, answers.slot()), Ok(()));
    assert_eq!(port.requests().count(), 1);
    port.closed(&id("main"));
    assert_eq!(heard.try_recv(), Ok("young"));
}

#[test]
fn an_id_is_free_when_the_last_event_of_its_window_is_heard() {
    let (router, port) = connect();
    open(&router, &port, spec("main"));
    let (sender, heard) = std::sync::mpsc::channel();
    let events = router.subscribe(|| {});
    events.listen(&Filter::System);
    router.on_closed(&id("main"), move || sender.send(()).unwrap());
    let waker = router.clone();
    let free = std::sync::Arc::new(std::sync::Mutex::new(None));
    let other = router.subscribe({
        let free = free.clone();
        move || *free.lock().unwrap() = Some(waker.window(&id("main")).is_err())
    });
    other.listen(&Filter::System);
    port.closed_with(&id("main"), Event::system(id("main"), SystemEvent::Close));
    assert_eq!(*free.lock().unwrap(), Some(true));
    assert!(heard.try_recv().is_ok());
    let event = events.try_recv().unwrap();
    assert_eq!(event.channel.as_str(), "close");
}

#[test]
fn an_id_is_taken_from_the_asking_until_the_close() {
    let (router, port) = connect();
    let answers = Answers::new();
    let exists = Err(RouteError::WindowExists(id("main")));
    router.open(spec("main"), answers.slot()).unwrap();
    assert!(router.has_windows());
    assert_eq!(router.windows(), []);
    assert_eq!(router.open(spec("main"), answers.slot()), exists);

    port.opened(&id("main"));
    assert_eq!(router.windows(), [id("main")]);
    assert_eq!(router.open(spec("main"), answers.slot()), exists);
    // Who was refused at once is not answered again.
    assert_eq!(answers.take(), []);

    port.closed(&id("main"));
    assert!(!router.has_windows());
    assert_eq!(router.open(spec("main"), answers.slot()), Ok(id("main")));
}

#[test]
fn the_spec_and_the_answer_travel() {
    let (router, port) = connect();
    let answers = Answers::new();
    let mut wide = spec("main");
    wide.width = 1234.0;
    router.open(wide.clone(), answers.slot()).unwrap();
    let mut requests = port.requests();
    let Some(Request::Open { id, spec, reply }) = requests.next() else {
        panic!("no window is asked for");
    };
    assert_eq!((id.as_str(), *spec), ("main", wide));
    assert!(requests.next().is_none());
    assert_eq!(answers.take(), []);
    reply.send(Ok(()));
    assert_eq!(answers.take(), [Ok(())]);
}

#[test]
fn a_window_that_could_not_be_opened_frees_its_id() {
    let (router, port) = connect();
    let answers = Answers::new();
    router.open(spec("main"), answers.slot()).unwrap();
    let failure = RouteError::Window {
        window: id("main"),
        code: Code::WindowFailed,
        reason: "no display".to_owned(),
    };
    for request in port.requests() {
        if let Request::Open { id, reply, .. } = request {
            port.closed(&id);
            reply.send(Err(failure.clone()));
        }
    }
    assert_eq!(answers.take(), [Err(failure)]);
    assert!(!router.has_windows());
    // It was never there.
    assert_eq!(send_code(&router, "main", "a"), Err(Code::UnknownWindow));
}

#[test]
fn messages_need_a_window() {
    let (router, port) = connect();
    assert_eq!(send_code(&router, "main", "a"), Err(Code::UnknownWindow));
    router.open(spec("main"), |_| {}).unwrap();
    assert_eq!(send_code(&router, "main", "a"), Ok(()));
    port.opened(&id("main"));
    assert_eq!(send_code(&router, "main", "a"), Ok(()));
    port.closed(&id("main"));
    assert_eq!(send_code(&router, "main", "a"), Err(Code::WindowClosed));
    assert_eq!(send_code(&router, "Main", "a"), Err(Code::UnknownWindow));

    // Being opened again, it is not the closed one any more, until that comes to nothing.
    router.open(spec("main"), |_| {}).unwrap();
    assert_eq!(send_code(&router, "main", "a"), Ok(()));
    port.closed(&id("main"));
    assert_eq!(send_code(&router, "main", "a"), Err(Code::WindowClosed));
    open(&router, &port, spec("main"));
    assert_eq!(send_code(&router, "main", "a"), Ok(()));
}

#[test]
fn closing_twice_or_what_was_never_open_does_nothing() {
    let (router, port) = connect();
    open(&router, &port, spec("main"));
    port.closed(&id("main"));
    port.closed(&id("main"));
    port.closed(&id("other"));
    port.opened(&id("other"));
    assert_eq!(send_code(&router, "main", "a"), Err(Code::WindowClosed));
    assert_eq!(send_code(&router, "other", "a"), Err(Code::UnknownWindow));
    assert!(!router.has_windows());
}

#[test]
fn the_last_1024_closed_windows_are_remembered() {
    let (router, port) = connect();
    let ids: Vec<_> = (0..=1_024).map(|n| format!("w{n}")).collect();
    for window in &ids {
        router.open(spec(window), |_| {}).unwrap();
        port.opened(&id(window));
        port.closed(&id(window));
    }
    assert_eq!(send_code(&router, &ids[0], "a"), Err(Code::UnknownWindow));
    for window in &ids[1..] {
        assert_eq!(send_code(&router, window, "a"), Err(Code::WindowClosed));
    }
}

#[test]
fn a_window_that_is_often_reopened_is_remembered_once() {
    let (router, port) = connect();
    open(&router, &port, spec("other"));
    port.closed(&id("other"));
    for _ in 0..1_024 {
        open(&router, &port, spec("main"));
        port.closed(&id("main"));
    }
    assert_eq!(send_code(&router, "other", "a"), Err(Code::WindowClosed));
}

#[test]
fn messages_arrive_as_they_were_sent() {
    let (router, port) = connect();
    let main = open(&router, &port, spec("main"));
    let wakes = Wakes::default();
    port.on_wake(wakes.clone());
    for n in 0..100 {
        let payload = payload(&n.to_string());
        router.send(&main, &channel("count"), &payload).unwrap();
    }
    assert_eq!(wakes.count(), 1, "there is no page to wake for");
    let frames = Page::new(&port, &main, &["count"]).take();
    assert_eq!(frames.len(), 100);
    for (n, frame) in frames.into_iter().enumerate() {
        let expected = format!(r#"{{"type":"message","channel":"count","payload":{n}}}"#);
        assert_eq!(frame, expected);
    }
}

#[test]
fn reserved_and_disallowed_channels_are_refused() {
    let (router, port) = connect();
    let mut narrow = spec("narrow");
    // What the page may send on is no concern of the app's.
    narrow.channels = Some(WindowChannels {
        send: ChannelList::new(["load".into()]),
        receive: ChannelList::new(["save".into(), "log:*".into(), "close".into()]),
    });
    open(&router, &port, narrow);
    open(&router, &port, spec("open"));
    for reserved in ["close", "focus", "blur", "resize", "move"] {
        for window in ["narrow", "open", "nowhere"] {
            assert_eq!(
                send_code(&router, window, reserved),
                Err(Code::ReservedChannel)
            );
        }
    }
    for (name, result) in [
        ("save", Ok(())),
        ("log:info", Ok(())),
        ("load", Err(Code::ChannelNotAllowed)),
        ("log", Err(Code::ChannelNotAllowed)),
    ] {
        assert_eq!(send_code(&router, "narrow", name), result, "{name}");
        assert_eq!(send_code(&router, "open", name), Ok(()), "{name}");
    }
    let channels = ["save", "log:info", "load", "log"];
    let taken = ["narrow", "open"].map(|it| Page::new(&port, &id(it), &channels).take().len());
    assert_eq!(taken, [2, 4]);
}

#[test]
fn errors_say_which_window_and_channel() {
    let (router, port) = connect();
    let mut narrow = spec("main");
    narrow.channels = Some(WindowChannels::default());
    let main = open(&router, &port, narrow);
    let error = router
        .send(&main, &channel("a"), &payload("1"))
        .unwrap_err();
    assert_eq!(error.window(), Some(&main));
    assert_eq!(error.channel(), Some(&channel("a")));
    assert_eq!(
        error.to_string(),
        "window \"main\" may not receive on channel \"a\""
    );

    let error = router.send(&id("x"), &channel("a"), &payload("1"));
    let error = error.unwrap_err();
    assert_eq!(error.window(), Some(&id("x")));
    assert_eq!(error.channel(), None);
    assert_eq!(error.to_string(), "there is no window \"x\"");
    assert_eq!(RouteError::HostGone.window(), None);
}

#[test]
fn a_broadcast_reaches_all_but_the_bad_ones() {
    let (router, port) = connect();
    let mut windows: Vec<WindowId> = (0..8)
        .map(|n| open(&router, &port, spec(&format!("w{n}"))))
        .collect();
    // The last has no page yet, which is nothing to wake for.
    let pages: Vec<_> = windows[..6]
        .iter()
        .map(|window| Page::new(&port, window, &["theme"]))
        .collect();
    port.closed(&windows[6]);
    windows.insert(3, id("nowhere"));
    let wakes = Wakes::default();
    port.on_wake(wakes.clone());

    let text = payload(r#"{"theme":"dark"}"#);
    let results = router.broadcast(&windows, &channel("theme"), &text);
    assert_eq!(wakes.count(), 1 + 6, "one for each page");
    let mut expected = vec![Ok(()); 9];
    expected[3] = Err(RouteError::UnknownWindow(id("nowhere")));
    expected[7] = Err(RouteError::WindowClosed(id("w6")));
    assert_eq!(results, expected);

    let late = Page::new(&port, &id("w7"), &["theme"]);
    for page in pages.iter().chain([&late]) {
        let batch = page.lane().take(1).unwrap();
        let [message] = &batch.frames[..] else {
            panic!("{batch:?}");
        };
        // Not a copy: the very same text.
        let shared = message.payload().unwrap().as_json().unwrap();
        assert_eq!(shared.as_ptr(), text.as_json().unwrap().as_ptr());
        assert!(page.lane().take(1).is_none());
    }
}

#[test]
fn a_broadcast_that_reaches_nobody_wakes_nobody() {
    let (router, port) = connect();
    let wakes = Wakes::default();
    port.on_wake(wakes.clone());
    let text = payload("1");
    assert_eq!(router.broadcast(&[], &channel("a"), &text), []);
    let results = router.broadcast(&[id("x")], &channel("a"), &text);
    assert_eq!(results, [Err(RouteError::UnknownWindow(id("x")))]);
    assert_eq!(wakes.count(), 1);
}

#[test]
fn commands_and_questions_need_a_window() {
    let (router, port) = connect();
    let (done, state) = (Answers::new(), Answers::new());
    open(&router, &port, spec("gone"));
    port.closed(&id("gone"));
    for (window, code) in [
        ("nowhere", Code::UnknownWindow),
        ("gone", Code::WindowClosed),
    ] {
        let error = router.command(&id(window), WindowCommand::Focus, done.slot());
        assert_eq!(error.map_err(|error| error.code()), Err(code));
        let error = router.state(&id(window), state.slot());
        assert_eq!(error.map_err(|error| error.code()), Err(code));
    }
    assert_eq!(done.take(), []);
    assert_eq!(state.take(), []);
    assert_eq!(port.requests().count(), 0);
}

#[test]
fn requests_arrive_in_order_and_are_answered() {
    let (router, port) = connect();
    let main = open(&router, &port, spec("main"));
    let (done, state) = (Answers::new(), Answers::new());
    let title = WindowCommand::SetTitle("Hi".to_owned());
    router.command(&main, title.clone(), done.slot()).unwrap();
    router.state(&main, state.slot()).unwrap();
    router.shut_down();

    let requests: Vec<_> = port.requests().collect();
    let Ok([first, second, third]) = <[Request; 3]>::try_from(requests) else {
        panic!("three requests");
    };
    let Request::Command {
        window,
        command,
        reply,
    } = first
    else {
        panic!("{first:?}");
    };
    assert_eq!((window, command), (main.clone(), title));
    reply.send(Ok(()));
    assert_eq!(done.take(), [Ok(())]);
    let Request::State { window, reply } = second else {
        panic!("{second:?}");
    };
    reply.send(Err(RouteError::WindowClosed(window)));
    assert_eq!(state.take(), [Err(RouteError::WindowClosed(main))]);
    assert!(matches!(third, Request::ShutDown));
}

#[test]
fn who_wants_to_know_hears_of_the_close_once() {
    let (router, port) = connect();
    let main = open(&router, &port, spec("main"));
    let ((one, tell_one), (two, tell_two)) = (count(), count());
    router.on_closed(&main, tell_one);
    router.on_closed(&main, tell_two);
    assert_eq!(one.load(Ordering::SeqCst), 0);
    port.closed(&main);
    port.closed(&main);
    assert_eq!(
        (one.load(Ordering::SeqCst), two.load(Ordering::SeqCst)),
        (1, 1)
    );

    // Closed already, or never there: at once.
    for window in [&main, &id("nowhere")] {
        let (at_once, tell) = count();
        router.on_closed(window, tell);
        assert_eq!(at_once.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn who_waits_for_a_window_that_never_opens_hears_of_it() {
    let (router, port) = connect();
    let main = router.open(spec("main"), |_| {}).unwrap();
    let (told, tell) = count();
    router.on_closed(&main, tell);
    assert_eq!(told.load(Ordering::SeqCst), 0);
    port.closed(&main);
    assert_eq!(told.load(Ordering::SeqCst), 1);
}

#[test]
fn the_close_can_be_answered_with_a_new_window() {
    let (router, port) = connect();
    let main = open(&router, &port, spec("main"));
    let again = router.clone();
    router.on_closed(&main, move || {
        again.open(spec("main"), |_| {}).unwrap();
    });
    port.closed(&main);
    assert!(matches!(port.requests().next(), Some(Request::Open { id, .. }) if id == main));
}
