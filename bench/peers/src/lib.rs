//! The Rust peers of the benches, built as a shared library that the harness loads at run time.
//!
//! A peer is `peer_<crate>_<work>(context, operations) -> checksum`: the whole loop, as in C, so that
//! the call between the languages is paid once a sample. The checksum equals that of every other
//! contender of the row. State that outlives a sample is made by a function that returns a pointer,
//! called from the contender's `setup` through `bench_symbol(bench_peers(), "...")`.
#![allow(unknown_lints, unexpected_cfgs)]

use std::arch::asm;
use std::mem::{size_of, transmute_copy, ManuallyDrop};

#[cfg(feature = "bumpalo")]
pub mod arena;
#[cfg(feature = "bytes")]
pub mod bytes;
#[cfg(feature = "crossbeam-deque")]
pub mod deque;
#[cfg(feature = "rayon")]
pub mod parallel;
pub mod locks;
#[cfg(feature = "crossbeam-epoch")]
pub mod epoch;
#[cfg(feature = "crossbeam-queue")]
pub mod queue;
pub mod rwlocks;
#[cfg(feature = "slab")]
pub mod slab;
#[cfg(feature = "tokio")]
pub mod tokio;

/// The compiler must assume that the value is used, and that memory is read and written: `bench_keep`
/// of bench.h, at the same price. What fits a register stays in one. Rust 1.63, Debian 12's, has no
/// `std::hint::black_box`, and that of later versions sends the value through memory.
#[inline(always)]
pub fn black_box<T>(value: T) -> T {
    if size_of::<T>() != size_of::<usize>() {
        unsafe { asm!("/* {0} */", in(reg) &value, options(nostack)) };
        return value;
    }
    let value = ManuallyDrop::new(value);
    unsafe {
        let mut register: usize = transmute_copy(&value);
        asm!("/* {0} */", inout(reg) register, options(nostack));
        transmute_copy(&register)
    }
}
