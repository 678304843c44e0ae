//! The seam between the host and whatever makes windows.

use bytes::Bytes;
use ipc_protocol::{
    Code, Dialog, DialogAnswer, ExternalUrl, Incident, Origin, Position, Screen, Size, SpecError,
    WindowCommand, WindowId, WindowSpec, WindowState,
};

use crate::{Handover, IconError, PageLink};

/// A stack of windows and webviews. Called on the user-interface thread only; need not be `Send`.
///
/// No method may wait for the page or call back into the host: what happens is reported as
/// [`BackendEvent`]s, later, in the order it happened. Ids are unique among open windows; an id
/// may come back after its window has been closed, and then nothing may be reported any more of
/// the window that had it before.
///
/// # What a page needs
///
/// - [`PageLink::preload`] runs first in each document of the top frame, in its main world, with nothing of the
///   page before it. It takes what it needs of the page's standard functions then, `XMLHttpRequest`,
///   `crypto.getRandomValues`, `TextEncoder` and timers among them, and finds nothing of what the page replaces later.
/// - It posts strings, one for each batch, by the `postMessage` of the first of these objects that is there:
///   `webkit.messageHandlers.ipc`, `chrome.webview`, `ipc`. A backend reports each as
///   [`BackendEventKind::Message`]. One that has a better way, as by a socket, gives the script a function
///   `__hostSocket` instead; one that keeps its messages in a script world of its own runs [`PageLink::bridge`] there.
/// - Bytes go by requests to the app's origin, below [`PageLink::PATH`], which [`PageLink::answer`] answers:
///   an upload with status 204, bytes with 200, all else with 404.
/// - [`BackendEventKind::Navigated`] is due once the document is certain to be shown, before all that it posts,
///   with the origin that the webview itself knows.
/// - The host hands the page its batches by [`Backend::deliver`], and takes an error there for the end of the page.
///
/// [`conformance`](crate::conformance) checks that a backend does all of this.
pub trait Backend {
    /// The origin of the app's own pages, such as `app://localhost`, as [`Origin::of`] reads it.
    /// Below [`PageLink::PATH`] it has what [`PageLink::answer`] answers.
    fn origin(&self) -> &str;

    /// Opens a window and starts loading its page. [`PageLink::preload`] is to be run in the top
    /// frame of every page the window loads, before the page's own scripts, and
    /// [`PageLink::answer`] answers what these pages request below [`PageLink::PATH`].
    ///
    /// The window shows pages of that origin and of [`WindowSpec::origins`] and refuses, as far as
    /// the webview lets it, to go anywhere else or to open other windows.
    ///
    /// # Errors
    /// When there is no such window afterwards.
    fn open(
        &mut self,
        id: &WindowId,
        spec: &WindowSpec,
        link: &PageLink,
    ) -> Result<(), BackendError>;

    /// Has the page of a window that is about to close leave it, so that what the page does when it is
    /// left is reported yet. The window is taken off the screen, and [`BackendEventKind::Left`] is due, at the
    /// latest after a second. Returns false if there is no page that could say anything: then it is not.
    ///
    /// If the page `may_stay`, its user may be asked first, as `beforeunload` brings it about. Then either
    /// [`BackendEventKind::Stays`] is due, or [`BackendEventKind::Leaving`] before all else; until then the window
    /// is as it was, for as long as the user takes.
    fn leave(&mut self, id: &WindowId, may_stay: bool) -> bool {
        let _ = (id, may_stay);
        false
    }

    /// Does something to an open window. After [`WindowCommand::Close`] the id is unknown, and
    /// nothing is reported of the window, not even [`BackendEventKind::Closed`].
    /// [`WindowCommand::SetPreventClose`] never comes here: the host knows it. A least size that would be greater
    /// than the greatest is [`BackendError::Size`], as [`SizeLimits`](ipc_protocol::SizeLimits) says it.
    ///
    /// # Errors
    /// When there is no such window, the window system cannot, or the command is not known here.
    /// The window is then as it was.
    fn apply(&mut self, id: &WindowId, command: &WindowCommand) -> Result<(), BackendError>;

    /// Moves or maximizes a window, whose user presses a button on its page as on a title bar. A page may say so
    /// at any time: do nothing unless a button is pressed there, as far as that can be told.
    fn title_bar(&mut self, id: &WindowId, action: TitleBarAction) {
        let _ = (id, action);
    }

    /// Shows a dialog of a window, and reports the answer, under this number, once the user has given it. It
    /// goes with the window.
    ///
    /// # Errors
    /// When there is no such window, or the window system has no such dialog.
    fn dialog(&mut self, id: &WindowId, number: u64, dialog: &Dialog) -> Result<(), BackendError> {
        let _ = (id, number, dialog);
        Err(BackendError::Unsupported)
    }

    /// The screens that there are.
    ///
    /// # Errors
    /// When the window system does not tell.
    fn screens(&mut self) -> Result<Vec<Screen>, BackendError> {
        Err(BackendError::Unsupported)
    }

    /// Has the system open a URL in another program.
    ///
    /// # Errors
    /// When it does not.
    fn open_external(&mut self, url: &ExternalUrl) -> Result<(), BackendError> {
        let _ = url;
        Err(BackendError::Unsupported)
    }

    /// Runs a script in the window's page; scripts run in the order given. One that throws is
    /// the page's own affair.
    ///
    /// # Errors
    /// When there is no such window, or the script will not run, ever: the host counts the page
    /// as gone then, and sends it nothing until it says hello again.
    fn eval(&mut self, id: &WindowId, script: &str) -> Result<(), BackendError>;

    /// Hands the window's page a batch, after those before. A backend that has a better way to a page
    /// than a script may take it.
    ///
    /// # Errors
    /// As [`Backend::eval`].
    fn deliver(&mut self, id: &WindowId, handover: &Handover<'_>) -> Result<(), BackendError> {
        self.eval(id, &handover.script()?)
    }
}

/// What users do with a title bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TitleBarAction {
    /// They move the window, for as long as they press the button.
    Move,
    /// They maximize it, or undo that.
    ToggleMaximize,
}

/// What a backend reports.
#[derive(Clone, Debug, PartialEq)]
pub struct BackendEvent {
    /// The window it is about.
    pub window: WindowId,
    /// What has happened.
    pub kind: BackendEventKind,
}

/// What has happened to a window.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum BackendEventKind {
    /// A page of the window posted a string.
    Message {
        /// The origin of the page in its top frame, as the webview itself knows it, never as a page
        /// says; `None` for one that is its own, as of `data:` and `about:blank`.
        origin: Option<Origin>,
        /// The string.
        text: String,
    },
    /// A page of the window uploaded something: see [`Answer::Upload`](crate::Answer).
    Upload {
        /// As of a message.
        origin: Option<Origin>,
        /// What it uploaded.
        body: Bytes,
    },
    /// A page of this origin has taken the place of the one before: reported before what it posts.
    Navigated(Option<Origin>),
    /// Something that the app hears of as it is: where the page, or its user, wanted to go and did not,
    /// what did not open, and what becomes of downloads.
    Incident(Incident),
    /// The window could not load a page, and shows none.
    LoadFailed {
        /// The page.
        url: String,
        /// What went wrong, in words.
        reason: String,
    },
    /// The page at this URL has been loaded, in a window that did not leave it before. Reported after
    /// what its preload script has posted first.
    Loaded(String),
    /// The page does not run what it is asked to (`false`), or does again (`true`).
    Responsive(bool),
    /// More of what the page said waited than the backend keeps, and is lost. The host hears
    /// nothing more of this page.
    Overrun,
    /// The page's process has ended. The window stays, without a page, until it is told to load
    /// one: [`WindowCommand::Reload`] does.
    PageGone,
    /// The user asked to close the window. It stays until told to close.
    CloseRequested,
    /// The page has closed itself: its `beforeunload` has run, as far as it has one. It stays until its window is
    /// told to close. Reported once a second at most.
    PageClosed,
    /// The page that was asked whether it stays leaves: see [`Backend::leave`].
    Leaving,
    /// The page that was asked whether it stays does, by its user's wish.
    Stays,
    /// The page of a window that is about to close has left, or takes too long: see
    /// [`Backend::leave`].
    Left,
    /// The window is gone without having been told to close.
    Closed,
    /// The window got (`true`) or lost the keyboard.
    Focused(bool),
    /// The content area has a new size, in logical pixels.
    Resized(Size),
    /// The window has a new position, in logical pixels.
    Moved(Position),
    /// The answer of the user to a dialog of the window: see [`Backend::dialog`].
    Answered {
        /// The number of the dialog.
        dialog: u64,
        /// What the user has answered.
        answer: DialogAnswer,
    },
    /// The answer to [`WindowCommand::ReportState`], one for each, in order.
    State(WindowState),
}

impl BackendEventKind {
    /// The same, as what has happened to this window.
    pub fn of(self, window: WindowId) -> BackendEvent {
        BackendEvent { window, kind: self }
    }
}

/// Why a backend did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BackendError {
    /// There is no window with this id.
    #[error("no such window")]
    NoWindow,
    /// The app's directory has no such page.
    #[error(
        "the app has no page \"{0}\": its pages are files in its directory, named by their path \
         from there, as in \"index.html\""
    )]
    PageNotFound(String),
    /// The page's URL is not one.
    #[error("\"{0}\" is not a URL")]
    BadUrl(String),
    /// The page is neither the app's own nor of an origin that the window was opened with.
    #[error("\"{0}\" is not of an origin that the window was opened with")]
    Elsewhere(String),
    /// The window's icon cannot be used.
    #[error("`icon` \"{name}\": {error}")]
    BadIcon {
        /// What it was named.
        name: String,
        /// Why it cannot.
        error: IconError,
    },
    /// A size that does not go with the limits of the window's size.
    #[error(transparent)]
    Size(#[from] SpecError),
    /// The backend does not know the command.
    #[error("the window system cannot do what was asked")]
    Unsupported,
    /// The window was opened such that it has no developer tools.
    #[error("it was opened without developer tools: open it with the option `devtools: true`")]
    NoDevtools,
    /// The window system refused, and said this.
    #[error("{0}")]
    Failed(String),
}

impl BackendError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            BackendError::NoWindow => Code::WindowClosed,
            BackendError::PageNotFound(_) => Code::PageNotFound,
            BackendError::BadUrl(_)
            | BackendError::Elsewhere(_)
            | BackendError::BadIcon { .. }
            | BackendError::Size(_) => Code::BadOptions,
            BackendError::Unsupported | BackendError::NoDevtools => Code::Unsupported,
            BackendError::Failed(_) => Code::WindowFailed,
        }
    }
}
