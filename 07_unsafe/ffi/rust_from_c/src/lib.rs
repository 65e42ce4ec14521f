//! settings.h, from the other side. `parse` and `Settings` are Rust as anybody writes it; the functions
//! that C calls are a thin skin around them: look at what came in, call, look at what goes out.
#![deny(unsafe_op_in_unsafe_fn)]

use std::ffi::CString;
use std::ops::Range;
use std::os::raw::{c_char, c_int, c_void};
use std::panic::{catch_unwind, set_hook, AssertUnwindSafe};
use std::ptr;
use std::sync::Once;

const EINVAL: c_int = -22;
const EBADMSG: c_int = -74;
const EILSEQ: c_int = -84;
const ENOTRECOVERABLE: c_int = -131;

static QUIET: Once = Once::new();

type FreeFn = unsafe extern "C" fn(*mut c_void, usize, *mut c_void);
type VisitFn =
    unsafe extern "C" fn(*mut c_void, *const c_char, usize, *const c_char, usize) -> c_int;

/* lesson: ffi-foreign-memory */
/// Memory that C made: read here, and given back by C's own function when it is dropped.
struct Foreign {
    data: *mut u8,
    size: usize,
    free: Option<FreeFn>,
    context: *mut c_void,
}

impl Drop for Foreign {
    fn drop(&mut self) {
        if let Some(free) = self.free {
            // SAFETY: settings_adopt: called once, with what it was handed over with.
            unsafe { free(self.data.cast(), self.size, self.context) }
        }
    }
}
/* end lesson */

impl Foreign {
    fn bytes(&self) -> &[u8] {
        if self.size == 0 {
            return &[];
        }
        // SAFETY: settings_adopt: it is Rust's until free is called, and nobody writes to it.
        unsafe { std::slice::from_raw_parts(self.data, self.size) }
    }
}

/// Where a key and its value lie: numbers, since a struct cannot borrow from itself.
type Pair = (Range<usize>, Range<usize>);

/// Settings, and the text that they lie in.
pub struct Settings {
    text: Foreign,
    pairs: Vec<Pair>,
}

impl Settings {
    fn pair(&self, number: usize) -> (&str, &str) {
        let (key, value) = &self.pairs[number]; // panics, as indexing does
        let part = |range: &Range<usize>| {
            std::str::from_utf8(&self.text.bytes()[range.clone()]).expect("parse has looked")
        };
        (part(key), part(value))
    }

    fn to_text(&self) -> String {
        let mut pairs: Vec<_> = (0..self.pairs.len())
            .map(|number| self.pair(number))
            .collect();
        pairs.sort_unstable();
        pairs
            .iter()
            .map(|(key, value)| format!("{} = {}\n", key, value))
            .collect()
    }
}

/// Where `part` lies in `whole`, of which it is a slice.
fn range_in(whole: &str, part: &str) -> Range<usize> {
    let start = part.as_ptr() as usize - whole.as_ptr() as usize;
    start..start + part.len()
}

fn parse(text: &str) -> Result<Vec<Pair>, String> {
    let mut pairs = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or("").trim();
        if line.is_empty() {
            continue;
        }
        match line.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => {
                pairs.push((range_in(text, key.trim()), range_in(text, value.trim())))
            }
            _ => {
                return Err(format!(
                    "line {}: expected key = value: {}",
                    number + 1,
                    line
                ))
            }
        }
    }
    Ok(pairs)
}

/// A text for C, which gives it back to settings_text_free; NULL if it has a zero inside.
fn to_c(text: String) -> *mut c_char {
    CString::new(text).map_or(ptr::null_mut(), CString::into_raw)
}

/// Set *error unless it is NULL.
///
/// # Safety
/// error is NULL or may be written to.
unsafe fn tell(error: *mut *mut c_char, text: Option<String>) {
    if !error.is_null() {
        // SAFETY: the caller's promise.
        unsafe { error.write(text.map_or(ptr::null_mut(), to_c)) }
    }
}

/* lesson: ffi-guard */
/// Every function that C calls does its work in here. What a panic leaves half done, nobody sees again:
/// the settings are not changed by any of them.
fn guard(work: impl FnOnce() -> Result<(), (c_int, String)>) -> Result<(), (c_int, String)> {
    // A library does not print: the message goes to the caller. The hook is that of this library's own
    // copy of std, and of nobody else.
    QUIET.call_once(|| set_hook(Box::new(|_| ())));
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let text = match payload.downcast::<String>() {
            Ok(text) => *text,
            Err(payload) => match payload.downcast::<&'static str>() {
                Ok(text) => text.to_string(),
                Err(payload) => {
                    std::mem::forget(payload); // its drop might panic, outside of the guard
                    "panic".to_string()
                }
            },
        };
        Err((ENOTRECOVERABLE, text))
    })
}
/* end lesson */

/// The result as C reads it.
///
/// # Safety
/// error is NULL or may be written to.
unsafe fn finish(result: Result<(), (c_int, String)>, error: *mut *mut c_char) -> c_int {
    let (code, text) = match result {
        Ok(()) => (0, None),
        Err((code, text)) => (code, Some(text)),
    };
    // SAFETY: the caller's promise.
    unsafe { tell(error, text) };
    code
}

fn invalid(what: &str) -> (c_int, String) {
    (EINVAL, format!("{} is NULL", what))
}

/// # Safety
/// settings.h.
#[no_mangle]
pub unsafe extern "C" fn settings_adopt(
    text: *mut c_char,
    text_bytes: usize,
    free: Option<FreeFn>,
    context: *mut c_void,
    out: *mut *mut Settings,
    error: *mut *mut c_char,
) -> c_int {
    let result = guard(|| {
        if out.is_null() || (text.is_null() && text_bytes != 0) {
            return Err(invalid(if out.is_null() { "out" } else { "text" }));
        }
        // Until it has been parsed it is C's: without a free function neither an error nor a panic
        // frees it.
        let mut text = Foreign {
            data: text.cast(),
            size: text_bytes,
            free: None,
            context,
        };
        let parsed = std::str::from_utf8(text.bytes())
            .map_err(|why| (EILSEQ, format!("byte {}: not UTF-8", why.valid_up_to())))
            .and_then(|text| parse(text).map_err(|why| (EBADMSG, why)));
        match parsed {
            Err(why) => Err(why),
            Ok(pairs) => {
                text.free = free;
                // SAFETY: settings.h: out may be written to.
                unsafe { out.write(Box::into_raw(Box::new(Settings { text, pairs }))) };
                Ok(())
            }
        }
    });
    // SAFETY: settings.h.
    unsafe { finish(result, error) }
}

/// # Safety
/// settings.h.
#[no_mangle]
pub unsafe extern "C" fn settings_destroy(settings: *mut Settings) {
    if !settings.is_null() {
        // SAFETY: from settings_adopt, and given back once.
        let settings = unsafe { Box::from_raw(settings) };
        let _ = guard(|| {
            drop(settings);
            Ok(())
        });
    }
}

/// # Safety
/// settings.h.
#[no_mangle]
pub unsafe extern "C" fn settings_count(settings: *const Settings) -> usize {
    // SAFETY: NULL, or settings that live.
    unsafe { settings.as_ref() }.map_or(0, |settings| settings.pairs.len())
}

/// # Safety
/// settings.h.
#[no_mangle]
pub unsafe extern "C" fn settings_value(
    settings: *const Settings,
    number: usize,
    value: *mut *const c_char,
    value_bytes: *mut usize,
    error: *mut *mut c_char,
) -> c_int {
    let result = guard(|| {
        // SAFETY: NULL, or settings that live.
        let settings = unsafe { settings.as_ref() }.ok_or_else(|| invalid("settings"))?;
        if value.is_null() || value_bytes.is_null() {
            return Err(invalid("value"));
        }
        let text = settings.pair(number).1;
        // SAFETY: settings.h: both may be written to.
        unsafe {
            value.write(text.as_ptr().cast());
            value_bytes.write(text.len());
        }
        Ok(())
    });
    // SAFETY: settings.h.
    unsafe { finish(result, error) }
}

/// # Safety
/// settings.h.
#[no_mangle]
pub unsafe extern "C" fn settings_each(
    settings: *const Settings,
    visit: Option<VisitFn>,
    context: *mut c_void,
) -> c_int {
    let result = guard(|| {
        // SAFETY: NULL, or settings that live.
        let settings = unsafe { settings.as_ref() }.ok_or_else(|| invalid("settings"))?;
        let visit = visit.ok_or_else(|| invalid("visit"))?;
        for number in 0..settings.pairs.len() {
            let (key, value) = settings.pair(number);
            // SAFETY: the texts live through the call; C's function returns.
            let stop = unsafe {
                let (key_text, value_text) = (key.as_ptr().cast(), value.as_ptr().cast());
                visit(context, key_text, key.len(), value_text, value.len())
            };
            if stop != 0 {
                return Err((stop, String::new()));
            }
        }
        Ok(())
    });
    // SAFETY: NULL.
    unsafe { finish(result, ptr::null_mut()) }
}

/// # Safety
/// settings.h.
#[no_mangle]
pub unsafe extern "C" fn settings_to_text(
    settings: *const Settings,
    text: *mut *mut c_char,
) -> c_int {
    let result = guard(|| {
        // SAFETY: NULL, or settings that live.
        let settings = unsafe { settings.as_ref() }.ok_or_else(|| invalid("settings"))?;
        if text.is_null() {
            return Err(invalid("text"));
        }
        let made =
            CString::new(settings.to_text()).map_err(|_| (EILSEQ, "a zero inside".to_string()))?;
        // SAFETY: settings.h: text may be written to.
        unsafe { text.write(made.into_raw()) };
        Ok(())
    });
    // SAFETY: NULL.
    unsafe { finish(result, ptr::null_mut()) }
}

/// # Safety
/// settings.h.
#[no_mangle]
pub unsafe extern "C" fn settings_text_free(text: *mut c_char) {
    if !text.is_null() {
        // SAFETY: from into_raw above, and given back once.
        drop(unsafe { CString::from_raw(text) });
    }
}
