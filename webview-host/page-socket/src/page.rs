//! The page's end: what WebKit calls, and what pages find.

mod c;
mod socket;
mod value;

use std::cell::RefCell;
use std::ffi::{CStr, c_int, c_void};
use std::ptr;
use std::rc::{Rc, Weak};

use self::socket::Socket;
use self::value::{Arguments, Value};

/// The name under which the top frame of every document finds the function.
const NAME: &CStr = c"__hostSocket";

thread_local! {
    /// The sockets of this process, some of which may have ended. WebKit calls all of this on its main
    /// thread.
    static SOCKETS: RefCell<Vec<Weak<Socket>>> = const { RefCell::new(Vec::new()) };
}

/// What WebKit calls once in every process that shows pages.
///
/// # Safety
/// For WebKit alone, which gives it the extension that this library is.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn webkit_web_extension_initialize(extension: *mut c_void) {
    end_with_parent();
    // SAFETY: both objects are WebKit's, and have signals with these names, whose handlers take and
    // return what these functions do.
    unsafe {
        let world = c::webkit_script_world_get_default();
        c::connect(world, c"window-object-cleared", on_window as *const c_void);
        c::connect(extension, c"page-created", on_page as *const c_void);
    }
}

/// Has the system end this process with its parent, whatever it is doing: the host, or what keeps pages
/// in a sandbox for it. WebKit waits ten seconds for a page that is busy when the host was killed.
fn end_with_parent() {
    // SAFETY: none of them has to do with memory. The signal comes when the thread ends that has made
    // this process, which is the host's main one.
    unsafe {
        let parent = c::getppid();
        c::prctl(c::PR_SET_PDEATHSIG, c::SIGKILL);
        // It has ended meanwhile, and the signal will not come.
        if c::getppid() != parent {
            c::_exit(1);
        }
    }
}

/// A page is there. Its process may have more than one, one after another.
unsafe extern "C" fn on_page(_: *mut c_void, page: *mut c_void, _: *mut c_void) {
    // SAFETY: as above, of the page that WebKit gives.
    unsafe { c::connect(page, c"user-message-received", on_message as *const c_void) };
}

/// The host has sent the page a user message. Returns whether it is one of ours.
unsafe extern "C" fn on_message(_: *mut c_void, message: *mut c_void, _: *mut c_void) -> c_int {
    // SAFETY: WebKit gives a message, and its name lives as long as that does.
    let name = unsafe { CStr::from_ptr(c::webkit_user_message_get_name(message)) };
    let is_ours = name.to_str() == Ok(crate::TAKE);
    if is_ours {
        let sockets = SOCKETS.with_borrow(|sockets| sockets.clone());
        let alive = sockets.iter().filter_map(Weak::upgrade);
        alive.for_each(|socket| socket.take_all());
    }
    is_ours.into()
}

/// A document has its window, in which nothing has run yet.
unsafe extern "C" fn on_window(
    world: *mut c_void,
    page: *mut c_void,
    frame: *mut c_void,
    _: *mut c_void,
) {
    // SAFETY: all three are WebKit's, and the context is the caller's to release. Only the preload
    // script has the function, and calls it when its document is shown in that page.
    unsafe {
        if c::webkit_frame_is_main_frame(frame) == 0 {
            return;
        }
        let context = c::webkit_frame_get_js_context_for_script_world(frame, world);
        let connect = Value::function(context, move |arguments| connect(page, arguments));
        Value::global(context).define(NAME, &connect);
        c::g_object_unref(context);
    }
}

/// Makes a socket, whose frames the first argument is called with. Returns the function that sends
/// one; nothing when there is no socket to be had.
fn connect(page: *mut c_void, arguments: &Arguments<'_>) -> Option<Value> {
    let deliver = arguments.function(0)?;
    let context = deliver.context();
    let (socket, other) = Socket::open(deliver)?;
    SOCKETS.with_borrow_mut(|sockets| {
        sockets.retain(|socket| socket.strong_count() > 0);
        sockets.push(Rc::downgrade(&socket));
    });
    // SAFETY: the page is alive, since one of its documents runs. The list takes the descriptor, the
    // message the list, and the call the message, which is floating until then.
    unsafe {
        let descriptor = std::os::fd::IntoRawFd::into_raw_fd(other);
        let list = c::g_unix_fd_list_new_from_array(&descriptor, 1);
        let name = c::name(crate::MESSAGE);
        let message = c::webkit_user_message_new_with_fd_list(name.as_ptr(), ptr::null_mut(), list);
        c::g_object_unref(list);
        c::webkit_web_page_send_message_to_view(
            page,
            message,
            ptr::null_mut(),
            None,
            ptr::null_mut(),
        );
    }
    // Glib's loop alone keeps the socket: the page has this function, and the socket one of the page's.
    let socket = Rc::downgrade(&socket);
    let send = move |arguments: &Arguments<'_>| {
        if let (Some(socket), Some(text)) = (socket.upgrade(), arguments.text(0)) {
            socket.send(&text, arguments.bytes(1).as_deref());
        }
        None
    };
    // SAFETY: the context is that of a function of the page that is there.
    Some(unsafe { Value::function(context, send) })
}
