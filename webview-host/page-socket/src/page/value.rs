//! Values of a page.

use std::ffi::{CStr, c_uint, c_void};
use std::ops::Deref;
use std::{ptr, slice};

use super::c;

/// A value, which lives at least as long as this does.
pub(super) struct Value(*mut c_void);

/// What a function is called with.
pub(super) struct Arguments<'a>(&'a c::PtrArray);

/// What a function does, and returns; nothing is `undefined`.
type Body = dyn Fn(&Arguments<'_>) -> Option<Value>;

impl Value {
    /// # Safety
    /// The context is alive.
    pub(super) unsafe fn global(context: *mut c_void) -> Value {
        // SAFETY: the caller says so, and the value is the caller's to release.
        Value(unsafe { c::jsc_context_get_global_object(context) })
    }

    /// A function, which may be called until it is collected.
    ///
    /// # Safety
    /// The context is alive.
    pub(super) unsafe fn function(
        context: *mut c_void,
        body: impl Fn(&Arguments<'_>) -> Option<Value> + 'static,
    ) -> Value {
        let body: Box<Box<Body>> = Box::new(Box::new(body));
        // SAFETY: `run` takes what functions are called with, returns a value of its caller's, and
        // finds the body that `drop_body` drops when the function is collected.
        Value(unsafe {
            c::jsc_value_new_function_variadic(
                context,
                ptr::null(),
                run as *const c_void,
                Box::into_raw(body).cast(),
                Some(drop_body),
                c::jsc_value_get_type(),
            )
        })
    }

    /// A string.
    ///
    /// # Safety
    /// The context is alive.
    pub(super) unsafe fn text(context: *mut c_void, text: &[u8]) -> Value {
        // SAFETY: the string is a copy, and the bytes go before the text does.
        unsafe {
            let bytes = c::g_bytes_new_static(text.as_ptr().cast(), text.len());
            let value = c::jsc_value_new_string_from_bytes(context, bytes);
            c::g_bytes_unref(bytes);
            Value(value)
        }
    }

    /// An `ArrayBuffer` with these bytes. They are copied: WebKit wants them in memory of its own.
    ///
    /// # Safety
    /// The context is alive.
    pub(super) unsafe fn buffer(context: *mut c_void, bytes: &[u8]) -> Value {
        // SAFETY: the array has room for so many bytes, and nothing runs that could change that.
        unsafe {
            let array = Value(c::jsc_value_new_typed_array(context, c::UINT8, bytes.len()));
            let room = c::jsc_value_typed_array_get_data(array.0, ptr::null_mut());
            if !room.is_null() {
                ptr::copy_nonoverlapping(bytes.as_ptr(), room.cast(), bytes.len());
            }
            Value(c::jsc_value_typed_array_get_buffer(array.0))
        }
    }

    /// The context that it is of, which lives at least as long as the value does.
    pub(super) fn context(&self) -> *mut c_void {
        // SAFETY: the value is alive.
        unsafe { c::jsc_value_get_context(self.0) }
    }

    /// Defines a property of this object, which can be deleted and not be written.
    pub(super) fn define(&self, name: &CStr, value: &Value) {
        // SAFETY: both values are alive.
        unsafe {
            c::jsc_value_object_define_property_data(
                self.0,
                name.as_ptr(),
                c::CONFIGURABLE,
                value.0,
            );
        }
    }

    /// Calls this function. What it returns or throws is lost.
    pub(super) fn call(&self, arguments: &[Value]) {
        let pointers: Vec<_> = arguments.iter().map(|value| value.0).collect();
        let length = c_uint::try_from(pointers.len()).unwrap_or_default();
        // SAFETY: all values are alive, and what is returned is the caller's to release.
        unsafe {
            let context = self.context();
            drop(Value(c::jsc_value_function_callv(
                self.0,
                length,
                pointers.as_ptr(),
            )));
            c::jsc_context_clear_exception(context);
        }
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: the reference is this one's own.
            unsafe { c::g_object_unref(self.0) };
        }
    }
}

impl Arguments<'_> {
    /// An argument that is a function.
    pub(super) fn function(&self, index: usize) -> Option<Value> {
        let value = self.get(index)?;
        // SAFETY: arguments are alive during the call, and the reference makes this one live longer.
        unsafe { (c::jsc_value_is_function(value) != 0).then(|| Value(c::g_object_ref(value))) }
    }

    /// An argument that is a string, in UTF-8.
    pub(super) fn text(&self, index: usize) -> Option<Text> {
        let value = self.get(index)?;
        // SAFETY: arguments are alive during the call.
        unsafe {
            (c::jsc_value_is_string(value) != 0)
                .then(|| Text(c::jsc_value_to_string_as_bytes(value)))
        }
    }

    /// The bytes of an argument that is a typed array.
    pub(super) fn bytes(&self, index: usize) -> Option<impl Deref<Target = [u8]>> {
        let value = self.get(index)?;
        // SAFETY: arguments are alive during the call, and nothing of the page runs in it that could
        // change the bytes or detach them.
        unsafe {
            if c::jsc_value_is_typed_array(value) == 0 {
                return None;
            }
            let size = c::jsc_value_typed_array_get_size(value);
            let data = c::jsc_value_typed_array_get_data(value, ptr::null_mut());
            Some(slice_of(data, size))
        }
    }

    fn get(&self, index: usize) -> Option<*mut c_void> {
        let Arguments(array) = self;
        // SAFETY: the array has as many values as it says.
        (index < array.length as usize).then(|| unsafe { *array.data.add(index) })
    }
}

/// The text of a string.
pub(super) struct Text(*mut c_void);

impl Deref for Text {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        let mut size = 0;
        // SAFETY: the bytes are there, unchanged, as long as this is.
        unsafe {
            let data = c::g_bytes_get_data(self.0, &mut size);
            slice_of(data, size)
        }
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        // SAFETY: the reference is this one's own.
        unsafe { c::g_bytes_unref(self.0) };
    }
}

/// # Safety
/// There are so many bytes, for so long; none may be at no place.
unsafe fn slice_of<'a>(data: *const c_void, size: usize) -> &'a [u8] {
    match data.is_null() {
        true => &[],
        // SAFETY: the caller says so.
        false => unsafe { slice::from_raw_parts(data.cast(), size) },
    }
}

unsafe extern "C" fn run(arguments: *const c::PtrArray, body: *mut c_void) -> *mut c_void {
    // SAFETY: JavaScriptCore gives the arguments, and the body that `Value::function` gave it.
    let (arguments, body) = unsafe { (&*arguments, &*body.cast::<Box<Body>>()) };
    match body(&Arguments(arguments)) {
        Some(value) => {
            let pointer = value.0;
            std::mem::forget(value);
            pointer
        }
        None => ptr::null_mut(),
    }
}

unsafe extern "C" fn drop_body(body: *mut c_void) {
    // SAFETY: it is called once, with what `Value::function` made.
    drop(unsafe { Box::from_raw(body.cast::<Box<Body>>()) });
}
