//! A page in a realm of its own, on a thread of its own, as a webview's pages are.

use std::future::poll_fn;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use deno_core::{JsRuntime, OpState, PollEventLoopOptions, RuntimeOptions, op2};

use super::engine;

/// A page. What it is asked happens later, in order; dropped, it is gone.
pub(super) struct HeadlessPage {
    scripts: Sender<Script>,
    errors: Arc<Mutex<Vec<String>>>,
}

struct Script {
    code: String,
    /// Where the value goes, as text.
    value: Option<Sender<String>>,
}

/// What a page does to the world.
pub(super) struct Outside {
    /// Takes what the page posts.
    pub(super) post: Box<dyn Fn(String) + Send>,
}

impl HeadlessPage {
    /// Loads a page: the preload, then the scripts in its source. `visit` is the number of pages
    /// that its window has shown, with this one.
    pub(super) fn load(preload: &str, html: &str, visit: usize, outside: Outside) -> HeadlessPage {
        let (scripts, waiting) = mpsc::channel::<Script>();
        let errors = Arc::<Mutex<Vec<String>>>::default();
        engine::spawn({
            let errors = errors.clone();
            move || {
                let mut realm = Realm::new(outside, errors);
                for Script { code, value } in waiting {
                    let result = realm.run(code);
                    if let Some(value) = value {
                        // The test may have failed in the meantime.
                        let _ = value.send(result);
                    }
                }
            }
        });
        let page = HeadlessPage { scripts, errors };
        let ids: Vec<_> = between(html, "id=\"", "\"").collect();
        page.run(&format!(
            "({})({ids:?}, {visit})",
            SETUP.trim_end().trim_end_matches(';')
        ));
        page.run(preload);
        for script in between(html, "<script>", "</script>") {
            page.run(script);
        }
        page
    }

    /// Runs a script in the page, some time.
    pub(super) fn run(&self, code: &str) {
        self.send(code, None);
    }

    /// Runs a script, and waits for its value as text.
    pub(super) fn eval(&self, code: &str) -> String {
        let (sender, value) = mpsc::channel();
        self.send(code, Some(sender));
        value.recv().expect("the page runs")
    }

    /// What its scripts and handlers threw.
    pub(super) fn errors(&self) -> Vec<String> {
        self.errors.lock().unwrap().clone()
    }

    fn send(&self, code: &str, value: Option<Sender<String>>) {
        let code = code.to_owned();
        self.scripts
            .send(Script { code, value })
            .expect("the page runs");
    }
}

const SETUP: &str = include_str!("page.js");

/// The texts between `start` and `end`.
fn between<'a>(text: &'a str, start: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
    let pieces = text.split(start).skip(1);
    pieces.filter_map(move |piece| piece.split_once(end).map(|(inner, _)| inner))
}

struct Realm {
    js: JsRuntime,
    tokio: tokio::runtime::Runtime,
    errors: Arc<Mutex<Vec<String>>>,
}

impl Realm {
    fn new(outside: Outside, errors: Arc<Mutex<Vec<String>>>) -> Realm {
        let tokio = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let js = {
            let _tokio = tokio.enter();
            JsRuntime::new(RuntimeOptions {
                extensions: vec![page::init(outside, errors.clone())],
                ..RuntimeOptions::default()
            })
        };
        Realm { js, tokio, errors }
    }

    /// Runs a script and the microtasks after it, and returns its value as text.
    fn run(&mut self, code: String) -> String {
        let Realm { js, tokio, errors } = self;
        tokio.block_on(async {
            let text = match js.execute_script("page", code) {
                Ok(value) => {
                    deno_core::scope!(scope, js);
                    deno_core::v8::Local::new(scope, value).to_rust_string_lossy(scope)
                }
                Err(error) => {
                    let message = error.message.clone().unwrap_or_default();
                    errors.lock().unwrap().push(message);
                    String::new()
                }
            };
            let microtasks = poll_fn(|context| {
                let options = PollEventLoopOptions::default();
                Poll::Ready(js.poll_event_loop(context, options))
            });
            if let Poll::Ready(Err(error)) = microtasks.await {
                errors.lock().unwrap().push(error.to_string());
            }
            text
        })
    }
}

#[op2(fast)]
fn op_page_post(state: &OpState, #[string] text: String) {
    (state.borrow::<Outside>().post)(text);
}

#[op2(fast)]
fn op_page_error(state: &OpState, #[string] message: String) {
    let errors = state.borrow::<Arc<Mutex<Vec<String>>>>();
    errors.lock().unwrap().push(message);
}

deno_core::extension!(
    page,
    ops = [op_page_post, op_page_error],
    options = { outside: Outside, errors: Arc<Mutex<Vec<String>>> },
    state = |state, options| {
        state.put(options.outside);
        state.put(options.errors);
    },
);
