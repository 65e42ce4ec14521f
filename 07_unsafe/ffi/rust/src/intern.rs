use crate::error::{check, create};
use crate::{sys, AllocatorRef, Error, Result};
use std::marker::PhantomData;
use std::ptr::NonNull;

/// Stands for a text of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Id(u32);

/// Texts to small numbers and back, for any number of threads.
pub struct Intern<'a> {
    raw: NonNull<sys::Intern>,
    allocator: PhantomData<&'a ()>,
}

// SAFETY: intern.h: all operations may run at once but create and destroy. Drop has the table alone.
unsafe impl Send for Intern<'_> {}
unsafe impl Sync for Intern<'_> {}

impl Intern<'static> {
    /// From malloc, without a limit.
    pub fn new() -> Result<Self> {
        Intern::new_in(AllocatorRef::system(), 0)
    }
}

impl<'a> Intern<'a> {
    /// From an allocator that outlives it, for `max_count` texts; 0 for no limit.
    pub fn new_in(allocator: impl Into<AllocatorRef<'a>>, max_count: u32) -> Result<Self> {
        let allocator = allocator.into();
        // SAFETY: the allocator is lent for 'a, and may be called by any thread (Memory: Sync).
        let raw = create(|out| unsafe { sys::ffi_intern_create(allocator.raw(), max_count, out) })?;
        Ok(Intern {
            raw,
            allocator: PhantomData,
        })
    }

    /// The id of a text; equal texts have equal ids.
    pub fn put(&self, text: &str) -> Result<Id> {
        self.put_bytes(text.as_bytes())
    }

    /// As `put`, of what need not be text.
    pub fn put_bytes(&self, bytes: &[u8]) -> Result<Id> {
        let mut id = 0;
        // SAFETY: bytes are read during the call.
        check(unsafe {
            sys::ffi_intern_put(
                self.raw.as_ptr(),
                bytes.as_ptr().cast(),
                bytes.len(),
                &mut id,
            )
        })?;
        Ok(Id(id))
    }

    /// The id, if the text was put before.
    pub fn find(&self, text: &str) -> Option<Id> {
        // SAFETY: as put_bytes.
        let id =
            unsafe { sys::ffi_intern_find(self.raw.as_ptr(), text.as_ptr().cast(), text.len()) };
        (id != 0).then_some(Id(id))
    }

    /// What was put, borrowed from the table.
    pub fn bytes(&self, id: Id) -> Option<&[u8]> {
        let mut length = 0;
        // SAFETY: a text never changes or moves while the table lives, which the borrow holds.
        unsafe {
            let text = sys::ffi_intern_text(self.raw.as_ptr(), id.0, &mut length);
            (!text.is_null()).then(|| std::slice::from_raw_parts(text.cast(), length))
        }
    }

    /// As `bytes`. Errors: `NotFound`; `NotText`: C keeps any bytes, a str is UTF-8.
    pub fn text(&self, id: Id) -> Result<&str> {
        let bytes = self.bytes(id).ok_or(Error::NotFound)?;
        std::str::from_utf8(bytes).map_err(|_| Error::NotText)
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        // SAFETY: the handle is alive.
        unsafe { sys::ffi_intern_count(self.raw.as_ptr()) as usize }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Drop for Intern<'_> {
    fn drop(&mut self) {
        // SAFETY: made by create, ended here alone; no other thread has it.
        unsafe { sys::ffi_intern_destroy(self.raw.as_ptr()) }
    }
}
