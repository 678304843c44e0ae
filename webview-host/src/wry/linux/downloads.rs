//! Files that pages, or their users, save.
//!
//! WebKitGTK writes what it loads itself, and wry has to know at once where to. So while the user is still
//! asked, it writes to a file of the app's own, which is moved then. Files of the app are copied, since WebKit's
//! network process knows nothing of their scheme.

mod name;
mod saving;
mod write;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::thread;

use futures::StreamExt;
use futures::channel::mpsc;
use glib::object::{Cast, ObjectExt};
use gtk::prelude::{FileChooserExt, NativeDialogExt, WidgetExt};
use gtk::{FileChooserAction, FileChooserNative, ResponseType};
use ipc_protocol::{Downloads as Choice, WindowId};
use webkit2gtk::{Download, DownloadExt, URIRequestExt, URIResponseExt};

use self::name::{free_in, last_of, name_of};
use self::saving::Saving;
use super::{dialogs, signals};
use crate::pages::PageFile;
use crate::wry::border::Border;

/// The downloads of all windows.
pub(super) struct Downloads {
    /// Where files are until it is known where they go.
    folder: PathBuf,
    count: Cell<u32>,
    windows: RefCell<HashMap<WindowId, Window>>,
    /// The one for which WebKit is about to ask where to write it.
    deciding: RefCell<Option<(WindowId, Rc<Saving>, Choice)>>,
}

/// What goes on for one window.
#[derive(Default)]
struct Window {
    /// What its dialogs belong to.
    view: glib::WeakRef<webkit2gtk::WebView>,
    /// The dialog that is open: one at a time.
    dialog: Option<FileChooserNative>,
    /// What is being saved, until it has ended.
    running: Vec<Rc<Saving>>,
}

impl Window {
    fn toplevel(&self) -> Option<gtk::Window> {
        self.view.upgrade()?.toplevel()?.downcast().ok()
    }
}

impl Downloads {
    /// What an earlier instance of the app has left behind there is removed.
    pub(super) fn new(data_directory: &Path) -> Rc<Downloads> {
        let folder = data_directory.join("downloads");
        // As a rule there is none.
        let _ = fs::remove_dir_all(&folder);
        Rc::new(Downloads {
            folder,
            count: Cell::default(),
            windows: RefCell::default(),
            deciding: RefCell::default(),
        })
    }

    /// Takes a download of the window's webview in, which has not begun. `open` gives the file at a URL
    /// of the app, if it is one and there is such a file.
    pub(super) fn take(
        self: &Rc<Self>,
        id: &WindowId,
        border: &Rc<Border>,
        download: &Download,
        open: impl FnOnce(&str) -> Option<Option<PageFile>>,
    ) {
        let url = download.request().and_then(|request| request.uri());
        let url = url.map(String::from).unwrap_or_default();
        let choice = border.on_download(&url).clone();
        let mut windows = self.windows.borrow_mut();
        let window = windows.entry(id.clone()).or_default();
        window.view.set(download.web_view().as_ref());
        let is_asking = choice == Choice::Ask
            && (window.dialog.is_some() || window.running.iter().any(|it| it.is_open_question()));
        drop(windows);
        if choice == Choice::Deny {
            return download.cancel();
        }
        if is_asking {
            border.on_download_blocked(&url);
            return download.cancel();
        }
        match open(&url) {
            None => self.save(id, border, download, url, choice),
            Some(file) => {
                download.cancel();
                match file {
                    Some(file) => self.copy(id, border, file, url, &choice),
                    None => border.on_download_blocked(&url),
                }
            }
        }
    }

    /// Has WebKit write the file: see [`Downloads::decide`].
    fn save(
        self: &Rc<Self>,
        id: &WindowId,
        border: &Rc<Border>,
        download: &Download,
        url: String,
        choice: Choice,
    ) {
        let saving = self.add(id, border, url, {
            // It is WebKit's, and has what is called below.
            let download = download.downgrade();
            move || {
                if let Some(download) = download.upgrade() {
                    download.cancel();
                }
            }
        });
        // Right after the response comes the question where to write it.
        signals::on_response_notify(download, {
            let (downloads, id, saving) = (self.clone(), id.clone(), saving.clone());
            move || {
                let deciding = (id.clone(), saving.clone(), choice.clone());
                downloads.deciding.replace(Some(deciding));
            }
        });
        signals::on_received_data(download, {
            let saving = saving.clone();
            move |download| saving.progress(download.received_data_length(), length_of(download))
        });
        signals::on_download_failed(download, {
            let saving = saving.clone();
            move |error| saving.end(Err(error.message()))
        });
        signals::on_download_finished(download, {
            let (downloads, id) = (self.clone(), id.clone());
            move |download| {
                // WebKit takes a connection that ends early for the end of the file.
                let received = download.received_data_length();
                if length_of(download).is_some_and(|length| received < length) {
                    saving.end(Err("the connection ended before the file did"));
                }
                saving.is_loaded.set(true);
                downloads.put(&id, &saving);
            }
        });
    }

    /// Where WebKit is to write the file that it is about to ask for, whose name is that of `path` so far;
    /// false if it is not to write it.
    pub(super) fn decide(self: &Rc<Self>, path: &mut PathBuf) -> bool {
        let Some((id, saving, choice)) = self.deciding.take() else {
            return false;
        };
        let suggested = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name_of(&suggested);
        let written = match &choice {
            Choice::Deny => return false,
            Choice::Folder(folder) => self.free_in(folder.path(), &name).ok_or_else(no_name),
            Choice::Ask => self.temporary(saving.number()),
        };
        let written = match written {
            Ok(written) => written,
            Err(error) => {
                saving.end(Err(&error.to_string()));
                return false;
            }
        };
        saving.write_to(&written);
        path.clone_from(&written);
        if choice != Choice::Ask {
            saving.begin(&written);
            return true;
        }
        let (downloads, owner) = (self.clone(), id.clone());
        self.ask(&id, &name, move |chosen| match chosen {
            Some(path) => {
                saving.begin(&path);
                downloads.put(&owner, &saving);
            }
            None => downloads.refuse(&owner, &saving),
        });
        true
    }

    /// A file for what the user has not said yet where to put.
    fn temporary(&self, number: u32) -> io::Result<PathBuf> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)?;
        Ok(self.folder.join(number.to_string()))
    }

    /// Puts a file in its place, once it is loaded and its place is known.
    fn put(self: &Rc<Self>, id: &WindowId, saving: &Rc<Saving>) {
        if saving.has_ended() {
            return self.forget(id, saving);
        }
        if !saving.is_loaded.get() {
            return;
        }
        let (written, path) = (saving.written(), saving.path());
        match (written, path) {
            (None, _) => {
                saving.end(Err("it was not written"));
                self.forget(id, saving);
            }
            (Some(written), Some(path)) if written == path => {
                saving.end(Ok(()));
                self.forget(id, saving);
            }
            (Some(written), Some(path)) => {
                let is_over = saving.is_over();
                self.write(id, saving, None, move |_| {
                    write::put(&written, &path, &is_over)
                });
            }
            // The user is still asked.
            (Some(_), None) => {}
        }
    }

    /// Writes a file of the app.
    fn copy(
        self: &Rc<Self>,
        id: &WindowId,
        border: &Rc<Border>,
        file: PageFile,
        url: String,
        choice: &Choice,
    ) {
        let name = name_of(&last_of(&url));
        let saving = self.add(id, border, url, || {});
        let (downloads, owner) = (self.clone(), id.clone());
        let go_on = move |chosen: Option<PathBuf>| {
            let Some(path) = chosen else {
                return downloads.refuse(&owner, &saving);
            };
            saving.begin(&path);
            let (total, is_over) = (file.length, saving.is_over());
            downloads.write(&owner, &saving, Some(total), move |progress| {
                write::copy(file, &path, &is_over, progress)
            });
        };
        match choice {
            Choice::Deny => go_on(None),
            Choice::Folder(folder) => go_on(self.free_in(folder.path(), &name)),
            Choice::Ask => self.ask(id, &name, go_on),
        }
    }

    /// Has another thread write, and tells how that goes.
    fn write(
        self: &Rc<Self>,
        id: &WindowId,
        saving: &Rc<Saving>,
        total: Option<u64>,
        write: impl FnOnce(&mut dyn FnMut(u64)) -> io::Result<()> + Send + 'static,
    ) {
        let (updates, mut queue) = mpsc::unbounded();
        let thread = thread::spawn(move || {
            let result = write(&mut |count| {
                let _ = updates.unbounded_send(Update::Written(count));
            });
            let _ = updates.unbounded_send(Update::End(result));
        });
        saving.write_on(thread);
        let (downloads, id, saving) = (self.clone(), id.clone(), saving.clone());
        signals::spawn(async move {
            while let Some(update) = queue.next().await {
                match update {
                    Update::Written(count) => saving.progress(count, total),
                    Update::End(Ok(())) => saving.end(Ok(())),
                    Update::End(Err(error)) => saving.end(Err(&error.to_string())),
                }
            }
            downloads.forget(&id, &saving);
        });
    }

    /// Where a file goes in a folder, beside those that are there or about to be.
    fn free_in(&self, folder: &Path, name: &str) -> Option<PathBuf> {
        let windows = self.windows.borrow();
        let running = windows.values().flat_map(|window| &window.running);
        let taken: Vec<_> = running.filter_map(|saving| saving.path()).collect();
        free_in(folder, name, &taken)
    }

    /// The user wants the file nowhere.
    fn refuse(&self, id: &WindowId, saving: &Rc<Saving>) {
        saving.refuse();
        self.forget(id, saving);
    }

    fn add(
        &self,
        id: &WindowId,
        border: &Rc<Border>,
        url: String,
        cancel: impl Fn() + 'static,
    ) -> Rc<Saving> {
        let number = self.count.get().wrapping_add(1);
        self.count.set(number);
        let saving = Rc::new(Saving::new(number, url, border, cancel));
        let mut windows = self.windows.borrow_mut();
        let window = windows.entry(id.clone()).or_default();
        window.running.push(saving.clone());
        saving
    }

    fn forget(&self, id: &WindowId, saving: &Rc<Saving>) {
        if let Some(window) = self.windows.borrow_mut().get_mut(id) {
            window.running.retain(|it| !Rc::ptr_eq(it, saving));
        }
    }

    /// Asks the user where to write a file, with the system's dialog.
    fn ask(
        self: &Rc<Self>,
        id: &WindowId,
        name: &str,
        call: impl FnOnce(Option<PathBuf>) + 'static,
    ) {
        let parent = self.windows.borrow().get(id).and_then(Window::toplevel);
        let action = FileChooserAction::Save;
        let make = || FileChooserNative::new(Some(name), parent.as_ref(), action, None, None);
        let dialog = match &parent {
            Some(window) => dialogs::within_group(window, make),
            None => make(),
        };
        dialog.set_modal(true);
        dialog.set_do_overwrite_confirmation(true);
        if let Some(folder) = glib::user_special_dir(glib::UserDirectory::Downloads) {
            dialog.set_current_folder(folder);
        }
        dialog.set_current_name(name);
        let call = Cell::new(Some(call));
        signals::on_answer(&dialog, {
            let (downloads, id) = (self.clone(), id.clone());
            move |dialog, response| {
                if let Some(window) = downloads.windows.borrow_mut().get_mut(&id) {
                    window.dialog = None;
                }
                let chosen = match response {
                    ResponseType::Accept => dialog.filename(),
                    _ => None,
                };
                if let Some(call) = call.take() {
                    call(chosen);
                }
            }
        });
        dialog.show();
        let mut windows = self.windows.borrow_mut();
        windows.entry(id.clone()).or_default().dialog = Some(dialog);
    }

    /// The window closes: what is being saved ends, and nothing is left of it.
    pub(super) fn close(&self, id: &WindowId) {
        let Some(window) = self.windows.borrow_mut().remove(id) else {
            return;
        };
        for saving in window.running {
            saving.give_up();
        }
        if let Some(dialog) = window.dialog {
            dialogs::destroy(&dialog);
        }
    }
}

/// The bytes that a file is to have, if its server says so.
fn length_of(download: &Download) -> Option<u64> {
    let response = download.response()?;
    let headers = response.http_headers();
    // What is received is counted as it is written.
    if headers.is_some_and(|it| it.one("Content-Encoding").is_some()) {
        return None;
    }
    Some(response.content_length()).filter(|&length| length > 0)
}

/// How far a file is.
enum Update {
    Written(u64),
    End(io::Result<()>),
}

fn no_name() -> io::Error {
    io::Error::other("no name is free in the folder")
}
