use crate::error::swallow;
use crate::sys;
use std::alloc::{self, Layout};
use std::marker::PhantomData;
use std::os::raw::c_void;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where C gets memory from, implemented in Rust. NULL refuses. A panic is caught and refuses too.
///
/// # Safety
/// A block has the size and the alignment that were asked for, is nobody else's until `free`, and of a
/// size of zero is unique as well. No function uses the object on whose behalf it is called.
pub unsafe trait Memory: Sync {
    /// A block, or NULL.
    fn alloc(&self, size: usize, align: usize) -> *mut u8;

    /// Give a block back.
    ///
    /// # Safety
    /// It came from here, with this size and alignment.
    unsafe fn free(&self, block: *mut u8, size: usize, align: usize);

    /// Another size, the first bytes kept; NULL leaves the block as it was. A NULL block is empty.
    ///
    /// # Safety
    /// As `free`.
    unsafe fn resize(&self, block: *mut u8, old: usize, new: usize, align: usize) -> *mut u8 {
        let fresh = self.alloc(new, align);
        if !fresh.is_null() && !block.is_null() {
            // SAFETY: both are at least that large, and a fresh block overlaps no other.
            unsafe {
                ptr::copy_nonoverlapping(block, fresh, old.min(new));
                self.free(block, old, align);
            }
        }
        fresh
    }
}

/// Rust's own heap, as `Memory`.
#[derive(Debug, Default, Clone, Copy)]
pub struct Heap;

fn layout(size: usize, align: usize) -> Option<Layout> {
    // A block of one byte for a size of zero: it must be unique.
    Layout::from_size_align(size.max(1), align).ok()
}

// SAFETY: the global allocator keeps these promises, and it has no object of C's to use.
unsafe impl Memory for Heap {
    fn alloc(&self, size: usize, align: usize) -> *mut u8 {
        // SAFETY: the layout's size is not zero.
        layout(size, align).map_or(ptr::null_mut(), |layout| unsafe { alloc::alloc(layout) })
    }

    unsafe fn free(&self, block: *mut u8, size: usize, align: usize) {
        if let Some(layout) = layout(size, align) {
            // SAFETY: the caller's promise; the layout is computed as it was in alloc.
            unsafe { alloc::dealloc(block, layout) }
        }
    }
}

/// A `struct allocator` of C's around a `Memory`. It is lent to what is made with it, which is why it
/// can neither move nor go away meanwhile.
#[repr(C)]
pub struct Allocator<M: Memory> {
    base: sys::Allocator, // first: C's pointer to it is a pointer to the whole
    memory: M,
    panics: AtomicUsize,
}

impl<M: Memory> Allocator<M> {
    /// C may allocate from `memory` then.
    pub fn new(memory: M) -> Self {
        let base = sys::Allocator {
            alloc: alloc::<M>,
            resize: resize::<M>,
            free: free::<M>,
        };
        Allocator {
            base,
            memory,
            panics: AtomicUsize::new(0),
        }
    }

    /// What it was made from.
    pub fn memory(&self) -> &M {
        &self.memory
    }

    /// How many calls panicked, each of which C saw as a refusal.
    pub fn panics(&self) -> usize {
        self.panics.load(Ordering::Relaxed)
    }
}

/* lesson: ffi-rust-callback */
/// Run the other side's request. A panic stops here: C has no way to clean up behind itself while a
/// stack unwinds through it.
fn guard<M: Memory, R>(whole: &Allocator<M>, refusal: R, work: impl FnOnce(&M) -> R) -> R {
    match catch_unwind(AssertUnwindSafe(|| work(&whole.memory))) {
        Ok(result) => result,
        Err(payload) => {
            swallow(payload);
            whole.panics.fetch_add(1, Ordering::Relaxed);
            refusal
        }
    }
}

unsafe extern "C" fn alloc<M: Memory>(
    base: *mut sys::Allocator,
    size: usize,
    align: usize,
) -> *mut c_void {
    // SAFETY: C gives back the pointer that it got from AllocatorRef: it leads to the whole, which the
    // lifetime of AllocatorRef keeps.
    let whole = unsafe { &*(base as *const Allocator<M>) };
    guard(whole, ptr::null_mut(), |memory| memory.alloc(size, align)).cast()
}
/* end lesson */

unsafe extern "C" fn resize<M: Memory>(
    base: *mut sys::Allocator,
    block: *mut c_void,
    old: usize,
    new: usize,
    align: usize,
) -> *mut c_void {
    // SAFETY: as in alloc; and C says of the block what Memory::resize asks for.
    let whole = unsafe { &*(base as *const Allocator<M>) };
    let work = |memory: &M| unsafe { memory.resize(block.cast(), old, new, align) };
    guard(whole, ptr::null_mut(), work).cast()
}

unsafe extern "C" fn free<M: Memory>(
    base: *mut sys::Allocator,
    block: *mut c_void,
    size: usize,
    align: usize,
) {
    // SAFETY: as in resize.
    let whole = unsafe { &*(base as *const Allocator<M>) };
    guard(whole, (), |memory| unsafe {
        memory.free(block.cast(), size, align)
    });
}

/// An allocator that is lent for `'a`; of which kind, what is made with it need not know.
#[derive(Clone, Copy)]
pub struct AllocatorRef<'a> {
    raw: *mut sys::Allocator,
    lent: PhantomData<&'a ()>,
}

impl AllocatorRef<'_> {
    /// malloc: C takes NULL for it.
    pub fn system() -> AllocatorRef<'static> {
        AllocatorRef {
            raw: ptr::null_mut(),
            lent: PhantomData,
        }
    }

    pub(crate) fn raw(self) -> *mut sys::Allocator {
        self.raw
    }
}

impl<'a, M: Memory> From<&'a Allocator<M>> for AllocatorRef<'a> {
    fn from(allocator: &'a Allocator<M>) -> Self {
        // C writes to none of it: the functions take a pointer to non-const for C's own allocators.
        let raw = allocator as *const Allocator<M> as *mut sys::Allocator;
        AllocatorRef {
            raw,
            lent: PhantomData,
        }
    }
}
