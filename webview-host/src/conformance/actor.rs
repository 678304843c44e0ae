//! What the checks do on a stage, in few words.

use std::collections::HashMap;

use bytes::Bytes;
use ipc_protocol::{Origin, WindowCommand, WindowId, WindowSpec, WindowState};

use super::Stage;
use crate::{Backend, BackendError, BackendEventKind, PageLink};

/// Whether a check passes, and what is wrong if not.
pub(super) type Outcome<T = ()> = Result<T, String>;

/// Works a backend for one check.
pub(super) struct Actor<'a> {
    stage: &'a mut dyn Stage,
    opened: HashMap<WindowId, PageLink>,
}

/// The preload of all checks: its functions are there for the page and for scripts, and it says so.
const PRELOAD: &str = r#"(function () {
    const native = window.webkit?.messageHandlers?.ipc ?? window.chrome?.webview ?? window.ipc;
    const path = ORIGIN + "/.host/";
    // Where the page's world has no message function, preload-js's bridge posts.
    const early = [];
    let bridge;
    window.post = (text) => {
        if (native) return native.postMessage(text);
        if (!bridge) return early.push(text);
        bridge.data = text;
        bridge.dispatchEvent(new Event("post"));
    };
    if (!native) {
        document.addEventListener(KEY + "-bridge", ({ relatedTarget }) => {
            bridge = relatedTarget;
            early.splice(0).forEach(window.post);
        });
        document.dispatchEvent(new Event(KEY + "-ask"));
    }
    window.upload = (key, bytes) => {
        const request = new XMLHttpRequest();
        try {
            request.open("POST", path + "frames", false);
            request.setRequestHeader("x-host-key", key);
            request.send(new Uint8Array(bytes));
            return request.status === 204 ? "taken" : "refused";
        } catch {
            return "refused";
        }
    };
    window.get = (token) => {
        const request = new XMLHttpRequest();
        request.open("GET", path + "bytes/" + token);
        request.responseType = "arraybuffer";
        request.onload = () => {
            const got = request.status === 200 ? new Uint8Array(request.response).join() : "nothing";
            window.post("got " + got);
        };
        request.onerror = () => window.post("got nothing");
        request.send();
    };
    window.post("preload");
})();"#;

/// The key of all checks.
pub(super) const KEY: &str = "0123456789abcdef";

impl Actor<'_> {
    pub(super) fn new(stage: &mut dyn Stage) -> Actor<'_> {
        Actor {
            stage,
            opened: HashMap::new(),
        }
    }

    /// The origin of the app's own pages.
    pub(super) fn own_origin(&mut self) -> Outcome<Origin> {
        let mut origin = None;
        self.stage
            .with_backend(&mut |backend| origin = Origin::of(backend.origin()));
        origin.ok_or_else(|| "the app's own pages have no origin".to_owned())
    }

    /// Opens a window whose page runs `script`.
    pub(super) fn open(&mut self, id: &str, script: &str) -> Outcome<WindowId> {
        let mut spec = WindowSpec::default();
        spec.title = format!("conformance {id}");
        spec.html = Some(format!("<!DOCTYPE html><script>{script}</script>"));
        self.try_open(id, &spec)
            .map_err(|error| format!("the window did not open: {error}"))
    }

    pub(super) fn try_open(
        &mut self,
        id: &str,
        spec: &WindowSpec,
    ) -> Result<WindowId, BackendError> {
        let id = WindowId::new(id).map_err(|error| BackendError::Failed(error.to_string()))?;
        let link = self.call(|backend| {
            let origin = format!("{:?}", backend.origin());
            let preload = PRELOAD.replace("ORIGIN", &origin);
            let preload = preload.replace("KEY", &format!("{KEY:?}"));
            let link = PageLink::new(preload, KEY.to_owned());
            backend.open(&id, spec, &link).map(|()| link)
        })?;
        self.opened.insert(id.clone(), link);
        Ok(id)
    }

    pub(super) fn unopenable(&mut self) -> WindowSpec {
        self.stage.unopenable()
    }

    pub(super) fn try_apply(
        &mut self,
        id: &WindowId,
        command: &WindowCommand,
    ) -> Result<(), BackendError> {
        self.call(|backend| backend.apply(id, command))
    }

    pub(super) fn apply(&mut self, id: &WindowId, command: &WindowCommand) -> Outcome {
        self.try_apply(id, command)
            .map_err(|error| format!("{command:?} failed: {error}"))
    }

    pub(super) fn try_eval(&mut self, id: &WindowId, script: &str) -> Result<(), BackendError> {
        self.call(|backend| backend.eval(id, script))
    }

    pub(super) fn eval(&mut self, id: &WindowId, script: &str) -> Outcome {
        self.try_eval(id, script)
            .map_err(|error| format!("the script {script:.40} was refused: {error}"))
    }

    pub(super) fn close_as_user(&mut self, id: &WindowId) {
        self.stage.close_as_user(id);
    }

    /// Lets the window's page get the bytes.
    pub(super) fn offer(&self, id: &WindowId, token: &str, bytes: &[u8]) {
        if let Some(link) = self.opened.get(id) {
            link.offer(token.to_owned(), Bytes::copy_from_slice(bytes), 1);
        }
    }

    /// The next event of the window that `want` takes, past all others.
    pub(super) fn wait<T>(
        &mut self,
        id: &WindowId,
        what: &str,
        mut want: impl FnMut(&BackendEventKind) -> Option<T>,
    ) -> Outcome<T> {
        loop {
            let event = self.stage.next_event();
            let event = event.ok_or_else(|| format!("{what} did not come"))?;
            if event.window == *id
                && let Some(found) = want(&event.kind)
            {
                return Ok(found);
            }
        }
    }

    /// The window's next message.
    pub(super) fn message(&mut self, id: &WindowId) -> Outcome<String> {
        self.wait(id, "a message of the page", |event| match event {
            BackendEventKind::Message { text, .. } => Some(text.clone()),
            _ => None,
        })
    }

    /// Takes the window's next messages, which must be these.
    pub(super) fn expect_messages<'a>(
        &mut self,
        id: &WindowId,
        expected: impl IntoIterator<Item = &'a str>,
    ) -> Outcome {
        for expected in expected {
            let message = self.message(id)?;
            if message != expected {
                return Err(format!(
                    "the page's message was {message:.80?}, not {expected:.80?}"
                ));
            }
        }
        Ok(())
    }

    /// The window's next report of its state.
    pub(super) fn reported_state(&mut self, id: &WindowId) -> Outcome<WindowState> {
        self.wait(id, "the window's state", |event| match event {
            BackendEventKind::State(state) => Some(state.clone()),
            _ => None,
        })
    }

    /// Asks for the window's state, and waits for it.
    pub(super) fn state(&mut self, id: &WindowId) -> Outcome<WindowState> {
        self.apply(id, &WindowCommand::ReportState)?;
        self.reported_state(id)
    }

    /// Closes what the check has left open, and takes what is reported of it.
    pub(super) fn leave(mut self) {
        for (id, _) in std::mem::take(&mut self.opened) {
            // Most are closed by the check itself.
            let _ = self.try_apply(&id, &WindowCommand::Close);
        }
    }

    fn call<T>(
        &mut self,
        mut call: impl FnMut(&mut dyn Backend) -> Result<T, BackendError>,
    ) -> Result<T, BackendError> {
        let mut result = Err(BackendError::Failed("the stage lent no backend".to_owned()));
        self.stage
            .with_backend(&mut |backend| result = call(backend));
        result
    }
}

/// Fails with `problem` unless `holds`.
pub(super) fn ensure(holds: bool, problem: impl FnOnce() -> String) -> Outcome {
    match holds {
        true => Ok(()),
        false => Err(problem()),
    }
}
