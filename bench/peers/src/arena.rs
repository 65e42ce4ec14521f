//! bumpalo: a bump allocator, the peer of 03_memory/arena.

use crate::black_box;
use bumpalo::Bump;
use std::alloc::Layout;
use std::ffi::c_void;

const BATCH: u64 = 1024;

/// Allocate `operations` objects of SIZE bytes, reset after each batch, so that all stays in cache.
fn alloc_reset<const SIZE: usize>(operations: u64) -> u64 {
    let layout = Layout::from_size_align(SIZE, 8).unwrap();
    let mut bump = Bump::with_capacity(BATCH as usize * SIZE);
    let mut sum = 0;
    for i in 0..operations {
        if i % BATCH == 0 {
            bump.reset();
        }
        let block = bump.alloc_layout(layout).cast::<u64>();
        unsafe { block.as_ptr().write(i) };
        sum += *black_box(unsafe { block.as_ref() });
    }
    sum
}

#[no_mangle]
pub extern "C" fn peer_bumpalo_alloc_reset_16(_: *mut c_void, operations: u64) -> u64 {
    alloc_reset::<16>(operations)
}

#[no_mangle]
pub extern "C" fn peer_bumpalo_alloc_reset_64(_: *mut c_void, operations: u64) -> u64 {
    alloc_reset::<64>(operations)
}
