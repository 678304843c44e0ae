//! The system's dialogs: GTK's own.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use gtk::prelude::*;
use gtk::{
    ButtonsType, DialogFlags, FileChooserAction, FileChooserNative, FileFilter, MessageDialog,
    MessageType, ResponseType,
};
use ipc_protocol::{Dialog, DialogAnswer, MessageBox, MessageKind, OpenFile, SaveFile};

use super::signals;

/// The dialogs of one window that wait for its user, by their numbers. They go with it.
#[derive(Default)]
pub(super) struct Dialogs(Rc<RefCell<HashMap<u64, Shown>>>);

/// How high the text below a message may be, in logical pixels, before it scrolls.
const MAX_DETAIL_HEIGHT: i32 = 300;

/// One that is destroyed with this.
struct Shown(Kind);

#[derive(Clone)]
enum Kind {
    Files(FileChooserNative),
    Message(MessageDialog),
}

impl Dialogs {
    /// Shows a dialog of a window, and calls back once its user has answered.
    pub(super) fn show(
        &self,
        window: &gtk::Window,
        number: u64,
        dialog: &Dialog,
        answer: impl Fn(DialogAnswer) + 'static,
    ) -> bool {
        let made = within_group(window, || match dialog {
            Dialog::OpenFile(options) => Some(Kind::Files(open(window, options))),
            Dialog::SaveFile(options) => Some(Kind::Files(save(window, options))),
            Dialog::Message(options) => Some(Kind::Message(message(window, options))),
            _ => None,
        });
        let Some(made) = made else {
            return false;
        };
        let open = Rc::downgrade(&self.0);
        let end = move |answered| {
            // GTK still uses it.
            let ended = open
                .upgrade()
                .and_then(|open| open.borrow_mut().remove(&number));
            if let Some(ended) = ended {
                answer(answered);
                signals::spawn(async move {
                    signals::next_turn().await;
                    drop(ended);
                });
            }
        };
        // Before it is shown, since it may be answered from then on.
        self.0.borrow_mut().insert(number, Shown(made.clone()));
        match made {
            Kind::Files(dialog) => {
                signals::on_answer(&dialog, move |dialog, response| {
                    end(files(dialog, response))
                });
                dialog.show();
            }
            Kind::Message(dialog) => {
                signals::on_response(&dialog, move |response| end(button(response)));
                dialog.show();
            }
        }
        true
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        match &self.0 {
            Kind::Files(dialog) => destroy(dialog),
            Kind::Message(dialog) => super::frame::destroy(dialog.upcast_ref()),
        }
    }
}

/// Destroys a dialog for files.
pub(super) fn destroy(dialog: &FileChooserNative) {
    keep_asking();
    dialog.destroy();
}

/// To be called before a dialog for files is destroyed, also with its window. It may just ask its user, such as
/// whether a file is to be replaced, by a dialog with a loop of its own that runs below us; when that has ended, GTK
/// goes on with both. So both are kept for good.
pub(super) fn keep_asking() {
    let windows = gtk::Window::list_toplevels().into_iter();
    for window in windows.filter_map(|widget| widget.downcast::<gtk::Window>().ok()) {
        let parent = window.transient_for();
        if let Some(files) = parent.filter(|it| it.is::<gtk::FileChooserDialog>()) {
            keep(window.upcast_ref());
            keep(files.upcast_ref());
        }
    }
}

fn keep(widget: &gtk::Widget) {
    std::mem::forget(widget.clone());
    if let Some(container) = widget.downcast_ref::<gtk::Container>() {
        container.children().iter().for_each(keep);
    }
}

/// Makes a dialog that keeps input from a window, if it is modal: GTK does so within a group of windows.
pub(super) fn within_group<T>(window: &gtk::Window, make: impl FnOnce() -> T) -> T {
    let before = gtk::Window::list_toplevels();
    let made = make();
    let after = gtk::Window::list_toplevels().into_iter();
    let dialogs = after.filter(|widget| !before.contains(widget));
    if let Some(group) = window.group() {
        for dialog in dialogs.filter_map(|widget| widget.downcast::<gtk::Window>().ok()) {
            group.add_window(&dialog);
        }
    }
    made
}

fn open(window: &gtk::Window, options: &OpenFile) -> FileChooserNative {
    let action = match options.folders {
        true => FileChooserAction::SelectFolder,
        false => FileChooserAction::Open,
    };
    let title = options.title.as_deref();
    let dialog = FileChooserNative::new(title, Some(window), action, None, None);
    dialog.set_select_multiple(options.multiple);
    prepare(&dialog, options.folder.as_ref(), &options.filters);
    dialog
}

fn save(window: &gtk::Window, options: &SaveFile) -> FileChooserNative {
    let title = options.title.as_deref();
    let action = FileChooserAction::Save;
    let dialog = FileChooserNative::new(title, Some(window), action, None, None);
    dialog.set_do_overwrite_confirmation(true);
    if let Some(name) = &options.name {
        dialog.set_current_name(name);
    }
    prepare(&dialog, options.folder.as_ref(), &options.filters);
    dialog
}

fn prepare(
    dialog: &FileChooserNative,
    folder: Option<&String>,
    filters: &[ipc_protocol::FileFilter],
) {
    dialog.set_modal(true);
    if let Some(folder) = folder {
        dialog.set_current_folder(folder);
    }
    for kind in filters {
        let filter = FileFilter::new();
        filter.set_name(Some(&kind.name));
        for extension in &kind.extensions {
            filter.add_pattern(&pattern(extension));
        }
        dialog.add_filter(filter);
    }
}

/// What matches an extension, in small letters or large ones.
fn pattern(extension: &str) -> String {
    let either = extension.chars().flat_map(|it| {
        let (small, large) = (it.to_lowercase(), it.to_uppercase());
        match small.clone().eq(large.clone()) {
            true => vec![it],
            false => ['[']
                .into_iter()
                .chain(small)
                .chain(large)
                .chain([']'])
                .collect(),
        }
    });
    format!("*.{}", either.collect::<String>())
}

fn message(window: &gtk::Window, options: &MessageBox) -> MessageDialog {
    let kind = match options.kind {
        MessageKind::Info => MessageType::Info,
        MessageKind::Warning => MessageType::Warning,
        MessageKind::Error => MessageType::Error,
    };
    let buttons = match options.buttons.is_empty() {
        true => ButtonsType::Ok,
        false => ButtonsType::None,
    };
    let flags = DialogFlags::MODAL;
    let dialog = MessageDialog::new(Some(window), flags, kind, buttons, &options.text);
    if let Some(detail) = &options.detail {
        add_detail(&dialog, detail);
    }
    if let Some(title) = &options.title {
        dialog.set_title(title);
    }
    for (number, text) in (0..).zip(&options.buttons) {
        // Mnemonics are GTK's, not the app's.
        dialog.add_button(&text.replace('_', "__"), ResponseType::Other(number));
    }
    if !options.buttons.is_empty() {
        dialog.set_default_response(ResponseType::Other(0));
    }
    dialog
}

/// The text below the message, which may be longer than the screen is high.
fn add_detail(dialog: &MessageDialog, detail: &str) {
    let label = gtk::Label::builder()
        .label(detail)
        .wrap(true)
        .max_width_chars(60)
        .selectable(true)
        .can_focus(false)
        .xalign(0.0)
        .build();
    let scrolled = gtk::ScrolledWindow::builder()
        .hscrollbar_policy(gtk::PolicyType::Never)
        .propagate_natural_height(true)
        .max_content_height(MAX_DETAIL_HEIGHT)
        .child(&label)
        .build();
    if let Ok(area) = dialog.message_area().downcast::<gtk::Box>() {
        area.pack_start(&scrolled, true, true, 0);
        scrolled.show_all();
    }
}

fn files(dialog: &FileChooserNative, response: ResponseType) -> DialogAnswer {
    match response {
        ResponseType::Accept => DialogAnswer::Files(dialog.filenames()),
        _ => DialogAnswer::Nothing,
    }
}

fn button(response: ResponseType) -> DialogAnswer {
    match response {
        ResponseType::Ok => DialogAnswer::Button(0),
        ResponseType::Other(number) => DialogAnswer::Button(usize::from(number)),
        _ => DialogAnswer::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn extensions_match_in_any_letters() {
        assert_eq!(pattern("png"), "*.[pP][nN][gG]");
        assert_eq!(pattern("tar.7z"), "*.[tT][aA][rR].7[zZ]");
    }
}
