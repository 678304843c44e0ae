//! The rules for backends: the memory backend keeps them, and the checks find who does not.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use bytes::Bytes;
use ipc_protocol::{Incident, Origin, WindowCommand, WindowId, WindowSpec};
use rquickjs::convert::List;
use rquickjs::{Context, Function, Object, Runtime, Value};
use webview_host::conformance::{Stage, check};
use webview_host::memory::{self, MemoryBackend, MemoryHandle};
use webview_host::{
    Answer, Backend, BackendError, BackendEvent, BackendEventKind, PageLink, PageRequest,
};

#[test]
fn the_memory_backend_conforms() {
    assert_eq!(check(&mut Theatre::new(None)), []);
}

#[test]
fn the_checks_find_what_is_wrong() {
    let table = [
        (Fault::OpensNothing, "a window that was opened is there"),
        (
            Fault::OpensAnything,
            "a window that cannot be opened leaves nothing",
        ),
        (
            Fault::LeavesFailedWindows,
            "a window that cannot be opened leaves nothing",
        ),
        (
            Fault::TakesUnknownIds,
            "an id that no window has is an error",
        ),
        (
            Fault::KeepsClosedWindows,
            "a window that is told to close is gone",
        ),
        (
            Fault::ReportsClosedWindows,
            "an id comes back as another window",
        ),
        (Fault::ClosesWhenAsked, "a user can only ask to close"),
        (
            Fault::ReportsTwice,
            "states are reported once each, in order",
        ),
        (Fault::KeepsSizes, "a new size is reported"),
        (Fault::MixesWindowsUp, "windows are independent"),
        (Fault::PreloadsLate, "the preload runs before the page"),
        (Fault::PreloadsOnce, "the preload runs in every page"),
        (Fault::RunsBackwards, "scripts run in the order given"),
        (Fault::StopsAtErrors, "a script that throws stops no other"),
        (Fault::TrimsMessages, "messages arrive as they were posted"),
        (
            Fault::NavigatesLate,
            "a page is reported before what it posts",
        ),
        (
            Fault::ForgetsOrigins,
            "what a page posts comes with its origin",
        ),
        (Fault::GoesAnywhere, "a page cannot go elsewhere"),
        (
            Fault::UploadsLate,
            "uploads keep their place among messages",
        ),
        (Fault::TakesAnyKey, "uploads without the key do not arrive"),
        (
            Fault::MixesLinksUp,
            "a page gets what its window is offered",
        ),
    ];
    for (fault, rule) in table {
        let violations = check(&mut Theatre::new(Some(fault)));
        assert!(
            violations.iter().any(|violation| violation.rule == rule),
            "{fault:?} does not break the rule \"{rule}\": {violations:#?}"
        );
    }
}

/// What a backend may get wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    OpensNothing,
    OpensAnything,
    LeavesFailedWindows,
    TakesUnknownIds,
    KeepsClosedWindows,
    ReportsClosedWindows,
    ClosesWhenAsked,
    ReportsTwice,
    KeepsSizes,
    MixesWindowsUp,
    PreloadsLate,
    PreloadsOnce,
    RunsBackwards,
    StopsAtErrors,
    TrimsMessages,
    NavigatesLate,
    ForgetsOrigins,
    GoesAnywhere,
    UploadsLate,
    TakesAnyKey,
    MixesLinksUp,
}

/// The stage of the memory backend, with a script engine for each page.
struct Theatre {
    backend: PagedBackend,
    events: VecDeque<BackendEvent>,
}

impl Theatre {
    fn new(fault: Option<Fault>) -> Theatre {
        let (windows, screen) = memory::pair();
        Theatre {
            backend: PagedBackend {
                windows,
                screen,
                pages: HashMap::new(),
                late: Rc::default(),
                known_key: Rc::default(),
                fault,
            },
            events: VecDeque::new(),
        }
    }
}

impl Stage for Theatre {
    fn with_backend(&mut self, call: &mut dyn FnMut(&mut dyn Backend)) {
        call(&mut self.backend);
    }

    fn next_event(&mut self) -> Option<BackendEvent> {
        self.backend.run_scripts();
        self.events.extend(self.backend.screen.take_events());
        self.events.pop_front()
    }

    fn close_as_user(&mut self, id: &WindowId) {
        let wish = BackendEventKind::CloseRequested.of(id.clone());
        self.backend.screen.report(wish);
        if self.backend.has(Fault::ClosesWhenAsked) {
            self.backend.apply(id, &WindowCommand::Close).unwrap();
        }
    }

    fn unopenable(&mut self) -> WindowSpec {
        if !self.backend.has(Fault::OpensAnything) {
            let refusal = BackendError::Failed("unopenable".to_owned());
            self.backend.screen.refuse_next(refusal);
        }
        WindowSpec::default()
    }
}

/// The memory backend with pages, and maybe a fault.
struct PagedBackend {
    windows: MemoryBackend,
    screen: MemoryHandle,
    pages: HashMap<WindowId, Page>,
    /// What is reported after the scripts, with [`Fault::UploadsLate`].
    late: Rc<RefCell<Vec<BackendEvent>>>,
    /// The key that stands for all others, with [`Fault::TakesAnyKey`].
    known_key: Rc<RefCell<Option<String>>>,
    fault: Option<Fault>,
}

struct Page {
    link: PageLink,
    script: String,
    realm: Context,
}

impl PagedBackend {
    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// Loads the window's page: the preload, then the page's own script.
    fn load(&mut self, id: &WindowId, link: PageLink, preloads: bool, script: &str) {
        let preload = if preloads { link.preload() } else { "" };
        let mut scripts = [preload, script];
        if self.has(Fault::PreloadsLate) {
            scripts.reverse();
        }
        let realm = self.realm(id, &link);
        let origin = match self.has(Fault::ForgetsOrigins) {
            true => None,
            false => Origin::of(self.origin()),
        };
        if !self.has(Fault::NavigatesLate) {
            self.screen.navigate(id, origin.clone());
        }
        for script in scripts {
            run(&realm, script);
        }
        if self.has(Fault::NavigatesLate) {
            self.screen.navigate(id, origin);
        }
        let page = Page {
            link,
            script: script.to_owned(),
            realm,
        };
        self.pages.insert(id.clone(), page);
    }

    /// A realm whose messages are the window's.
    fn realm(&self, id: &WindowId, link: &PageLink) -> Context {
        let realm = Context::full(&Runtime::new().unwrap()).unwrap();
        let id = match self.has(Fault::MixesWindowsUp) {
            true => self.pages.keys().next().unwrap_or(id),
            false => id,
        };
        let link = match self.pages.values().next() {
            Some(other) if self.has(Fault::MixesLinksUp) => other.link.clone(),
            _ => link.clone(),
        };
        let (screen, id, trims) = (
            self.screen.clone(),
            id.clone(),
            self.has(Fault::TrimsMessages),
        );
        let uploads = Uploads {
            window: id.clone(),
            late: self.has(Fault::UploadsLate).then(|| self.late.clone()),
            screen: self.screen.clone(),
        };
        let (blocked, window) = (self.screen.clone(), id.clone());
        let goes_anywhere = self.has(Fault::GoesAnywhere);
        let known_key = self.has(Fault::TakesAnyKey).then(|| self.known_key.clone());
        realm.with(|ctx| {
            let post = Function::new(ctx.clone(), move |text: String| {
                let text = if trims { text.trim() } else { &*text };
                screen.post(&id, text);
            });
            let request = Function::new(
                ctx.clone(),
                move |_method: String, path: String, key: Option<String>, body: Vec<u8>| {
                    let key = match &known_key {
                        Some(known) => known.borrow_mut().clone().or(key),
                        None => key,
                    };
                    let request = PageRequest {
                        path: &path,
                        key: key.as_deref(),
                    };
                    match link.answer(request, || Some(body.into())) {
                        Answer::Upload(body) => {
                            if let Some(known) = &known_key {
                                known.replace(key);
                            }
                            uploads.report(body);
                            List((204, Vec::new()))
                        }
                        Answer::Bytes(bytes) => List((200, bytes.to_vec())),
                        Answer::NotFound => List((404, Vec::new())),
                    }
                },
            );
            let native = Object::new(ctx.clone()).unwrap();
            native.set("postMessage", post).unwrap();
            let globals = ctx.globals();
            globals.set("ipc", native).unwrap();
            globals.set("request", request).unwrap();
            let go = move |url: String| {
                if !goes_anywhere {
                    let incident = Incident::navigation_blocked(&url);
                    blocked.report(BackendEventKind::Incident(incident).of(window.clone()));
                }
            };
            let go = Function::new(ctx.clone(), go).unwrap();
            globals.set("go", go).unwrap();
            ctx.eval::<(), _>("globalThis.location = { set href(url) { go(url) } }")
                .unwrap();
            ctx.eval::<(), _>(XML_HTTP_REQUEST).unwrap();
            globals.set("window", globals.clone()).unwrap();
        });
        realm
    }

    /// Runs what waits in all pages.
    fn run_scripts(&mut self) {
        for (id, page) in &self.pages {
            let mut scripts = self.screen.take_scripts(id);
            if self.has(Fault::RunsBackwards) {
                scripts.reverse();
            }
            for script in scripts {
                if !run(&page.realm, &script) && self.has(Fault::StopsAtErrors) {
                    break;
                }
            }
        }
        for event in self.late.take() {
            self.screen.report(event);
        }
    }
}

/// Where the uploads of a window's pages go.
struct Uploads {
    window: WindowId,
    screen: MemoryHandle,
    late: Option<Rc<RefCell<Vec<BackendEvent>>>>,
}

impl Uploads {
    fn report(&self, body: Bytes) {
        match &self.late {
            Some(late) => late.borrow_mut().push(
                BackendEventKind::Upload {
                    origin: self.screen.origin(&self.window),
                    body,
                }
                .of(self.window.clone()),
            ),
            None => self.screen.upload(&self.window, body),
        }
    }
}

/// As much of it as the preload of the checks uses.
const XML_HTTP_REQUEST: &str = r#"
globalThis.XMLHttpRequest = class {
    open(method, url, isAsync = true) {
        Object.assign(this, { method, path: url.slice("app://localhost".length), isAsync });
    }
    setRequestHeader(name, value) {
        if (name === "x-host-key") this.key = value;
    }
    send(body = new Uint8Array()) {
        const [status, bytes] = request(this.method, this.path, this.key, Array.from(body));
        this.status = status;
        this.response = new Uint8Array(bytes).buffer;
        if (this.isAsync) this.onload();
    }
};
"#;

impl Backend for PagedBackend {
    fn origin(&self) -> &str {
        self.windows.origin()
    }

    fn open(
        &mut self,
        id: &WindowId,
        spec: &WindowSpec,
        link: &PageLink,
    ) -> Result<(), BackendError> {
        if self.has(Fault::OpensNothing) {
            return Ok(());
        }
        let opened = self.windows.open(id, spec, link);
        if opened.is_err() && self.has(Fault::LeavesFailedWindows) {
            self.windows.open(id, spec, link)?;
        }
        opened?;
        let html = spec.html.as_deref().unwrap_or_default();
        let script = html.split_once("<script>").map_or("", |(_, rest)| rest);
        let script = script.trim_end_matches("</script>");
        self.load(id, link.clone(), true, script);
        Ok(())
    }

    fn apply(&mut self, id: &WindowId, command: &WindowCommand) -> Result<(), BackendError> {
        match command {
            WindowCommand::Close if self.has(Fault::KeepsClosedWindows) => return Ok(()),
            WindowCommand::SetSize(_) if self.has(Fault::KeepsSizes) => return Ok(()),
            WindowCommand::ReportState if self.has(Fault::ReportsTwice) => {
                self.windows.apply(id, command)?;
            }
            _ => {}
        }
        let applied = self.windows.apply(id, command);
        if applied == Err(BackendError::NoWindow) && self.has(Fault::TakesUnknownIds) {
            return Ok(());
        }
        applied?;
        match command {
            WindowCommand::Close => {
                self.pages.remove(id);
                if self.has(Fault::ReportsClosedWindows) {
                    self.screen.report(BackendEventKind::Closed.of(id.clone()));
                }
            }
            WindowCommand::Reload => {
                if let Some(page) = self.pages.remove(id) {
                    let preloads = !self.has(Fault::PreloadsOnce);
                    self.load(id, page.link, preloads, &page.script);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn eval(&mut self, id: &WindowId, script: &str) -> Result<(), BackendError> {
        self.windows.eval(id, script)
    }
}

/// Runs a script; whether it ran to its end.
fn run(realm: &Context, script: &str) -> bool {
    realm.with(|ctx| ctx.eval::<Value<'_>, _>(script).is_ok())
}
