//! A realm with the real preload script and a page's own script.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::OnceLock;

use bytes::Bytes;
use rquickjs::function::IntoArgs;
use rquickjs::module::WriteOptions;
use rquickjs::{
    ArrayBuffer, Context, Ctx, Function, Module, Object, Persistent, Runtime, TypedArray, Value,
};
use webview_host::{Answer, PageLink, PageRequest};

const ORIGIN: &str = "app://localhost";

pub(crate) struct Realm {
    controls: Option<Persistent<Object<'static>>>,
    context: Context,
    runtime: Runtime,
    said: Rc<RefCell<Vec<Said>>>,
}

/// What left the page.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said {
    /// To the host.
    Posted(String),
    /// The same, in a request that the host took.
    Uploaded(Bytes),
    /// The token of bytes that it asks for.
    Asked(String),
    /// To the test.
    Noted(String),
    /// An error that nobody caught: its message.
    Failed(String),
}

impl Realm {
    /// A page that has loaded; `number` tells it from all others.
    pub(crate) fn new(runtime: &Runtime, link: &PageLink, number: usize) -> Realm {
        let (function, config) = link
            .preload()
            .rsplit_once("})(")
            .expect("a call at the end");
        let scripts = SCRIPTS.get_or_init(|| compile(function));
        let context = Context::full(runtime).unwrap();
        let said = Rc::new(RefCell::new(Vec::new()));
        let controls = context.with(|ctx| {
            let native = Object::new(ctx.clone()).unwrap();
            let recorder = |record: fn(Value<'_>) -> Said| {
                let said = said.clone();
                let record = move |value: Value<'_>| said.borrow_mut().push(record(value));
                Function::new(ctx.clone(), record).unwrap()
            };
            native
                .set("post", recorder(|it| Said::Posted(text(it))))
                .unwrap();
            native.set("report", recorder(failed)).unwrap();
            native.set("log", recorder(failed)).unwrap();
            let asked = recorder(|it| {
                let url = text(it);
                let (_, token) = url.rsplit_once('/').unwrap();
                Said::Asked(token.to_owned())
            });
            native.set("download", asked).unwrap();
            native.set("upload", uploader(&ctx, link, &said)).unwrap();
            let note = recorder(|it| Said::Noted(text(it)));
            ctx.globals().set("note", note).unwrap();
            load(&ctx, scripts);
            let install: Function<'_> = ctx.globals().get("surroundings").unwrap();
            let controls: Object<'_> = install.call((native,)).unwrap();
            Persistent::save(&ctx, controls)
        });
        let realm = Realm {
            controls: Some(controls),
            context,
            runtime: runtime.clone(),
            said,
        };
        let [high, low] = [number >> 8, number & 255];
        realm.run(&format!(
            "{{ let fills = 0; crypto.getRandomValues = (bytes) => {{
                [bytes[0], bytes[1], bytes[2]] = [{high}, {low}, fills++]; return bytes; }} }}"
        ));
        realm.run(&format!("preload({config}"));
        realm.run("page()");
        realm.control::<()>("load", (true,));
        realm.run_microtasks();
        realm
    }

    /// Runs a script, and then the microtasks.
    #[track_caller]
    pub(crate) fn run(&self, script: &str) {
        self.context.with(|ctx| {
            if ctx.eval::<Value<'_>, _>(script).is_err() {
                panic!("{:?} in {script}", failed(ctx.catch()));
            }
        });
        self.run_microtasks();
    }

    fn run_microtasks(&self) {
        while self.runtime.is_job_pending() {
            assert!(self.runtime.execute_pending_job().is_ok());
        }
    }

    /// The page is left, perhaps for the cache.
    pub(crate) fn hide(&self) {
        self.control::<()>("pageTransition", ("pagehide", true, true));
    }

    /// The page comes back from the cache.
    pub(crate) fn show(&self) {
        self.control::<()>("pageTransition", ("pageshow", true, true));
        self.run_microtasks();
    }

    /// Makes all requests fail from now on.
    pub(crate) fn fail_requests(&self) {
        self.control::<()>("failRequests", (true,));
    }

    /// Ends the request for the bytes with a token; the status is 0 if it broke off.
    pub(crate) fn answer(&self, token: &str, status: u16, body: Option<&[u8]>) {
        let was_asked: bool = self.context.with(|ctx| {
            let body = body.map(|it| ArrayBuffer::new_copy(ctx.clone(), it).unwrap());
            let url = format!("{ORIGIN}{}bytes/{token}", PageLink::PATH);
            let controls = self.controls.clone().unwrap().restore(&ctx).unwrap();
            let function: Function<'_> = controls.get("answer").unwrap();
            function.call((url, status, body)).unwrap()
        });
        assert!(was_asked, "{token} was not asked for");
        self.run_microtasks();
    }

    /// Lets so many milliseconds pass.
    pub(crate) fn pass(&self, ms: u32) {
        let end = self.control::<u32>("now", ()) + ms;
        while self.control::<bool>("tick", (end,)) {
            self.run_microtasks();
        }
    }

    /// What left the page since the last call, in order.
    pub(crate) fn said(&self) -> Vec<Said> {
        self.said.take()
    }

    fn control<T: for<'js> rquickjs::FromJs<'js>>(
        &self,
        name: &str,
        args: impl for<'js> IntoArgs<'js>,
    ) -> T {
        self.context.with(|ctx| {
            let controls = self.controls.clone().unwrap().restore(&ctx).unwrap();
            let function: Function<'_> = controls.get(name).unwrap();
            function.call(args).unwrap()
        })
    }
}

impl Drop for Realm {
    fn drop(&mut self) {
        // A value of the realm must go before the realm.
        self.controls.take();
    }
}

/// What takes the uploads of a page, as a webview does.
#[expect(unsafe_code, reason = "the engine has no other way to read bytes")]
fn uploader<'js>(ctx: &Ctx<'js>, link: &PageLink, said: &Rc<RefCell<Vec<Said>>>) -> Function<'js> {
    let (link, said) = (link.clone(), said.clone());
    let upload = move |url: String, key: String, body: TypedArray<'_, u8>| {
        let request = PageRequest {
            path: url.strip_prefix(ORIGIN).unwrap(),
            key: Some(&key),
        };
        // SAFETY: no script runs while the bytes are copied.
        let body = || unsafe { body.as_bytes() }.map(Bytes::copy_from_slice);
        match link.answer(request, body) {
            Answer::Upload(body) => {
                said.borrow_mut().push(Said::Uploaded(body));
                204
            }
            Answer::Bytes(_) => 200,
            Answer::NotFound => 404,
        }
    };
    Function::new(ctx.clone(), upload).unwrap()
}

/// The three scripts of a page as functions, compiled: most of the time would go into parsing them.
static SCRIPTS: OnceLock<Vec<u8>> = OnceLock::new();

fn compile(preload: &str) -> Vec<u8> {
    let surroundings = include_str!("../../../preload-js/tests/it/realm.js");
    let surroundings = surroundings.trim_end().trim_end_matches(';');
    let page = include_str!("page.js");
    let source = format!(
        "globalThis.surroundings =\n{surroundings};\nglobalThis.preload = {preload}}});\n\
         globalThis.page = () => {{\n{page}}};"
    );
    let context = Context::full(&Runtime::new().unwrap()).unwrap();
    context.with(|ctx| {
        let module = Module::declare(ctx.clone(), "page", source).unwrap();
        module.write(WriteOptions::default()).unwrap()
    })
}

#[expect(unsafe_code, reason = "the engine trusts what is compiled")]
fn load(ctx: &Ctx<'_>, scripts: &[u8]) {
    // SAFETY: they were compiled by the same version of the engine, in this process.
    let module = unsafe { Module::load(ctx.clone(), scripts) }.unwrap();
    module.eval().unwrap().1.finish::<()>().unwrap();
}

fn text(value: Value<'_>) -> String {
    value.get().expect("a string")
}

fn failed(error: Value<'_>) -> Said {
    let message = error.as_object().and_then(|it| it.get("message").ok());
    Said::Failed(message.unwrap_or_default())
}
