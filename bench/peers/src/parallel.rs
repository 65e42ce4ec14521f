//! rayon: the peer of 02_concurrency/par and what stands on it.
//!
//! Each function runs inside of a pool that was started before, with the arrays of the C side.

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::ffi::c_void;
use std::slice::from_raw_parts_mut;

/// `struct bench_work` of 02_concurrency/bench/par_work.h.
#[repr(C)]
pub struct Work {
    rayon: *const ThreadPool,
    pool: *const c_void,
    data: *mut u64,
    out: *mut u64,
    count: usize,
}

/// Start a pool. It stays for the life of the process.
#[no_mangle]
pub extern "C" fn peer_rayon_pool(threads: usize) -> *const ThreadPool {
    match ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => Box::into_raw(Box::new(pool)),
        Err(_) => std::ptr::null(),
    }
}

fn fib(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let (left, right) = rayon::join(|| fib(n - 1), || fib(n - 2));
    left + right
}

/// fib of n joins fib(n + 1) - 1 times. Returns: the n of the most joins, and how many.
fn largest_fib(joins: u64) -> (u64, u64) {
    let (mut n, mut this, mut next) = (2, 2, 3);
    while next - 1 <= joins {
        (this, next) = (next, this + next);
        n += 1;
    }
    (n, this - 1)
}

/// # Safety
/// The context is a `Work` whose arrays have `count` elements; so for all below.
#[no_mangle]
pub unsafe extern "C" fn peer_rayon_join(work: *const Work, operations: u64) -> u64 {
    (*(*work).rayon).install(|| {
        let (mut left, mut sum) = (operations, 0);
        while left > 0 {
            let (n, joins) = largest_fib(left);
            sum += fib(n);
            left -= joins;
        }
        sum
    })
}

/// Call `each` with the array's elements, `size` at a time, until `operations` elements have been.
unsafe fn in_slices(
    work: *const Work,
    operations: u64,
    size: usize,
    each: impl Fn(&mut [u64], &mut [u64]) -> u64 + Send + Sync,
) -> u64 {
    let count = (*work).count;
    let data = (*work).data as usize;
    let out = (*work).out as usize;
    (*(*work).rayon).install(move || {
        let (mut left, mut at, mut sum) = (operations as usize, 0, 0u64);
        while left > 0 {
            let length = size.min(left).min(count);
            if at + length > count {
                at = 0;
            }
            let slice = from_raw_parts_mut((data as *mut u64).add(at), length);
            let result = if out == 0 {
                &mut []
            } else {
                from_raw_parts_mut((out as *mut u64).add(at), length)
            };
            sum = sum.wrapping_add(each(slice, result));
            at += length;
            left -= length;
        }
        sum
    })
}

/// As `work_checksum` of the C side.
fn checksum(data: &[u64]) -> u64 {
    let mut sum = data.len() as u64;
    let mut i = 0;
    while i < data.len() {
        sum = sum.wrapping_mul(31).wrapping_add(data[i]);
        i += 61;
    }
    sum
}

macro_rules! peers {
    ($($name:ident $slice:expr, $each:expr;)*) => { $(
        #[no_mangle]
        pub unsafe extern "C" fn $name(work: *const Work, operations: u64) -> u64 {
            in_slices(work, operations, $slice, $each)
        }
    )* };
}

const WHOLE: usize = usize::MAX;
const SMALL: usize = 1000;

fn sum(data: &mut [u64], _: &mut [u64]) -> u64 {
    data.par_iter().sum()
}

fn map_reduce(data: &mut [u64], _: &mut [u64]) -> u64 {
    data.par_iter().map(|x| x.wrapping_mul(*x) >> 7).reduce(|| 0, |a, b| a ^ b)
}

fn map(data: &mut [u64], out: &mut [u64]) -> u64 {
    data.par_iter().zip(out.par_iter_mut()).for_each(|(x, y)| *y = x.wrapping_mul(*x) >> 7);
    checksum(out)
}

fn filter(data: &mut [u64], _: &mut [u64]) -> u64 {
    let kept: Vec<u64> = data.par_iter().copied().filter(|x| x & 3 == 0).collect();
    checksum(&kept)
}

fn sort_unstable(data: &mut [u64], _: &mut [u64]) -> u64 {
    data.par_sort_unstable();
    checksum(data)
}

fn sort_stable(data: &mut [u64], _: &mut [u64]) -> u64 {
    data.par_sort();
    checksum(data)
}

peers! {
    peer_rayon_sum WHOLE, sum;
    peer_rayon_sum_small SMALL, sum;
    peer_rayon_map_reduce WHOLE, map_reduce;
    peer_rayon_map_reduce_small SMALL, map_reduce;
    peer_rayon_map WHOLE, map;
    peer_rayon_map_small SMALL, map;
    peer_rayon_filter WHOLE, filter;
    peer_rayon_filter_small SMALL, filter;
    peer_rayon_sort_unstable WHOLE, sort_unstable;
    peer_rayon_sort_unstable_small SMALL, sort_unstable;
    peer_rayon_sort_stable WHOLE, sort_stable;
    peer_rayon_sort_stable_small SMALL, sort_stable;
}
