//! crossbeam-epoch: the peer of 02_concurrency/epoch.

use crossbeam_epoch::{self as epoch, Atomic, Owned};
use std::ffi::c_void;
use std::sync::atomic::Ordering;

/// Pin and unpin, with a load of a shared pointer in between.
#[no_mangle]
pub extern "C" fn peer_epoch_enter_leave(_: *mut c_void, operations: u64) -> u64 {
    let shared = Atomic::new(1u64);
    let mut sum = 0u64;
    for _ in 0..operations {
        let guard = epoch::pin();
        let value = shared.load(Ordering::Acquire, &guard);
        sum = sum.wrapping_add(*unsafe { value.deref() });
    }
    drop(unsafe { shared.into_owned() });
    sum
}

static mut DROPPED: u64 = 0;

/// 64 bytes, as struct item in bench_epoch.c.
struct Item([u64; 8]);

impl Drop for Item {
    fn drop(&mut self) {
        unsafe { DROPPED = DROPPED.wrapping_add(self.0[7]) };
    }
}

/// Replace a shared item of 64 bytes and defer the old one's destruction; in the end all are destroyed.
#[no_mangle]
pub extern "C" fn peer_epoch_deferred_free(_: *mut c_void, operations: u64) -> u64 {
    unsafe { DROPPED = 0 };
    let shared = Atomic::new(Item([0, 0, 0, 0, 0, 0, 0, 1]));
    for _ in 0..operations {
        let guard = epoch::pin();
        let old = shared.swap(Owned::new(Item([0, 0, 0, 0, 0, 0, 0, 1])), Ordering::AcqRel, &guard);
        unsafe { guard.defer_destroy(old) };
    }
    while unsafe { DROPPED } < operations {
        epoch::pin().flush();
    }
    let dropped = unsafe { DROPPED };
    drop(unsafe { shared.into_owned() });
    dropped
}
