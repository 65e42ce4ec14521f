//! ffi.h once more, in Rust. Nothing checks that the two agree but the tests: keep them side by side.
use std::os::raw::{c_char, c_int, c_void};

/// A type that only C knows: it cannot be made, moved or read here.
macro_rules! opaque {
    ($($name:ident)*) => { $(
        #[repr(C)]
        pub struct $name {
            _private: [u8; 0],
        }
    )* };
}
opaque!(Arena Slab Intern Pool BytesOwner);

#[repr(C)]
pub struct Allocator {
    pub alloc: unsafe extern "C" fn(*mut Allocator, usize, usize) -> *mut c_void,
    pub resize:
        unsafe extern "C" fn(*mut Allocator, *mut c_void, usize, usize, usize) -> *mut c_void,
    pub free: unsafe extern "C" fn(*mut Allocator, *mut c_void, usize, usize),
}

#[repr(C)]
pub struct Bytes {
    pub data: *const u8,
    pub size_bytes: usize,
    pub owner: *mut BytesOwner,
    pub stock: usize,
}

pub type BytesFree = unsafe extern "C" fn(*mut c_void, usize, *mut c_void);

extern "C" {
    pub fn ffi_version() -> u32;

    pub fn ffi_arena_create(
        allocator: *mut Allocator,
        first_chunk_bytes: usize,
        out: *mut *mut Arena,
    ) -> c_int;
    pub fn ffi_arena_destroy(arena: *mut Arena);
    pub fn ffi_arena_alloc(arena: *mut Arena, size_bytes: usize, align: usize) -> *mut c_void;
    pub fn ffi_arena_reset(arena: *mut Arena) -> c_int;
    pub fn ffi_arena_reserved_bytes(arena: *const Arena) -> usize;

    pub fn ffi_slab_create(
        allocator: *mut Allocator,
        element_bytes: usize,
        align: usize,
        out: *mut *mut Slab,
    ) -> c_int;
    pub fn ffi_slab_destroy(slab: *mut Slab);
    pub fn ffi_slab_insert(slab: *mut Slab, element: *const c_void, key: *mut u64) -> c_int;
    pub fn ffi_slab_get(slab: *const Slab, key: u64) -> *mut c_void;
    pub fn ffi_slab_remove(slab: *mut Slab, key: u64, out: *mut c_void) -> c_int;
    pub fn ffi_slab_next(slab: *const Slab, cursor: *mut u32, key: *mut u64) -> *mut c_void;
    pub fn ffi_slab_count(slab: *const Slab) -> usize;

    pub fn ffi_bytes_copy(
        allocator: *mut Allocator,
        data: *const c_void,
        size_bytes: usize,
        out: *mut Bytes,
    ) -> c_int;
    pub fn ffi_bytes_adopt(
        allocator: *mut Allocator,
        data: *mut c_void,
        size_bytes: usize,
        free: Option<BytesFree>,
        context: *mut c_void,
        out: *mut Bytes,
    ) -> c_int;
    pub fn ffi_bytes_map(allocator: *mut Allocator, path: *const c_char, out: *mut Bytes) -> c_int;
    pub fn ffi_bytes_ref(bytes: *const Bytes, out: *mut Bytes) -> c_int;
    pub fn ffi_bytes_slice(
        bytes: *const Bytes,
        offset: usize,
        size_bytes: usize,
        out: *mut Bytes,
    ) -> c_int;
    pub fn ffi_bytes_unref(bytes: *mut Bytes);

    pub fn ffi_intern_create(
        allocator: *mut Allocator,
        max_count: u32,
        out: *mut *mut Intern,
    ) -> c_int;
    pub fn ffi_intern_destroy(intern: *mut Intern);
    pub fn ffi_intern_put(
        intern: *mut Intern,
        bytes: *const c_void,
        length: usize,
        id: *mut u32,
    ) -> c_int;
    pub fn ffi_intern_find(intern: *const Intern, bytes: *const c_void, length: usize) -> u32;
    pub fn ffi_intern_text(intern: *const Intern, id: u32, length: *mut usize) -> *const c_char;
    pub fn ffi_intern_count(intern: *const Intern) -> u32;

    pub fn ffi_pool_create(
        allocator: *mut Allocator,
        object_bytes: usize,
        align: usize,
        out: *mut *mut Pool,
    ) -> c_int;
    pub fn ffi_pool_destroy(pool: *mut Pool) -> usize;
    pub fn ffi_pool_alloc(pool: *mut Pool) -> *mut c_void;
    pub fn ffi_pool_free(pool: *mut Pool, object: *mut c_void);
}
