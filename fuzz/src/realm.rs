//! QuickJS, as a page.

use std::cell::RefCell;
use std::rc::Rc;

use rquickjs::{Context, Ctx, Function, Object, Runtime};
use serde_json::Value as Json;

thread_local! {
    /// A page without the preload script, which notes what it is handed. It is made once, since
    /// that takes longer than all else.
    static BARE: Bare = Bare::new();
}

struct Bare {
    context: Context,
    delivered: Rc<RefCell<Vec<(String, String)>>>,
}

impl Bare {
    fn new() -> Bare {
        let runtime = Runtime::new().expect("an engine");
        let context = Context::full(&runtime).expect("a realm");
        let delivered = Rc::new(RefCell::new(Vec::new()));
        let all = delivered.clone();
        context.with(|ctx| {
            let deliver = move |key, batch| all.borrow_mut().push((key, batch));
            let deliver = Function::new(ctx.clone(), deliver).expect("a function");
            let window = Object::new(ctx.clone()).expect("an object");
            window.set("__hostDeliver", deliver).expect("a property");
            ctx.globals().set("window", window).expect("a property");
            let source = "(text) => JSON.parse(text).frames[0].channel";
            let read: Function<'_> = ctx.eval(source).expect("a function");
            ctx.globals().set("read", read).expect("a property");
        });
        Bare { context, delivered }
    }
}

/// What a script that delivers a batch gives a page: a key, and text.
pub(crate) fn delivered(script: &str) -> (String, String) {
    BARE.with(|bare| {
        bare.context.with(|ctx| {
            let ran = ctx.eval::<(), _>(script);
            assert!(ran.is_ok(), "{:?} in {script:?}", ctx.catch());
        });
        let [delivered] = <[_; 1]>::try_from(bare.delivered.take()).expect("one delivery");
        delivered
    })
}

/// The channel of the first frame in a batch, as a page reads it.
pub(crate) fn channel_of_first(batch: &str) -> String {
    BARE.with(|bare| {
        bare.context.with(|ctx| {
            let read: Function<'_> = ctx.globals().get("read").expect("a function");
            let channel = read.call((batch,));
            channel.unwrap_or_else(|_| panic!("{:?} of {batch:?}", ctx.catch()))
        })
    })
}

/// A page with the real preload script.
pub(crate) struct Page {
    context: Context,
    posted: Rc<RefCell<Vec<String>>>,
}

impl Page {
    pub(crate) fn new(preload: &str) -> Page {
        let runtime = Runtime::new().expect("an engine");
        let context = Context::full(&runtime).expect("a realm");
        let posted = Rc::new(RefCell::new(Vec::new()));
        context.with(|ctx| {
            let native = native(&ctx, &posted);
            let surroundings = include_str!("../../preload-js/tests/it/realm.js");
            let install: Function<'_> = ctx.eval(surroundings).expect("a function");
            install.call::<_, ()>((native,)).expect("surroundings");
            ctx.eval::<(), _>(preload).expect("the preload script runs");
        });
        let page = Page { context, posted };
        page.take_turn();
        page
    }

    /// Sends on a channel; the code of the error, if it may not.
    pub(crate) fn send(&self, channel: &str) -> Result<(), String> {
        let code: Option<String> = self.context.with(|ctx| {
            let source =
                "(channel) => { try { host.send(channel, 1) } catch (e) { return e.code } }";
            let send: Function<'_> = ctx.eval(source).expect("a function");
            send.call((channel,)).expect("all errors are caught")
        });
        self.take_turn();
        code.map_or(Ok(()), Err)
    }

    /// What it has posted since the last call.
    pub(crate) fn posted(&self) -> Vec<String> {
        self.posted.take()
    }

    fn take_turn(&self) {
        let runtime = self.context.runtime();
        while runtime.is_job_pending() {
            assert!(runtime.execute_pending_job().is_ok());
        }
    }
}

/// What the surroundings of a page need; it may not ask for anything but to post.
fn native<'js>(ctx: &Ctx<'js>, posted: &Rc<RefCell<Vec<String>>>) -> Object<'js> {
    let native = Object::new(ctx.clone()).expect("an object");
    let posted = posted.clone();
    let post = move |text| posted.borrow_mut().push(text);
    let post = Function::new(ctx.clone(), post).expect("a function");
    native.set("post", post).expect("a property");
    for name in ["report", "log", "upload", "download"] {
        let fail = move || -> () { panic!("{name} is called") };
        let fail = Function::new(ctx.clone(), fail).expect("a function");
        native.set(name, fail).expect("a property");
    }
    native
}

/// The configuration that a preload script was rendered with: the argument of its one call.
pub(crate) fn config(preload: &str) -> Json {
    let (_, argument) = preload.rsplit_once("})(").expect("a call at the end");
    let argument = argument.strip_suffix(");").expect("its end");
    serde_json::from_str(argument).expect("JSON")
}
