//! parking_lot and std's locks, the peers of 02_concurrency's.
//!
//! `work` is what one thread does, as in 02_concurrency/bench/bench_mutex.c: count up under the lock until the
//! total is reached. The threads themselves are started there, the same way for every contender.

use std::ffi::c_void;
use std::ops::DerefMut;

/// The time-stamp counter, `bits_cycles` of 07_unsafe/bits.h.
#[cfg(target_arch = "x86_64")]
fn cycles() -> u64 {
    unsafe { std::arch::x86_64::_rdtsc() }
}

#[cfg(target_arch = "aarch64")]
fn cycles() -> u64 {
    let value: u64;
    unsafe { std::arch::asm!("mrs {}, cntvct_el0", out(reg) value) };
    value
}

/// Returns: how many of the total this thread counted.
#[inline(always)]
fn work<G: DerefMut<Target = u64>>(lock: impl Fn() -> G, total: u64) -> u64 {
    let mut mine = 0;
    loop {
        let mut counter = lock();
        if *counter == total {
            return mine;
        }
        *counter += 1;
        drop(counter);
        mine += 1;
    }
}

/// Returns: the longest time that one acquisition took, in cycles.
#[inline(always)]
fn longest_wait<G: DerefMut<Target = u64>>(lock: impl Fn() -> G, total: u64) -> u64 {
    let mut longest = 0;
    loop {
        let before = cycles();
        let mut counter = lock();
        longest = longest.max(cycles().wrapping_sub(before));
        if *counter == total {
            return longest;
        }
        *counter += 1;
    }
}

macro_rules! mutex_peer {
    ($mutex:ty, $lock:expr, $setup:ident, $teardown:ident, $work:ident, $wait:ident) => {
        #[no_mangle]
        pub extern "C" fn $setup() -> *mut c_void {
            Box::into_raw(Box::new(<$mutex>::new(0))).cast()
        }

        #[no_mangle]
        pub extern "C" fn $teardown(context: *mut c_void) {
            drop(unsafe { Box::from_raw(context.cast::<$mutex>()) });
        }

        #[no_mangle]
        pub extern "C" fn $work(context: *mut c_void, total: u64) -> u64 {
            let mutex = unsafe { &*context.cast::<$mutex>() };
            work(|| $lock(mutex), total)
        }

        #[no_mangle]
        pub extern "C" fn $wait(context: *mut c_void, total: u64) -> u64 {
            let mutex = unsafe { &*context.cast::<$mutex>() };
            longest_wait(|| $lock(mutex), total)
        }
    };
}

fn std_lock(mutex: &std::sync::Mutex<u64>) -> std::sync::MutexGuard<'_, u64> {
    mutex.lock().unwrap()
}

mutex_peer!(std::sync::Mutex<u64>, std_lock, peer_std_mutex_setup, peer_std_mutex_teardown,
    peer_std_mutex_work, peer_std_mutex_wait);

#[cfg(feature = "parking_lot")]
fn parking_lot_lock(mutex: &parking_lot::Mutex<u64>) -> parking_lot::MutexGuard<'_, u64> {
    mutex.lock()
}

#[cfg(feature = "parking_lot")]
mutex_peer!(parking_lot::Mutex<u64>, parking_lot_lock, peer_parking_lot_mutex_setup,
    peer_parking_lot_mutex_teardown, peer_parking_lot_mutex_work, peer_parking_lot_mutex_wait);
