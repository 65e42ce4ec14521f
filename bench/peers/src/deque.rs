//! crossbeam-deque: the peer of 02_concurrency/ws_deque.

use crate::black_box;
use crossbeam_deque::{Steal, Worker};
use std::ffi::c_void;

const BURST: u64 = 32;

/// Bursts of pushes, each followed by as many pops.
#[no_mangle]
pub extern "C" fn peer_crossbeam_deque_owner(_: *mut c_void, operations: u64) -> u64 {
    let worker: Worker<usize> = Worker::new_lifo();
    let mut sum = 0u64;
    let mut at = 0;
    while at < operations {
        let end = (at + BURST).min(operations);
        for i in at..end {
            worker.push(black_box(i as usize + 1));
        }
        while let Some(value) = worker.pop() {
            sum += value as u64;
        }
        at = end;
    }
    sum
}

/// Bursts of pushes, each followed by as many steals.
#[no_mangle]
pub extern "C" fn peer_crossbeam_deque_steal(_: *mut c_void, operations: u64) -> u64 {
    let worker: Worker<usize> = Worker::new_lifo();
    let stealer = worker.stealer();
    let mut sum = 0u64;
    let mut at = 0;
    while at < operations {
        let end = (at + BURST).min(operations);
        for i in at..end {
            worker.push(black_box(i as usize + 1));
        }
        while let Steal::Success(value) = stealer.steal() {
            sum += value as u64;
        }
        at = end;
    }
    sum
}

/// An owner that pushes all and pops some, and a thief in another thread.
#[no_mangle]
pub extern "C" fn peer_crossbeam_deque_two(_: *mut c_void, operations: u64) -> u64 {
    use std::sync::atomic::{AtomicBool, Ordering};
    let worker: Worker<usize> = Worker::new_lifo();
    let stealer = worker.stealer();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let thief = scope.spawn(|| {
            let mut sum = 0u64;
            loop {
                let last = over.load(Ordering::Acquire);
                match stealer.steal() {
                    Steal::Success(value) => sum += value as u64,
                    Steal::Empty if last => return sum,
                    _ => {}
                }
            }
        });
        let mut sum = 0u64;
        let mut at = 0;
        while at < operations {
            let end = (at + BURST).min(operations);
            for i in at..end {
                worker.push(black_box(i as usize + 1));
            }
            while let Some(value) = worker.pop() {
                sum += value as u64;
            }
            at = end;
        }
        over.store(true, Ordering::Release);
        sum + thief.join().unwrap_or(0)
    })
}
