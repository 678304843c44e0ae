//! The rules for backends: the memory backend keeps them, and the checks find who does not.

use std::collections::{HashMap, VecDeque};

use ipc_protocol::{WindowCommand, WindowId, WindowSpec};
use rquickjs::{Context, Function, Object, Runtime, Value};
use webview_host::conformance::{Stage, check};
use webview_host::memory::{self, MemoryBackend, MemoryHandle};
use webview_host::{Backend, BackendError, BackendEvent};

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
        let wish = BackendEvent::CloseRequested(id.clone());
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
    fault: Option<Fault>,
}

struct Page {
    preload: String,
    script: String,
    realm: Context,
}

impl PagedBackend {
    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// Loads the window's page: the preload, then the page's own script.
    fn load(&mut self, id: &WindowId, preload: &str, script: &str) {
        let mut scripts = [preload, script];
        if self.has(Fault::PreloadsLate) {
            scripts.reverse();
        }
        let realm = self.realm(id);
        for script in scripts {
            run(&realm, script);
        }
        let page = Page {
            preload: preload.to_owned(),
            script: script.to_owned(),
            realm,
        };
        self.pages.insert(id.clone(), page);
    }

    /// A realm whose messages are the window's.
    fn realm(&self, id: &WindowId) -> Context {
        let realm = Context::full(&Runtime::new().unwrap()).unwrap();
        let id = match self.has(Fault::MixesWindowsUp) {
            true => self.pages.keys().next().unwrap_or(id),
            false => id,
        };
        let (screen, id, trims) = (
            self.screen.clone(),
            id.clone(),
            self.has(Fault::TrimsMessages),
        );
        realm.with(|ctx| {
            let post = Function::new(ctx.clone(), move |text: String| {
                let text = if trims { text.trim() } else { &*text };
                screen.report(BackendEvent::Message(id.clone(), text.to_owned()));
            });
            let native = Object::new(ctx.clone()).unwrap();
            native.set("postMessage", post).unwrap();
            let globals = ctx.globals();
            globals.set("ipc", native).unwrap();
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
    }
}

impl Backend for PagedBackend {
    fn open(
        &mut self,
        id: &WindowId,
        spec: &WindowSpec,
        preload: &str,
    ) -> Result<(), BackendError> {
        if self.has(Fault::OpensNothing) {
            return Ok(());
        }
        let opened = self.windows.open(id, spec, preload);
        if opened.is_err() && self.has(Fault::LeavesFailedWindows) {
            self.windows.open(id, spec, preload)?;
        }
        opened?;
        let html = spec.html.as_deref().unwrap_or_default();
        let script = html.split_once("<script>").map_or("", |(_, rest)| rest);
        self.load(id, preload, script.trim_end_matches("</script>"));
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
                    self.screen.report(BackendEvent::Closed(id.clone()));
                }
            }
            WindowCommand::Reload => {
                if let Some(page) = self.pages.remove(id) {
                    let preload = match self.has(Fault::PreloadsOnce) {
                        true => "",
                        false => &*page.preload,
                    };
                    self.load(id, preload, &page.script);
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
