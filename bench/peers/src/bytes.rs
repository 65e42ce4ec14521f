//! bytes: reference-counted slices, the peer of 03_memory/bytes.

use bytes::Bytes;
use std::ffi::c_void;
use std::hint::black_box;

/// Clone a slice of shared memory and drop the clone: two atomic operations.
#[no_mangle]
pub extern "C" fn peer_bytes_clone_drop(_: *mut c_void, operations: u64) -> u64 {
    let original = Bytes::copy_from_slice(&[7; 64]);
    drop(original.clone()); // the first clone makes the count; from now on it is shared
    let shared = original.clone();
    let mut sum = 0;
    for _ in 0..operations {
        let copy = black_box(&shared).clone();
        sum += black_box(&copy).len() as u64;
    }
    sum
}
