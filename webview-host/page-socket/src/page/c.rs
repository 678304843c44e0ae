//! The functions of glib, WebKitGTK, JavaScriptCore and the C library that are called here. They are
//! all in the process that loads this library.

use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_ulong, c_void};
use std::ptr;

/// Of data, when it is no longer needed.
pub(super) type Destroy = unsafe extern "C" fn(*mut c_void);

/// Glib's array of pointers.
#[repr(C)]
pub(super) struct PtrArray {
    pub(super) data: *const *mut c_void,
    pub(super) length: c_uint,
}

/// There is something to read.
pub(super) const G_IO_IN: c_uint = 1;
/// The other end is closed.
pub(super) const G_IO_HUP: c_uint = 16;

/// Of a property of an object: it may be deleted.
pub(super) const CONFIGURABLE: c_int = 1;

/// Of typed arrays: a `Uint8Array`.
pub(super) const UINT8: c_int = 5;

/// Do not wait for something to read.
pub(super) const MSG_DONTWAIT: c_int = 0x40;

/// Of a process: the signal that it gets when its parent ends.
pub(super) const PR_SET_PDEATHSIG: c_int = 1;
/// Ends a process, whatever it does.
pub(super) const SIGKILL: c_ulong = 9;

unsafe extern "C" {
    pub(super) fn g_object_ref(object: *mut c_void) -> *mut c_void;
    pub(super) fn g_object_unref(object: *mut c_void);
    pub(super) fn g_bytes_new_static(data: *const c_void, size: usize) -> *mut c_void;
    pub(super) fn g_bytes_get_data(bytes: *mut c_void, size: *mut usize) -> *const c_void;
    pub(super) fn g_bytes_unref(bytes: *mut c_void);
    fn g_signal_connect_data(
        object: *mut c_void,
        signal: *const c_char,
        handler: *const c_void,
        data: *mut c_void,
        destroy: *const c_void,
        flags: c_uint,
    ) -> c_ulong;
    pub(super) fn g_unix_fd_source_new(descriptor: c_int, condition: c_uint) -> *mut c_void;
    pub(super) fn g_source_set_callback(
        source: *mut c_void,
        callback: *const c_void,
        data: *mut c_void,
        destroy: Option<Destroy>,
    );
    pub(super) fn g_source_attach(source: *mut c_void, context: *mut c_void) -> c_uint;
    pub(super) fn g_source_unref(source: *mut c_void);
    pub(super) fn g_unix_fd_list_new_from_array(
        descriptors: *const c_int,
        length: c_int,
    ) -> *mut c_void;

    pub(super) fn webkit_script_world_get_default() -> *mut c_void;
    pub(super) fn webkit_frame_is_main_frame(frame: *mut c_void) -> c_int;
    pub(super) fn webkit_frame_get_js_context_for_script_world(
        frame: *mut c_void,
        world: *mut c_void,
    ) -> *mut c_void;
    pub(super) fn webkit_user_message_get_name(message: *mut c_void) -> *const c_char;
    pub(super) fn webkit_user_message_new_with_fd_list(
        name: *const c_char,
        parameters: *mut c_void,
        descriptors: *mut c_void,
    ) -> *mut c_void;
    pub(super) fn webkit_web_page_send_message_to_view(
        page: *mut c_void,
        message: *mut c_void,
        cancellable: *mut c_void,
        callback: Option<Destroy>,
        data: *mut c_void,
    );

    pub(super) fn jsc_context_get_global_object(context: *mut c_void) -> *mut c_void;
    pub(super) fn jsc_context_clear_exception(context: *mut c_void);
    pub(super) fn jsc_value_get_type() -> usize;
    pub(super) fn jsc_value_get_context(value: *mut c_void) -> *mut c_void;
    pub(super) fn jsc_value_is_function(value: *mut c_void) -> c_int;
    pub(super) fn jsc_value_is_string(value: *mut c_void) -> c_int;
    pub(super) fn jsc_value_is_typed_array(value: *mut c_void) -> c_int;
    pub(super) fn jsc_value_to_string_as_bytes(value: *mut c_void) -> *mut c_void;
    pub(super) fn jsc_value_typed_array_get_size(value: *mut c_void) -> usize;
    pub(super) fn jsc_value_typed_array_get_data(
        value: *mut c_void,
        length: *mut usize,
    ) -> *mut c_void;
    pub(super) fn jsc_value_new_string_from_bytes(
        context: *mut c_void,
        bytes: *mut c_void,
    ) -> *mut c_void;
    pub(super) fn jsc_value_new_typed_array(
        context: *mut c_void,
        kind: c_int,
        length: usize,
    ) -> *mut c_void;
    pub(super) fn jsc_value_typed_array_get_buffer(value: *mut c_void) -> *mut c_void;
    pub(super) fn jsc_value_new_function_variadic(
        context: *mut c_void,
        name: *const c_char,
        callback: *const c_void,
        data: *mut c_void,
        destroy: Option<Destroy>,
        return_type: usize,
    ) -> *mut c_void;
    pub(super) fn jsc_value_function_callv(
        function: *mut c_void,
        length: c_uint,
        arguments: *const *mut c_void,
    ) -> *mut c_void;
    pub(super) fn jsc_value_object_define_property_data(
        object: *mut c_void,
        name: *const c_char,
        flags: c_int,
        value: *mut c_void,
    );

    pub(super) fn recv(
        descriptor: c_int,
        buffer: *mut c_void,
        length: usize,
        flags: c_int,
    ) -> isize;
    pub(super) fn prctl(option: c_int, ...) -> c_int;
    pub(super) fn getppid() -> c_int;
    pub(super) fn _exit(code: c_int) -> !;
}

/// Has a signal of an object call a function, for good.
///
/// # Safety
/// The object has such a signal, whose handlers are like this function, and which comes to an end
/// before this library does.
pub(super) unsafe fn connect(object: *mut c_void, signal: &CStr, handler: *const c_void) {
    let (name, none) = (signal.as_ptr(), ptr::null_mut());
    // SAFETY: the caller says so; nothing is to be destroyed.
    unsafe { g_signal_connect_data(object, name, handler, none, ptr::null(), 0) };
}

/// A name of ours, none of which has a NUL in it.
pub(super) fn name(name: &str) -> CString {
    CString::new(name).unwrap_or_default()
}
