//! bumpalo: a bump allocator, the peer of 03_memory/arena.

use crate::black_box;
use bumpalo::Bump;
use std::alloc::Layout;
use std::ffi::c_void;

const BATCH: u64 = 1024;

/// Write i to a block of SIZE bytes and read it back.
#[inline(always)]
fn alloc_one<const SIZE: usize>(bump: &Bump, i: u64) -> u64 {
    let layout = Layout::from_size_align(SIZE, 8).unwrap();
    let block = bump.alloc_layout(layout).cast::<u64>();
    unsafe { block.as_ptr().write(i) };
    *black_box(unsafe { block.as_ref() })
}

/// Allocate `operations` objects of SIZE bytes, reset after each batch, so that all stays in cache.
fn alloc_reset<const SIZE: usize>(operations: u64) -> u64 {
    let mut bump = Bump::with_capacity(BATCH as usize * SIZE);
    let mut sum = 0;
    let mut i = 0;
    while i < operations {
        let end = (i + BATCH).min(operations);
        while i < end {
            sum += alloc_one::<SIZE>(&bump, i);
            i += 1;
        }
        bump.reset();
    }
    sum
}

/// Allocate `operations` objects and keep them: chunks grow, all memory is fresh.
fn alloc_keep<const SIZE: usize>(operations: u64) -> u64 {
    let bump = Bump::new();
    let mut sum = 0;
    for i in 0..operations {
        sum += alloc_one::<SIZE>(&bump, i);
    }
    std::mem::forget(bump); // the process ends after this; giving it back is no part of the work
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

#[no_mangle]
pub extern "C" fn peer_bumpalo_fresh_16(_: *mut c_void, operations: u64) -> u64 {
    alloc_keep::<16>(operations)
}

#[no_mangle]
pub extern "C" fn peer_bumpalo_fresh_64(_: *mut c_void, operations: u64) -> u64 {
    alloc_keep::<64>(operations)
}

/// The same sizes as in bench_arena.c: 8 to 256 bytes, known only when they are asked for.
#[no_mangle]
pub extern "C" fn peer_bumpalo_mixed(_: *mut c_void, operations: u64) -> u64 {
    let mut bump = Bump::with_capacity(256 * 1024);
    let mut sum = 0;
    let mut i = 0;
    while i < operations {
        let end = (i + BATCH).min(operations);
        while i < end {
            let size = 8 + (i.wrapping_mul(2654435761) >> 7 & 248) as usize;
            let layout = unsafe { Layout::from_size_align_unchecked(black_box(size), 8) };
            let block = bump.alloc_layout(layout).cast::<u64>();
            unsafe { block.as_ptr().write(i) };
            sum += *black_box(unsafe { block.as_ref() });
            i += 1;
        }
        bump.reset();
    }
    sum
}

/// Copy a word of the table, which bench_arena.c hands over: pointers to strings and how many.
#[repr(C)]
pub struct Words {
    text: *const *const std::os::raw::c_char,
    count: u64,
}

#[no_mangle]
pub extern "C" fn peer_bumpalo_strings(context: *mut c_void, operations: u64) -> u64 {
    let words = unsafe { &*(context as *const Words) };
    let mut bump = Bump::with_capacity(64 * 1024);
    let mut sum = 0;
    let mut i = 0;
    while i < operations {
        let end = (i + BATCH).min(operations);
        while i < end {
            let word = unsafe { *words.text.add((i % words.count) as usize) };
            let bytes = unsafe { std::ffi::CStr::from_ptr(word) }.to_bytes_with_nul();
            let copy = black_box(&*bump.alloc_slice_copy(bytes));
            sum += copy[0] as u64;
            i += 1;
        }
        bump.reset();
    }
    sum
}
