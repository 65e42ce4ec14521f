//! crossbeam-queue: ArrayQueue and SegQueue, the peers of 02_concurrency/mpmc_ring and mpsc_queue.
//!
//! The loops are those of 02_concurrency/bench/queues.h: the threads are made there, in C, and each calls
//! one of these for its share, so that all contenders have the same threads and the same way to wait.

use crossbeam_queue::{ArrayQueue, SegQueue};
use std::ffi::c_void;

/// How a thread waits that found the queue full or empty: bench_wait of queues.h.
type WaitFn = extern "C" fn(*mut u32);

#[no_mangle]
pub extern "C" fn peer_array_queue_setup(capacity: usize) -> *mut c_void {
    Box::into_raw(Box::new(ArrayQueue::<u64>::new(capacity))).cast()
}

#[no_mangle]
pub extern "C" fn peer_array_queue_teardown(queue: *mut c_void) {
    drop(unsafe { Box::from_raw(queue.cast::<ArrayQueue<u64>>()) });
}

#[no_mangle]
pub extern "C" fn peer_array_queue_push(queue: *mut c_void, first: u64, count: u64, wait: WaitFn) {
    let queue = unsafe { &*queue.cast::<ArrayQueue<u64>>() };
    for value in first..first + count {
        let mut round = 0;
        while queue.push(value).is_err() {
            wait(&mut round);
        }
    }
}

#[no_mangle]
pub extern "C" fn peer_array_queue_pop(queue: *mut c_void, count: u64, wait: WaitFn) -> u64 {
    let queue = unsafe { &*queue.cast::<ArrayQueue<u64>>() };
    let mut sum = 0u64;
    for _ in 0..count {
        let mut round = 0;
        sum = sum.wrapping_add(loop {
            match queue.pop() {
                Some(value) => break value,
                None => wait(&mut round),
            }
        });
    }
    sum
}

/// Push one, pop one, in one thread.
#[no_mangle]
pub extern "C" fn peer_array_queue_alone(queue: *mut c_void, operations: u64) -> u64 {
    let queue = unsafe { &*queue.cast::<ArrayQueue<u64>>() };
    let mut sum = 0u64;
    for value in 0..operations {
        let _ = queue.push(value);
        sum = sum.wrapping_add(queue.pop().unwrap_or(0));
    }
    sum
}

#[no_mangle]
pub extern "C" fn peer_seg_queue_setup() -> *mut c_void {
    Box::into_raw(Box::new(SegQueue::<u64>::new())).cast()
}

#[no_mangle]
pub extern "C" fn peer_seg_queue_teardown(queue: *mut c_void) {
    drop(unsafe { Box::from_raw(queue.cast::<SegQueue<u64>>()) });
}

#[no_mangle]
pub extern "C" fn peer_seg_queue_push(queue: *mut c_void, first: u64, count: u64, _: WaitFn) {
    let queue = unsafe { &*queue.cast::<SegQueue<u64>>() };
    for value in first..first + count {
        queue.push(value);
    }
}

#[no_mangle]
pub extern "C" fn peer_seg_queue_pop(queue: *mut c_void, count: u64, wait: WaitFn) -> u64 {
    let queue = unsafe { &*queue.cast::<SegQueue<u64>>() };
    let mut sum = 0u64;
    for _ in 0..count {
        let mut round = 0;
        sum = sum.wrapping_add(loop {
            match queue.pop() {
                Some(value) => break value,
                None => wait(&mut round),
            }
        });
    }
    sum
}

#[no_mangle]
pub extern "C" fn peer_seg_queue_alone(queue: *mut c_void, operations: u64) -> u64 {
    let queue = unsafe { &*queue.cast::<SegQueue<u64>>() };
    let mut sum = 0u64;
    for value in 0..operations {
        queue.push(value);
        sum = sum.wrapping_add(queue.pop().unwrap_or(0));
    }
    sum
}
