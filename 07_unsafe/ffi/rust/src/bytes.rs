use crate::error::{check, swallow};
use crate::{sys, AllocatorRef, Error, Result};
use std::ffi::CString;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::Deref;
use std::os::raw::c_void;
use std::os::unix::ffi::OsStrExt;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::Path;

/// Immutable bytes that any number of values share, on either side.
pub struct Bytes<'a> {
    raw: sys::Bytes,
    allocator: PhantomData<&'a ()>,
}

// SAFETY: the bytes never change and the count is atomic. clone and slice only read the value; the
// last one to go may free in any thread, which Memory (Sync) and from_owner (Send) allow.
unsafe impl Send for Bytes<'_> {}
unsafe impl Sync for Bytes<'_> {}

fn make<'a>(call: impl FnOnce(*mut sys::Bytes) -> i32) -> Result<Bytes<'a>> {
    let mut raw = MaybeUninit::uninit();
    check(call(raw.as_mut_ptr()))?;
    // SAFETY: C writes it when it succeeds.
    Ok(Bytes {
        raw: unsafe { raw.assume_init() },
        allocator: PhantomData,
    })
}

/// C calls this once, when the last share is gone: what Rust made, Rust drops.
unsafe extern "C" fn drop_owner<O>(_data: *mut c_void, _size: usize, context: *mut c_void) {
    // SAFETY: context is the Box of from_owner, and this is called once.
    let owner = unsafe { Box::from_raw(context.cast::<O>()) };
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(owner))) {
        swallow(payload);
    }
}

impl Bytes<'static> {
    /// Hand a value over to C, which keeps it as long as anybody looks at its bytes. No copy.
    pub fn from_owner<O: AsRef<[u8]> + Send + 'static>(owner: O) -> Result<Self> {
        let owner = Box::into_raw(Box::new(owner));
        // SAFETY: the box is ours until C has it. Its bytes stay where they are: it is never moved.
        let (data, size) = unsafe {
            let bytes = (*owner).as_ref();
            (bytes.as_ptr() as *mut c_void, bytes.len())
        };
        let system = AllocatorRef::system().raw();
        let free: sys::BytesFree = drop_owner::<O>;
        // SAFETY: data lives until free; C writes to none of it.
        let made = make(|out| unsafe {
            sys::ffi_bytes_adopt(system, data, size, Some(free), owner.cast(), out)
        });
        if made.is_err() {
            // SAFETY: on an error C has not taken it, and will not call free.
            drop(unsafe { Box::from_raw(owner) });
        }
        made
    }

    /// A whole file, read-only.
    ///
    /// # Safety
    /// Nobody writes to the file or makes it shorter while it is mapped.
    pub unsafe fn map(path: &Path) -> Result<Self> {
        let path = CString::new(path.as_os_str().as_bytes()).map_err(|_| Error::Invalid)?;
        // SAFETY: a string with its terminator, read during the call.
        make(|out| unsafe { sys::ffi_bytes_map(AllocatorRef::system().raw(), path.as_ptr(), out) })
    }
}

impl<'a> Bytes<'a> {
    /// A copy, in memory of that allocator.
    pub fn copy_in(data: &[u8], allocator: impl Into<AllocatorRef<'a>>) -> Result<Self> {
        let allocator = allocator.into();
        // SAFETY: data is read during the call; the allocator is lent for 'a.
        make(|out| unsafe {
            sys::ffi_bytes_copy(allocator.raw(), data.as_ptr().cast(), data.len(), out)
        })
    }

    /// A part of it, that shares the memory.
    pub fn slice(&self, offset: usize, size: usize) -> Result<Bytes<'a>> {
        // SAFETY: C only reads the value.
        make(|out| unsafe { sys::ffi_bytes_slice(&self.raw, offset, size, out) })
    }
}

impl Clone for Bytes<'_> {
    fn clone(&self) -> Self {
        // SAFETY: C only reads the value.
        make(|out| unsafe { sys::ffi_bytes_ref(&self.raw, out) }).expect("it is not NULL")
    }
}

impl Deref for Bytes<'_> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        if self.raw.size_bytes == 0 {
            return &[]; // of no bytes data may be NULL, which a slice may not
        }
        // SAFETY: this share keeps the bytes, and they never change.
        unsafe { std::slice::from_raw_parts(self.raw.data, self.raw.size_bytes) }
    }
}

impl Drop for Bytes<'_> {
    fn drop(&mut self) {
        // SAFETY: this share is given up once.
        unsafe { sys::ffi_bytes_unref(&mut self.raw) }
    }
}
