//! parking_lot's and std's reader-writer locks, the peers of 02_concurrency/rwlock, and std's barrier.
//!
//! The work is that of 02_concurrency/bench/bench_rwlock.c: so many threads, and every so many operations a write, which adds
//! one; all others read.

use crate::black_box;
use std::ffi::c_void;
use std::ops::{Deref, DerefMut};

/// A line of its own, as in C.
#[repr(align(128))]
struct Apart<T>(T);

trait Lock: Sync {
    fn make() -> Self;
    fn read(&self) -> u64;
    fn write(&self);
}

impl Lock for std::sync::RwLock<Apart<u64>> {
    fn make() -> Self {
        Self::new(Apart(0))
    }
    #[inline(always)]
    fn read(&self) -> u64 {
        std::sync::RwLock::read(self).unwrap().deref().0
    }
    #[inline(always)]
    fn write(&self) {
        std::sync::RwLock::write(self).unwrap().deref_mut().0 += 1;
    }
}

#[cfg(feature = "parking_lot")]
impl Lock for parking_lot::RwLock<Apart<u64>> {
    fn make() -> Self {
        Self::new(Apart(0))
    }
    #[inline(always)]
    fn read(&self) -> u64 {
        parking_lot::RwLock::read(self).deref().0
    }
    #[inline(always)]
    fn write(&self) {
        parking_lot::RwLock::write(self).deref_mut().0 += 1;
    }
}

fn member<L: Lock>(lock: &L, operations: u64, write_every: u64) {
    let mut sum = 0u64;
    let mut left = write_every;
    for _ in 0..operations {
        left = left.wrapping_sub(1);
        if left == 0 {
            left = write_every;
            lock.write();
        } else {
            sum = sum.wrapping_add(lock.read());
        }
    }
    black_box(sum);
}

/// Returns: how many writes there were.
fn run<L: Lock>(operations: u64, members: u64, write_every: u64) -> u64 {
    let lock = Apart(L::make());
    let start = std::sync::Barrier::new(members as usize);
    let work = |i: u64| {
        start.wait();
        member(&lock.0, operations / members + u64::from(i < operations % members), write_every);
    };
    std::thread::scope(|scope| {
        for i in 1..members {
            let work = &work;
            scope.spawn(move || work(i));
        }
        work(0);
    });
    lock.0.read()
}

macro_rules! peer {
    ($lock:ty, $name:ident, $members:expr, $write_every:expr) => {
        #[no_mangle]
        pub extern "C" fn $name(_: *mut c_void, operations: u64) -> u64 {
            run::<$lock>(operations, $members, $write_every)
        }
    };
}

peer!(std::sync::RwLock<Apart<u64>>, peer_std_rwlock_read_1, 1, 0);
peer!(std::sync::RwLock<Apart<u64>>, peer_std_rwlock_write_1, 1, 1);
peer!(std::sync::RwLock<Apart<u64>>, peer_std_rwlock_read_2, 2, 0);
peer!(std::sync::RwLock<Apart<u64>>, peer_std_rwlock_mixed_2, 2, 20);
peer!(std::sync::RwLock<Apart<u64>>, peer_std_rwlock_mixed_4, 4, 20);
peer!(std::sync::RwLock<Apart<u64>>, peer_std_rwlock_mixed_8, 8, 20);
peer!(std::sync::RwLock<Apart<u64>>, peer_std_rwlock_half_2, 2, 2);

#[cfg(feature = "parking_lot")]
mod parking_lot_peers {
    use super::{run, Apart, c_void};
    type Lock = parking_lot::RwLock<Apart<u64>>;
    peer!(Lock, peer_parking_lot_rwlock_read_1, 1, 0);
    peer!(Lock, peer_parking_lot_rwlock_write_1, 1, 1);
    peer!(Lock, peer_parking_lot_rwlock_read_2, 2, 0);
    peer!(Lock, peer_parking_lot_rwlock_mixed_2, 2, 20);
    peer!(Lock, peer_parking_lot_rwlock_mixed_4, 4, 20);
    peer!(Lock, peer_parking_lot_rwlock_mixed_8, 8, 20);
    peer!(Lock, peer_parking_lot_rwlock_half_2, 2, 2);
}

/// Rounds of a barrier. Returns: how often a thread was the last.
fn rounds(operations: u64, members: u64) -> u64 {
    let barrier = std::sync::Barrier::new(members as usize);
    let work = || (0..operations).filter(|_| barrier.wait().is_leader()).count() as u64;
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..members).map(|_| scope.spawn(work)).collect();
        work() + others.into_iter().map(|other| other.join().unwrap()).sum::<u64>()
    })
}

#[no_mangle]
pub extern "C" fn peer_std_barrier_2(_: *mut c_void, operations: u64) -> u64 {
    rounds(operations, 2)
}

#[no_mangle]
pub extern "C" fn peer_std_barrier_4(_: *mut c_void, operations: u64) -> u64 {
    rounds(operations, 4)
}
