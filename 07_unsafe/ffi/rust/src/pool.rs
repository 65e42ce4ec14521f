use crate::error::create;
use crate::{sys, AllocatorRef, Error, Result};
use std::marker::PhantomData;
use std::mem::{align_of, size_of};
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

/// Places for values of one type, for any number of threads.
pub struct Pool<'a, T> {
    raw: NonNull<sys::Pool>,
    of: PhantomData<(T, &'a ())>,
}

// SAFETY: pool.h: alloc and free may run together in any pair. A value that is put in by one thread may
// be dropped by another, hence T: Send; the pool itself shows no value to anybody, hence no T: Sync.
unsafe impl<T: Send> Send for Pool<'_, T> {}
unsafe impl<T: Send> Sync for Pool<'_, T> {}

/// A value in a pool: as a Box, and its memory goes back there. It borrows the pool, which therefore
/// ends after it.
pub struct PoolBox<'p, T> {
    object: NonNull<T>,
    pool: NonNull<sys::Pool>,
    of: PhantomData<(T, &'p ())>,
}

// SAFETY: it owns its T, as a Box does; any thread may give the memory back.
unsafe impl<T: Send> Send for PoolBox<'_, T> {}
unsafe impl<T: Sync> Sync for PoolBox<'_, T> {}

impl<T> Pool<'static, T> {
    /// From malloc.
    pub fn new() -> Result<Self> {
        Pool::new_in(AllocatorRef::system())
    }
}

impl<'a, T> Pool<'a, T> {
    /// From an allocator that outlives it.
    pub fn new_in(allocator: impl Into<AllocatorRef<'a>>) -> Result<Self> {
        let allocator = allocator.into();
        let (size, align) = (size_of::<T>().max(1), align_of::<T>()); // C has no type of no size
                                                                      // SAFETY: the allocator is lent for 'a.
        let raw = create(|out| unsafe { sys::ffi_pool_create(allocator.raw(), size, align, out) })?;
        Ok(Pool {
            raw,
            of: PhantomData,
        })
    }

    /// Put a value into a place. On an error it is dropped.
    pub fn alloc(&self, value: T) -> Result<PoolBox<'_, T>> {
        // SAFETY: the handle is alive; any thread may call.
        let object = unsafe { sys::ffi_pool_alloc(self.raw.as_ptr()) };
        let object = NonNull::new(object.cast::<T>()).ok_or(Error::NoMemory)?;
        // SAFETY: the object has room for a T and is nobody else's.
        unsafe { object.as_ptr().write(value) };
        Ok(PoolBox {
            object,
            pool: self.raw,
            of: PhantomData,
        })
    }
}

impl<T> Drop for Pool<'_, T> {
    fn drop(&mut self) {
        // SAFETY: no PoolBox is left: each borrows the pool. (One that was forgotten is never seen again.)
        unsafe { sys::ffi_pool_destroy(self.raw.as_ptr()) };
    }
}

impl<T> Deref for PoolBox<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: a T since alloc.
        unsafe { self.object.as_ref() }
    }
}

impl<T> DerefMut for PoolBox<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as deref, and self is borrowed alone.
        unsafe { self.object.as_mut() }
    }
}

impl<T> Drop for PoolBox<'_, T> {
    fn drop(&mut self) {
        // SAFETY: dropped once, and its memory given back once, to where it came from.
        unsafe {
            self.object.as_ptr().drop_in_place();
            sys::ffi_pool_free(self.pool.as_ptr(), self.object.as_ptr().cast());
        }
    }
}
