//! An app in Rust, with limits and accidents that no script can have. Its argument says which.

#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use ipc_protocol::{Channel, Limits, Payload, Rate, Step, WindowId, WindowSpec};
use ipc_router::{Filter, Port, Router};
use tracing::{Level, Metadata, Subscriber, span};
use webview_host::AppId;
use webview_host::pages::Pages;
use webview_host::wry::{Desktop, Ended, Options};

/// The page that floods, and answers nobody.
const FLOOD: &str = "<script>
    const flood = () => {
      for (let n = 0; n < 1000; n++) host.send('flood', n);
      setTimeout(flood);
    };
    flood();
</script>";

/// The page that answers.
const OTHER: &str = "<script>host.handle('double', (n) => 2 * n)</script>";

fn main() -> ExitCode {
    let mut limits = Limits::default();
    // So slow that no page is slower, and that no pause of a page is one for the throttle.
    limits.page_messages = Rate {
        burst: 5_000,
        per_second: 1,
    };
    let (router, port) = Router::new(limits);
    let app = match std::env::args().nth(1).as_deref() {
        Some("panic") => {
            let log = Log(AtomicBool::new(false));
            tracing::subscriber::set_global_default(log).expect("the first log");
            router.open(spec("main", OTHER), |_| {}).map(drop)
        }
        Some("replies") => {
            let stop = router.clone();
            let missing = |name| {
                let mut spec = WindowSpec::default();
                spec.id = Some(id(name));
                router.open(spec, |result| result.expect("a page"))
            };
            missing("one")
                .and_then(|_| missing("two"))
                .and_then(|_| router.open(spec("main", OTHER), move |_| stop.shut_down()))
                .map(drop)
        }
        _ => {
            thread::spawn(move || throttle(&router));
            Ok(())
        }
    };
    app.expect("a window may be opened");
    match run(port) {
        Ok(ended) => println!("{ended:?}"),
        Err(error) => println!("{error}"),
    }
    ExitCode::SUCCESS
}

/// Panics at the first thing that the windows' side tells.
struct Log(AtomicBool);

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "ipc" && *metadata.level() == Level::DEBUG && metadata.is_event()
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn event(&self, _: &tracing::Event<'_>) {
        assert!(self.0.swap(true, Ordering::Relaxed), "in a log");
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

fn run(port: Port) -> Result<Ended, Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let pages = Pages::new(directory.path())?;
    let options = Options::new(pages, directory.path().join("data"));
    Ok(Desktop::open(&AppId::new("rust-app")?)?.run(port, options)?)
}

/// Asks one page while the other floods, and tells how that goes.
fn throttle(router: &Router) {
    let incidents = router.subscribe_within(&[Filter::Incidents], || {});
    incidents.listen(&Filter::Incidents);
    let answers = router.subscribe_within(&[Filter::Calls], || {});
    answers.listen(&Filter::Calls);
    for (id, html) in [("flood", FLOOD), ("other", OTHER)] {
        let opened = router.open(spec(id, html), |result| result.expect("a window"));
        opened.expect("a window may be opened");
    }
    let incident = incidents.recv().expect("an incident");
    println!("{} {}", incident.window_id, incident.channel);
    for n in 0..20 {
        let call = router.open_call(&id("other"), double(n)).expect("a call");
        let answer = answers.recv().expect("an answer");
        assert_eq!(answer.call.as_ref().map(|(call, _)| *call), Some(call));
        assert_eq!(answer.payload.as_json(), Some(&*(2 * n).to_string()));
    }
    println!("answered while it flooded");
    let more = incidents.drain().count();
    println!("{more} incidents more");
    router.shut_down();
}

fn double(n: u32) -> Step {
    Step::Request {
        channel: Channel::new("double").expect("a channel"),
        payload: Payload::from_json(n.to_string(), &Limits::default()).expect("a number"),
    }
}

fn spec(name: &str, html: &str) -> WindowSpec {
    let mut spec = WindowSpec::default();
    spec.id = Some(id(name));
    spec.html = Some(format!("<!DOCTYPE html>{html}"));
    spec
}

fn id(name: &str) -> WindowId {
    WindowId::new(name).expect("an id")
}
