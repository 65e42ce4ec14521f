use crate::error::{check, create};
use crate::{sys, AllocatorRef, Error, Result};
use std::marker::PhantomData;
use std::mem::{align_of, size_of, size_of_val};
use std::ptr::{self, NonNull};

/// Memory that dies together: values borrow the arena, and `reset` wants it unborrowed.
///
/// `T: Copy`, because nothing is dropped here: an arena forgets.
pub struct Arena<'a> {
    raw: NonNull<sys::Arena>, // and so neither Send nor Sync by itself
    allocator: PhantomData<&'a ()>,
}

// SAFETY: an arena is of no particular thread, and its allocator, a Memory, is Sync. Not Sync: two
// threads that allocate would both move the same pointer.
unsafe impl Send for Arena<'_> {}

impl Arena<'static> {
    /// From malloc.
    pub fn new() -> Result<Self> {
        Arena::new_in(AllocatorRef::system())
    }
}

impl<'a> Arena<'a> {
    /// From an allocator that outlives it.
    pub fn new_in(allocator: impl Into<AllocatorRef<'a>>) -> Result<Self> {
        let allocator = allocator.into();
        // SAFETY: the allocator is lent for 'a, and the arena ends in Drop, within 'a.
        let raw = create(|out| unsafe { sys::ffi_arena_create(allocator.raw(), 0, out) })?;
        Ok(Arena {
            raw,
            allocator: PhantomData,
        })
    }

    fn place<T>(&self, size: usize) -> Result<NonNull<T>> {
        // SAFETY: the handle is alive as long as self; no other thread has it (no Sync).
        let block = unsafe { sys::ffi_arena_alloc(self.raw.as_ptr(), size, align_of::<T>()) };
        NonNull::new(block.cast()).ok_or(Error::NoMemory)
    }

    /* lesson: ffi-rust-arena */
    /// One value.
    #[allow(clippy::mut_from_ref)] // each block is handed out once
    pub fn alloc<T: Copy>(&self, value: T) -> Result<&mut T> {
        let place = self.place::<T>(size_of::<T>())?;
        // SAFETY: the block is large enough, aligned, and nobody else's until reset or drop, which the
        // borrow of self in the result forbids.
        unsafe {
            place.as_ptr().write(value);
            Ok(&mut *place.as_ptr())
        }
    }

    /// All are gone; the memory is kept. Wants the arena alone: no value may be borrowed any more.
    pub fn reset(&mut self) {
        // SAFETY: as above. It fails for NULL alone.
        check(unsafe { sys::ffi_arena_reset(self.raw.as_ptr()) }).expect("it is not NULL");
    }
    /* end lesson */

    /// A copy of many.
    #[allow(clippy::mut_from_ref)]
    pub fn alloc_slice<T: Copy>(&self, values: &[T]) -> Result<&mut [T]> {
        let place = self.place::<T>(size_of_val(values))?;
        // SAFETY: as in alloc; the two do not overlap, one is fresh.
        unsafe {
            ptr::copy_nonoverlapping(values.as_ptr(), place.as_ptr(), values.len());
            Ok(std::slice::from_raw_parts_mut(place.as_ptr(), values.len()))
        }
    }

    /// A copy of a text.
    pub fn alloc_str(&self, text: &str) -> Result<&str> {
        let bytes = self.alloc_slice(text.as_bytes())?;
        // SAFETY: they were copied from a str.
        Ok(unsafe { std::str::from_utf8_unchecked(bytes) })
    }

    /// How many bytes it holds from its allocator.
    pub fn reserved_bytes(&self) -> usize {
        // SAFETY: the handle is alive.
        unsafe { sys::ffi_arena_reserved_bytes(self.raw.as_ptr()) }
    }
}

impl Drop for Arena<'_> {
    fn drop(&mut self) {
        // SAFETY: made by create, ended here alone.
        unsafe { sys::ffi_arena_destroy(self.raw.as_ptr()) }
    }
}
