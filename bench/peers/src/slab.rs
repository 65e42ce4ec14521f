//! slab: values in one vector behind stable keys, the peer of 03_memory/slab.

use slab::Slab;
use std::ffi::c_void;
use std::hint::black_box;

/// Insert and remove at once: the slot that was freed last is taken again.
#[no_mangle]
pub extern "C" fn peer_slab_insert_remove(_: *mut c_void, operations: u64) -> u64 {
    let mut slab: Slab<u64> = Slab::with_capacity(64);
    let mut sum = 0;
    for i in 0..operations {
        let key = black_box(slab.insert(i));
        sum += slab.remove(key);
    }
    sum
}
