//! Calls, both ways: every one that is opened ends once, and nothing runs twice.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use ipc_protocol::{CallError, CallId, Code, Limits, Payload, Step};
use ipc_router::Filter;

/// A call of the app on `main`.
fn open_call(scene: &Scene, step: Step) -> CallId {
    scene.router.open_call(&scene.main, step).unwrap()
}

/// A step of the app.
fn app(scene: &Scene, call: CallId, step: Step) -> bool {
    scene.router.step(&scene.main, call, step)
}

/// A step of the page, published as the host does. Whether it made sense.
fn of_page(scene: &Scene, page: &Page, number: CallId, step: Step) -> bool {
    let event = page.lane().step(number, step).unwrap();
    let is_some = event.is_some();
    event
        .into_iter()
        .for_each(|event| scene.port.publish(event));
    is_some
}

fn error(code: &str) -> Step {
    let mut error = CallError::new(Code::HandlerFailed, "no");
    error.code = code.to_owned();
    Step::Error { error }
}

#[test]
fn the_app_asks_and_the_page_answers_once() {
    let scene = Scene::new();
    let mut page = scene.page(&[]);
    scene.send_all("a", &["0"]);
    let call = open_call(&scene, request("add", "[1,2]"));
    // It waits for no listener: who handles it is the page's affair.
    let frame = format!(r#"{{"type":"request","call":{call},"channel":"add","payload":[1,2]}}"#);
    assert_eq!(page.handle(), [frame]);
    assert_eq!(scene.stats().calls, 1);
    assert!(of_page(&scene, &page, call, result("3")));
    assert_eq!(scene.steps(), [format!("{call} add result 3")]);
    for late in [result("4"), error("late"), chunk("1")] {
        assert!(!of_page(&scene, &page, call, late));
    }
    assert!(!app(&scene, call, Step::Cancel));
    assert_eq!(scene.steps(), [""; 0]);
    assert_eq!(scene.stats().calls, 0);

    let call = open_call(&scene, request("add", "null"));
    page.handle();
    assert!(of_page(&scene, &page, call, error("bad-sum")));
    assert!(!of_page(&scene, &page, call, result("4")));
    assert_eq!(scene.steps(), [format!("{call} add error bad-sum")]);
}

#[test]
fn a_page_cannot_answer_what_it_was_not_asked() {
    let scene = Scene::new();
    let mut page = scene.page(&[]);
    let call = open_call(&scene, request("add", "1"));
    // Its number is easily guessed.
    assert!(!of_page(&scene, &page, call, result("3")));
    assert!(!of_page(&scene, &page, self::call(77), result("3")));
    assert_eq!(page.take().len(), 1);
    assert!(of_page(&scene, &page, call, result("3")));
    assert_eq!(scene.steps(), [format!("{call} add result 3")]);
}

#[test]
fn chunks_come_only_as_they_are_pulled() {
    let scene = Scene::new();
    let mut page = scene.page(&[]);
    let call = open_call(&scene, stream("lines"));
    page.handle();
    assert!(!of_page(&scene, &page, call, chunk("0")));
    assert!(app(&scene, call, Step::Pull { count: 2 }));
    assert_eq!(
        page.handle(),
        [format!(r#"{{"type":"pull","call":{call},"count":2}}"#)]
    );
    assert!(of_page(&scene, &page, call, chunk("1")));
    assert!(of_page(&scene, &page, call, chunk("2")));
    assert!(!of_page(&scene, &page, call, chunk("3")));
    assert!(app(&scene, call, Step::Pull { count: 1 }));
    assert!(of_page(&scene, &page, call, chunk("4")));
    // The end needs no credit.
    assert!(of_page(&scene, &page, call, result("null")));
    assert!(!of_page(&scene, &page, call, chunk("5")));
    assert!(!app(&scene, call, Step::Pull { count: 1 }));
    let expected = ["chunk 1", "chunk 2", "chunk 4", "result null"];
    assert_eq!(
        scene.steps(),
        expected.map(|it| format!("{call} lines {it}"))
    );
}

#[test]
fn credit_does_not_overflow() {
    let scene = Scene::new();
    let mut page = scene.page(&[]);
    let call = open_call(&scene, stream("lines"));
    for _ in 0..3 {
        assert!(app(&scene, call, Step::Pull { count: u32::MAX }));
    }
    assert_eq!(page.handle().len(), 4);
    assert!(of_page(&scene, &page, call, chunk("1")));
}

#[test]
fn a_cancel_takes_back_what_was_not_handed_out() {
    let scene = Scene::new();
    let mut page = scene.page(&["a"]);
    page.lane().leave();
    let call = open_call(&scene, stream("lines"));
    assert!(app(&scene, call, Step::Pull { count: 16 }));
    scene.send_all("a", &["1"]);
    let other = open_call(&scene, stream("lines"));
    assert!(app(&scene, call, Step::Pull { count: 8 }));
    assert!(app(&scene, call, Step::Cancel));
    assert!(!app(&scene, call, Step::Cancel));
    assert!(!app(&scene, call, Step::Pull { count: 8 }));
    page.reload(&["a"]);
    let frames = page.handle();
    assert_eq!(frames.len(), 2, "{frames:?}");
    assert!(frames[0].contains(r#""payload":1"#), "{frames:?}");
    assert!(
        frames[1].contains(&format!(r#""call":{other},"#)),
        "{frames:?}"
    );
    assert_eq!(page.lane().undelivered(), 0);
    assert_eq!(scene.steps(), [""; 0], "who cancels is told nothing");
}

#[test]
fn a_cancel_follows_what_was_handed_out() {
    let scene = Scene::new();
    let mut page = scene.page(&[]);
    let call = open_call(&scene, stream("lines"));
    page.take();
    assert!(app(&scene, call, Step::Pull { count: 16 }));
    assert!(app(&scene, call, Step::Cancel));
    let cancel = format!(r#"{{"type":"cancel","call":{call}}}"#);
    assert_eq!(page.take(), [cancel], "the pull makes no more sense");
    assert!(!of_page(&scene, &page, call, chunk("1")));
    // The next page has heard of none of it.
    page.reload(&[]);
    assert_eq!(page.take(), [""; 0]);
    assert_eq!(scene.steps(), [""; 0]);
}

#[test]
fn a_call_that_was_not_acknowledged_goes_to_the_next_page() {
    let scene = Scene::new();
    let mut page = scene.page(&[]);
    let call = open_call(&scene, stream("lines"));
    app(&scene, call, Step::Pull { count: 2 });
    let frames = page.take();
    page.reload(&[]);
    assert_eq!(scene.steps(), [""; 0]);
    // It has to be handed it first.
    assert!(!of_page(&scene, &page, call, chunk("1")));
    assert_eq!(page.take(), frames);
    assert!(of_page(&scene, &page, call, chunk("1")));
    assert!(of_page(&scene, &page, call, chunk("2")));
    assert!(!of_page(&scene, &page, call, chunk("3")));
    assert!(of_page(&scene, &page, call, result("null")));

    // Cancelled when it waits again, it is taken back.
    let call = open_call(&scene, stream("lines"));
    page.take();
    page.reload(&[]);
    assert!(app(&scene, call, Step::Cancel));
    assert_eq!(page.take(), [""; 0]);
}

#[test]
fn a_call_that_was_acknowledged_ends_with_its_page() {
    let scene = Scene::new();
    let mut page = scene.page(&[]);
    let taken = [
        open_call(&scene, request("add", "1")),
        open_call(&scene, stream("lines")),
    ];
    page.handle();
    // Its steps that wait, or were not acknowledged, end with it.
    app(&scene, taken[1], Step::Pull { count: 1 });
    page.take();
    app(&scene, taken[1], Step::Pull { count: 2 });
    let waiting = open_call(&scene, request("add", "2"));
    page.reload(&[]);
    assert_eq!(
        scene.steps(),
        [
            format!("{} add error page-gone", taken[0]),
            format!("{} lines error page-gone", taken[1]),
        ]
    );
    for call in taken {
        assert!(!of_page(&scene, &page, call, result("1")));
        assert!(!app(&scene, call, Step::Cancel));
    }
    let frames = page.take();
    assert_eq!(frames.len(), 1, "{frames:?}");
    assert!(
        frames[0].contains(&format!(r#""call":{waiting},"#)),
        "{frames:?}"
    );
}

#[test]
fn a_call_that_a_page_hangs_in_runs_in_no_other() {
    let scene = Scene::new();
    let mut page = scene.page(&[]);
    let call = open_call(&scene, request("hang", "1"));
    page.take();
    page.lane().assume_taken();
    let waiting = open_call(&scene, request("add", "2"));
    page.lane().page_gone();
    assert_eq!(scene.steps(), [format!("{call} hang error page-gone")]);
    page.reload(&[]);
    let frames = page.take();
    assert_eq!(frames.len(), 1, "{frames:?}");
    assert!(frames[0].contains(&format!(r#""call":{waiting},"#)));
    // One that responds after all acknowledges as ever.
    let mut page = scene.page(&[]);
    let call = open_call(&scene, request("slow", "1"));
    page.take();
    page.lane().assume_taken();
    page.handle();
    assert!(of_page(&scene, &page, call, result("1")));
}

#[test]
fn a_call_that_the_page_began_to_answer_runs_in_no_other() {
    // A long batch leaves the page before the turn is over, and acknowledges later.
    let scene = Scene::new();
    let mut page = scene.page(&[]);
    let call = open_call(&scene, stream("lines"));
    app(&scene, call, Step::Pull { count: 4 });
    page.take();
    assert!(of_page(&scene, &page, call, chunk("1")));
    page.reload(&[]);
    assert_eq!(
        scene.steps(),
        [
            format!("{call} lines chunk 1"),
            format!("{call} lines error page-gone")
        ]
    );
    assert_eq!(page.take(), [""; 0]);

    let call = open_call(&scene, request("add", "1"));
    page.take();
    assert!(of_page(&scene, &page, call, result("1")));
    page.reload(&[]);
    assert_eq!(page.take(), [""; 0]);
    assert_eq!(scene.steps(), [format!("{call} add result 1")]);
}

#[test]
fn the_page_asks_and_the_app_answers_once() {
    let scene = Scene::new();
    let mut page = scene.page(&[]);
    assert!(of_page(&scene, &page, call(1), request("add", "[1]")));
    assert!(of_page(&scene, &page, call(2), stream("lines")));
    assert!(of_page(&scene, &page, call(2), Step::Pull { count: 16 }));
    let steps = scene.steps();
    let numbers: Vec<CallId> = steps
        .iter()
        .map(|step| call(step.split(' ').next().unwrap().parse().unwrap()))
        .collect();
    let (add, lines) = (numbers[0], numbers[1]);
    assert_eq!(
        steps,
        [
            format!("{add} add request [1]"),
            format!("{lines} lines stream null"),
            format!("{lines} lines pull 16"),
        ]
    );
    assert!(app(&scene, lines, chunk("1")));
    assert!(app(&scene, add, result("2")));
    assert!(!app(&scene, add, result("3")));
    assert!(!app(&scene, add, error("late")));
    assert!(app(&scene, lines, chunk("4")));
    assert!(app(&scene, lines, error("broken")));
    assert!(!app(&scene, lines, chunk("5")));
    // The opener's steps are not the app's to take.
    assert!(!app(&scene, call(99), chunk("5")));
    assert_eq!(
        page.handle(),
        [
            r#"{"type":"chunk","call":2,"payload":1}"#,
            r#"{"type":"result","call":1,"payload":2}"#,
            r#"{"type":"chunk","call":2,"payload":4}"#,
            r#"{"type":"error","call":2,"error":{"name":"Error","message":"no","code":"broken"}}"#,
        ]
    );
    for late in [Step::Cancel, Step::Pull { count: 1 }] {
        assert!(!of_page(&scene, &page, call(2), late));
    }
    assert_eq!(scene.stats().calls, 0);
}

#[test]
fn each_side_takes_only_its_own_steps() {
    let scene = Scene::new();
    let mut page = scene.page(&[]);
    let ours = open_call(&scene, stream("lines"));
    page.take();
    // The page may neither pull nor cancel the app's call, nor the app answer it.
    assert!(!of_page(&scene, &page, ours, Step::Cancel));
    assert!(!of_page(&scene, &page, ours, Step::Pull { count: 1 }));
    assert!(!app(&scene, ours, chunk("1")));
    assert!(!app(&scene, ours, request("again", "1")));
    let no_call = scene
        .router
        .open_call(&scene.main, Step::Cancel)
        .unwrap_err();
    assert_eq!(no_call.code(), Code::BadFrame);

    assert!(of_page(&scene, &page, call(50), stream("lines")));
    let step = scene.steps().remove(0);
    let theirs = call(step.split(' ').next().unwrap().parse().unwrap());
    assert!(!app(&scene, theirs, Step::Cancel));
    assert!(!app(&scene, theirs, Step::Pull { count: 1 }));
    assert!(!of_page(&scene, &page, theirs, chunk("1")));
    // By the page's number, which is another one.
    assert_ne!(theirs, call(50));
    assert!(!of_page(&scene, &page, theirs, Step::Cancel));
    assert_eq!(scene.steps(), [""; 0]);
}

#[test]
fn a_number_that_is_open_opens_no_other_call() {
    let scene = Scene::new();
    let page = scene.page(&[]);
    assert!(of_page(&scene, &page, call(1), request("add", "1")));
    assert!(!of_page(&scene, &page, call(1), stream("lines")));
    assert_eq!(page.lane().ask(call(1), &channel("x")), Ok(None));
    assert_eq!(scene.steps().len(), 1);
    assert!(of_page(&scene, &page, call(1), Step::Cancel));
    assert_eq!(scene.stats().calls, 0);
}

#[test]
fn the_calls_of_a_page_are_cancelled_when_it_goes() {
    let scene = Scene::new();
    let mut page = scene.page(&[]);
    for (number, name) in [(7, "x"), (3, "y"), (9, "z")] {
        assert!(of_page(&scene, &page, call(number), request(name, "1")));
    }
    let numbers: Vec<CallId> = scene
        .steps()
        .iter()
        .map(|step| call(step.split(' ').next().unwrap().parse().unwrap()))
        .collect();
    assert!(app(&scene, numbers[2], result("1")));
    page.reload(&[]);
    assert_eq!(
        scene.steps(),
        [
            format!("{} x cancel", numbers[0]),
            format!("{} y cancel", numbers[1])
        ]
    );
    assert!(!app(&scene, numbers[0], result("1")));
    // The answer that waited was the old page's, whose numbers the new one begins again.
    assert_eq!(page.take(), [""; 0]);
    assert!(of_page(&scene, &page, call(9), request("z", "2")));
    assert_eq!(page.take(), [""; 0]);
}

#[test]
fn the_app_hears_nothing_of_calls_that_the_host_answers() {
    let scene = Scene::new();
    let mut page = scene.page(&[]);
    let number = page.lane().ask(call(1), &channel("x")).unwrap().unwrap();
    assert!(
        scene
            .port
            .router()
            .step(&scene.main, number, result("null"))
    );
    assert!(
        !scene
            .port
            .router()
            .step(&scene.main, number, result("null"))
    );
    assert_eq!(
        page.handle(),
        [r#"{"type":"result","call":1,"payload":null}"#]
    );

    let number = page.lane().ask(call(2), &channel("x")).unwrap().unwrap();
    assert!(!of_page(&scene, &page, call(2), Step::Pull { count: 1 }));
    assert!(!of_page(&scene, &page, call(2), Step::Cancel));
    assert!(
        !scene
            .port
            .router()
            .step(&scene.main, number, result("null")),
        "given up"
    );
    page.lane().ask(call(3), &channel("x")).unwrap().unwrap();
    page.reload(&[]);
    page.lane().ask(call(4), &channel("x")).unwrap().unwrap();
    scene.port.closed(&scene.main);
    assert_eq!(scene.steps(), [""; 0]);
}

#[test]
fn at_most_4096_calls_are_open_each_way() {
    let scene = Scene::new();
    let mut page = scene.page(&[]);
    let first = open_call(&scene, request("add", "1"));
    for _ in 1..4_096 {
        open_call(&scene, request("add", "1"));
    }
    let full = scene.router.open_call(&scene.main, request("add", "1"));
    assert_eq!(full.map_err(|error| error.code()), Err(Code::QueueFull));
    page.handle();
    assert!(of_page(&scene, &page, first, result("1")));
    open_call(&scene, request("add", "1"));

    for number in 1..=4_096 {
        assert!(of_page(&scene, &page, call(number), request("add", "1")));
    }
    assert_eq!(
        page.lane().step(call(5_000), request("add", "1")),
        Err(Code::QueueFull)
    );
    assert_eq!(
        page.lane().ask(call(5_000), &channel("x")),
        Err(Code::QueueFull)
    );
    // A number that is open is that, full or not: the call it has goes on.
    assert_eq!(page.lane().step(call(1), request("add", "1")), Ok(None));
    assert!(of_page(&scene, &page, call(1), Step::Cancel));
    assert!(of_page(&scene, &page, call(5_000), request("add", "1")));
    assert_eq!(scene.stats().calls, 2 * 4_096);
}

#[test]
fn a_page_that_takes_no_answers_can_ask_only_so_much() {
    let scene = Scene::new();
    let page = scene.page(&[]);
    let mut opened = 0;
    for number in 1..=10_000 {
        if of_page(&scene, &page, call(number), request("add", "1")) {
            opened += 1;
            let step = scene.steps().remove(0);
            let answered = call(step.split(' ').next().unwrap().parse().unwrap());
            assert!(app(&scene, answered, result("1")));
        } else {
            unreachable!("every number is new");
        }
        if opened == 4_096 {
            break;
        }
    }
    let refused = page.lane().step(call(20_000), request("add", "1"));
    assert_eq!(refused, Err(Code::QueueFull));
    assert!(page.lane().take(1).is_some());
    assert!(of_page(&scene, &page, call(20_000), request("add", "1")));
}

#[test]
fn a_call_that_could_not_be_opened_is_answered_though_refusals_wait() {
    let scene = Scene::new();
    let mut page = scene.page(&[]);
    for _ in 0..100 {
        page.lane()
            .refuse(&channel("x"), Code::ChannelNotAllowed, "no".to_owned());
    }
    for number in 1..=100 {
        page.lane().fail(
            call(number),
            &channel("x"),
            Code::ChannelNotAllowed,
            "no".to_owned(),
        );
    }
    let frames = page.handle();
    let count = |kind: &str| frames.iter().filter(|it| it.contains(kind)).count();
    assert_eq!(count(r#""type":"refused""#), 64);
    assert_eq!(count(r#""type":"error""#), 100);
    // There is room again, and what was for one page is not for the next.
    page.lane()
        .refuse(&channel("x"), Code::ChannelNotAllowed, "no".to_owned());
    assert_eq!(page.take().len(), 1);
    page.lane()
        .refuse(&channel("x"), Code::ChannelNotAllowed, "no".to_owned());
    page.lane().fail(
        call(1),
        &channel("x"),
        Code::ChannelNotAllowed,
        "no".to_owned(),
    );
    page.reload(&[]);
    assert_eq!(page.take(), [""; 0]);
    for _ in 0..100 {
        page.lane()
            .refuse(&channel("x"), Code::ChannelNotAllowed, "no".to_owned());
    }
    assert_eq!(page.take().len(), 64);
}

#[test]
fn what_a_page_is_owed_is_bounded() {
    let scene = Scene::new();
    let page = scene.page(&[]);
    for number in 1..=70_000 {
        page.lane().fail(
            call(number),
            &channel("x"),
            Code::ChannelNotAllowed,
            "no".to_owned(),
        );
    }
    assert_eq!(page.lane().undelivered(), 65_536);
}

#[test]
fn calls_need_an_open_window_and_room() {
    let mut limits = Limits::default();
    limits.window_messages = 1;
    limits.window_bytes = 8;
    let scene = Scene::within(limits);
    let code = |window: &str, step| {
        let opened = scene.router.open_call(&id(window), step);
        opened.map(drop).map_err(|error| error.code())
    };
    assert_eq!(code("nowhere", request("a", "1")), Err(Code::UnknownWindow));
    assert_eq!(
        code("main", request("close", "1")),
        Err(Code::ReservedChannel)
    );
    assert_eq!(
        code("main", request("a", "123456789")),
        Err(Code::QueueFull)
    );
    assert_eq!(code("main", request("a", "1")), Ok(()));
    assert_eq!(code("main", request("a", "1")), Err(Code::QueueFull));
    assert_eq!(scene.stats().calls, 1);
    scene.port.closed(&scene.main);
    assert_eq!(code("main", request("a", "1")), Err(Code::WindowClosed));
    assert!(!app(&scene, call(1), Step::Cancel));
}

#[test]
fn many_calls_that_are_cancelled_cost_no_more_than_each_its_turn() {
    // Were each cancel to look through all that waits, this would take minutes.
    let scene = Scene::new();
    scene.configure("a", r#"{"capacity": 50000}"#);
    let page = scene.page(&["a"]);
    for n in 0..50_000 {
        scene.send("a", &n.to_string()).unwrap();
    }
    for _ in 0..20_000 {
        let call = open_call(&scene, stream("lines"));
        assert!(app(&scene, call, Step::Pull { count: 1 }));
        assert!(app(&scene, call, Step::Cancel));
    }
    assert_eq!(page.lane().undelivered(), 50_000);
}

#[test]
fn a_page_that_takes_no_chunks_is_sent_no_more_of_them() {
    let (router, port) = connect();
    let main = open(&router, &port, spec("main"));
    let page = Page::new(&port, &main, &[]);
    let lane = page.lane();
    let number = CallId::new(1).unwrap();
    let stream = Step::Stream {
        channel: channel("rows"),
        payload: Payload::null(),
    };
    let opened = lane.step(number, stream).unwrap().unwrap();
    let (call, _) = opened.call.unwrap();
    let pull = |count| {
        let event = lane.step(number, Step::Pull { count }).unwrap();
        event.map(|event| match event.call {
            Some((_, Step::Pull { count })) => count,
            other => panic!("{other:?}"),
        })
    };
    // It is given as much as it may have, and no more before it has had some.
    assert_eq!(pull(1_000), Some(1_000));
    assert_eq!(pull(u32::MAX), Some(24));
    assert_eq!(pull(1), None);
    for _ in 0..1_024 {
        let payload = payload("1");
        assert!(router.step(&main, call, Step::Chunk { payload }));
    }
    let batch = lane.take(1 << 20).unwrap();
    assert_eq!((batch.seq, batch.frames.len()), (1, 1_024));
    assert_eq!(pull(1), None);
    assert!(lane.ack(10));
    assert_eq!(pull(100), Some(10));
    assert_eq!(pull(1), None);
}

#[test]
fn chunks_that_are_not_taken_are_counted_over_all_streams() {
    let scene = Scene::new();
    let page = scene.page(&[]);
    let lane = page.lane();
    let number = |n| CallId::new(n).unwrap();
    let open = |n| {
        let channel = channel("rows");
        let payload = Payload::null();
        let opened = lane.step(number(n), Step::Stream { channel, payload });
        opened.unwrap().unwrap().call.unwrap().0
    };
    let pull = |n| {
        let count = u32::MAX;
        let event = lane.step(number(n), Step::Pull { count }).unwrap()?;
        match event.call {
            Some((_, Step::Pull { count })) => Some(count),
            other => panic!("{other:?}"),
        }
    };
    let calls: Vec<_> = (1..=65).map(open).collect();
    for n in 1..=64 {
        assert_eq!(pull(n), Some(1_024));
    }
    assert_eq!(pull(65), None, "65,536 are on their way");
    // Who gives up, who ends, and what is acknowledged make room.
    lane.step(number(1), Step::Cancel).unwrap();
    assert_eq!(pull(65), Some(1_024));
    assert!(app(&scene, calls[1], result("null")));
    open(66);
    assert_eq!(pull(66), Some(1_024));
    let chunk = || Step::Chunk {
        payload: payload("1"),
    };
    assert!(app(&scene, calls[2], chunk()));
    let batch = lane.take(1 << 20).unwrap();
    open(67);
    assert_eq!(pull(67), None);
    assert!(lane.ack(batch.frames.len() as u64));
    assert_eq!(pull(67), Some(1));
    // The next page begins anew.
    lane.arrive();
    open(1);
    assert_eq!(pull(1), Some(1_024));
}

#[test]
fn answers_for_which_there_is_no_room_end_their_calls() {
    let mut limits = Limits::default();
    limits.window_bytes = 100;
    let scene = Scene::within(limits);
    let all = scene.router.subscribe(|| {});
    all.listen(&Filter::Calls);
    let mut page = scene.page(&[]);
    let stream = |n: u64| {
        let channel = channel("rows");
        let payload = Payload::null();
        let step = Step::Stream { channel, payload };
        let opened = page.lane().step(CallId::new(n).unwrap(), step);
        opened.unwrap().unwrap().call.unwrap().0
    };
    let (first, second, third) = (stream(1), stream(2), stream(3));
    let large = || payload(&format!("\"{}\"", "x".repeat(58)));
    let chunk = || Step::Chunk { payload: large() };
    assert!(app(&scene, first, chunk()));
    assert!(app(&scene, second, chunk()), "it was open");
    assert!(!app(&scene, second, chunk()), "and is no more");
    // A chunk that does not fit cancels its stream for the app; after a result nothing is left to cancel.
    let cancelled: Vec<_> = all.drain().filter_map(|event| event.call.clone()).collect();
    assert_eq!(cancelled, [(second, Step::Cancel)]);
    assert!(app(&scene, third, Step::Result { payload: large() }));
    assert!(!app(&scene, third, result("null")));
    assert_eq!(all.drain().count(), 0);
    let frames = page.take();
    assert_eq!(frames.len(), 3);
    assert!(frames[0].contains("chunk"), "{frames:?}");
    for frame in &frames[1..] {
        assert!(frame.contains(r#""code":"queue-full""#), "{frame}");
    }
    // With what the page has taken there is room again.
    assert!(app(&scene, first, chunk()));
    assert!(app(&scene, first, result("null")));
}
