//! The memory backend with pages in its windows.

use std::collections::HashMap;
use std::io::Read;
use std::path::PathBuf;
use std::sync::mpsc::Sender;

use ipc_protocol::{WindowCommand, WindowId, WindowSpec};
use webview_host::memory::{self, MemoryBackend, MemoryHandle};
use webview_host::pages::{FileRequest, Pages};
use webview_host::{Backend, BackendError, PageLink};

use super::page::{HeadlessPage, Outside};

pub(super) struct HeadlessBackend {
    windows: MemoryBackend,
    screen: MemoryHandle,
    files: Pages,
    pages: HashMap<WindowId, Loaded>,
    /// Told when there is something to take from the screen.
    wake: Sender<()>,
}

struct Loaded {
    link: PageLink,
    html: String,
    visit: usize,
    page: HeadlessPage,
}

impl HeadlessBackend {
    pub(super) fn new(directory: PathBuf, wake: Sender<()>) -> HeadlessBackend {
        let (windows, screen) = memory::pair();
        HeadlessBackend {
            windows,
            screen,
            files: Pages::new(directory).unwrap(),
            pages: HashMap::new(),
            wake,
        }
    }

    pub(super) fn screen(&self) -> &MemoryHandle {
        &self.screen
    }

    /// The page that a window shows, if it is open.
    pub(super) fn page(&self, id: &WindowId) -> Option<&HeadlessPage> {
        self.pages.get(id).map(|loaded| &loaded.page)
    }

    fn load(&mut self, id: &WindowId, link: PageLink, html: String, visit: usize) {
        let (screen, wake, window) = (self.screen.clone(), self.wake.clone(), id.clone());
        let outside = Outside {
            post: Box::new(move |text| {
                screen.post(&window, text);
                // Nobody waits any more when the app has ended.
                let _ = wake.send(());
            }),
        };
        let page = HeadlessPage::load(link.preload(), &html, visit, outside);
        let loaded = Loaded {
            link,
            html,
            visit,
            page,
        };
        self.pages.insert(id.clone(), loaded);
    }

    fn html(&self, spec: &WindowSpec) -> Result<String, BackendError> {
        if let Some(html) = &spec.html {
            return Ok(html.clone());
        }
        let name = spec.url.as_deref().unwrap_or("index.html");
        let file = self.files.open(&FileRequest {
            path: format!("/{name}"),
            ..FileRequest::default()
        });
        let mut file = file.ok_or_else(|| BackendError::PageNotFound(name.to_owned()))?;
        let mut html = String::new();
        file.content.read_to_string(&mut html).unwrap();
        Ok(html)
    }
}

impl Backend for HeadlessBackend {
    fn origin(&self) -> &str {
        self.windows.origin()
    }

    fn open(
        &mut self,
        id: &WindowId,
        spec: &WindowSpec,
        link: &PageLink,
    ) -> Result<(), BackendError> {
        let html = self.html(spec)?;
        self.windows.open(id, spec, link)?;
        self.load(id, link.clone(), html, 1);
        Ok(())
    }

    fn apply(&mut self, id: &WindowId, command: &WindowCommand) -> Result<(), BackendError> {
        self.windows.apply(id, command)?;
        match command {
            WindowCommand::Close => drop(self.pages.remove(id)),
            WindowCommand::Reload => {
                if let Some(loaded) = self.pages.remove(id) {
                    self.load(id, loaded.link, loaded.html, loaded.visit + 1);
                }
            }
            _ => {}
        }
        // What the screen reports of it.
        let _ = self.wake.send(());
        Ok(())
    }

    fn eval(&mut self, id: &WindowId, script: &str) -> Result<(), BackendError> {
        self.windows.eval(id, script)?;
        for script in self.screen.take_scripts(id) {
            if let Some(page) = self.page(id) {
                page.run(&script);
            }
        }
        Ok(())
    }
}
