use crate::error::{check, create};
use crate::{sys, AllocatorRef, Result};
use std::fmt;
use std::marker::PhantomData;
use std::mem::{align_of, size_of, ManuallyDrop, MaybeUninit};
use std::ptr::NonNull;

/// Stands for a value; found out when the value is gone.
pub struct Key<T>(u64, PhantomData<fn() -> T>);

impl<T> Key<T> {
    /// To be stored where only numbers can be; with `from_bits` it comes back.
    pub fn to_bits(self) -> u64 {
        self.0
    }

    /// Any number will do: one that is no key finds nothing.
    pub fn from_bits(bits: u64) -> Self {
        Key(bits, PhantomData)
    }
}

impl<T> Clone for Key<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Key<T> {}
impl<T> PartialEq for Key<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Key<T> {}
impl<T> fmt::Debug for Key<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:#x})", self.0)
    }
}

/// Values behind keys. C moves them about as bytes, which every Rust value allows.
pub struct Slab<'a, T> {
    raw: NonNull<sys::Slab>,
    owns: PhantomData<(T, &'a ())>,
}

// SAFETY: values go with it; through a shared slab they are only looked at, and looking changes nothing.
unsafe impl<T: Send> Send for Slab<'_, T> {}
unsafe impl<T: Sync> Sync for Slab<'_, T> {}

impl<T> Slab<'static, T> {
    /// From malloc.
    pub fn new() -> Result<Self> {
        Slab::new_in(AllocatorRef::system())
    }
}

impl<'a, T> Slab<'a, T> {
    /// From an allocator that outlives it.
    pub fn new_in(allocator: impl Into<AllocatorRef<'a>>) -> Result<Self> {
        let allocator = allocator.into();
        let (size, align) = (size_of::<T>(), align_of::<T>());
        // SAFETY: the allocator is lent for 'a.
        let raw = create(|out| unsafe { sys::ffi_slab_create(allocator.raw(), size, align, out) })?;
        Ok(Slab {
            raw,
            owns: PhantomData,
        })
    }

    /* lesson: ffi-rust-move */
    /// The value moves into the slab. On an error it is dropped here.
    pub fn insert(&mut self, value: T) -> Result<Key<T>> {
        let value = ManuallyDrop::new(value);
        let mut key = 0;
        // SAFETY: C copies size_of::<T>() bytes. From then on that copy is the value, and this one is
        // neither used nor dropped.
        let code = unsafe {
            let from: *const T = &*value;
            sys::ffi_slab_insert(self.raw.as_ptr(), from.cast(), &mut key)
        };
        if let Err(error) = check(code) {
            drop(ManuallyDrop::into_inner(value)); // C did not take it
            return Err(error);
        }
        Ok(Key(key, PhantomData))
    }
    /* end lesson */

    /// The value, borrowed from the slab.
    pub fn get(&self, key: Key<T>) -> Option<&T> {
        // SAFETY: an element is a T, and none moves or goes while self is borrowed.
        unsafe {
            sys::ffi_slab_get(self.raw.as_ptr(), key.0)
                .cast::<T>()
                .as_ref()
        }
    }

    /// The value, to be changed.
    pub fn get_mut(&mut self, key: Key<T>) -> Option<&mut T> {
        // SAFETY: as get, and self is borrowed alone.
        unsafe {
            sys::ffi_slab_get(self.raw.as_ptr(), key.0)
                .cast::<T>()
                .as_mut()
        }
    }

    /// Take the value out.
    pub fn remove(&mut self, key: Key<T>) -> Option<T> {
        let mut out = MaybeUninit::<T>::uninit();
        // SAFETY: out has room for a T; on success C has moved one there and forgotten its own.
        unsafe {
            let code = sys::ffi_slab_remove(self.raw.as_ptr(), key.0, out.as_mut_ptr().cast());
            check(code).ok().map(|()| out.assume_init())
        }
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        // SAFETY: the handle is alive.
        unsafe { sys::ffi_slab_count(self.raw.as_ptr()) }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> Drop for Slab<'_, T> {
    fn drop(&mut self) {
        let (raw, mut cursor, mut key) = (self.raw.as_ptr(), 0, 0);
        // SAFETY: each element is a T that is dropped once; then nobody looks at it any more.
        unsafe {
            loop {
                let element = sys::ffi_slab_next(raw, &mut cursor, &mut key).cast::<T>();
                if element.is_null() {
                    break;
                }
                element.drop_in_place();
            }
            sys::ffi_slab_destroy(raw);
        }
    }
}
