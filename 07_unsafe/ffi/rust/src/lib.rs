//! libsyslab.so for Rust. Each type here holds one thing of C's, and says to the compiler what ffi.h
//! says to a reader:
//!
//! | ffi.h                                    | here                                               |
//! | ---------------------------------------- | -------------------------------------------------- |
//! | the caller ends it with `_destroy`       | `Drop`; a second time does not compile             |
//! | valid until reset                        | a borrow of the arena; `reset` wants it alone      |
//! | the allocator must outlive it            | a lifetime, `Arena<'a>`                            |
//! | one thread at a time                     | no `Sync`                                          |
//! | any number of threads                    | `Sync`, and the one place where that is claimed    |
//! | 0 or -errno                              | `Result<_, Error>`                                 |
//! | a callback may not throw                 | `catch_unwind`, in the function that C calls       |
//!
//! `unsafe` is in the files of this folder alone; each block says why it is right. Who uses the crate
//! writes it only to implement `Memory` or to map a file.
#![deny(unsafe_op_in_unsafe_fn, missing_docs)]

mod allocator;
mod arena;
mod bytes;
mod error;
mod intern;
mod pool;
mod slab;
mod sys;

pub use allocator::{Allocator, AllocatorRef, Heap, Memory};
pub use arena::Arena;
pub use bytes::Bytes;
pub use error::{Error, Result};
pub use intern::{Id, Intern};
pub use pool::{Pool, PoolBox};
pub use slab::{Key, Slab};

/// The version of the library that was loaded: major, minor, patch.
pub fn version() -> (u32, u32, u32) {
    // SAFETY: no arguments, no state.
    let bits = unsafe { sys::ffi_version() };
    (bits >> 16, bits >> 8 & 0xff, bits & 0xff)
}
