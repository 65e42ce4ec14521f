//! bytes: reference-counted slices, the peer of 03_memory/bytes.

use crate::black_box;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use std::ffi::c_void;

const CAPACITY: usize = 4096;

/// 64 bytes whose count is made and shared: a Bytes counts only from its first clone on.
fn shared() -> (Bytes, Bytes) {
    let original = Bytes::copy_from_slice(&[7; 64]);
    let other = original.clone();
    (original, other)
}

/// Clone a slice of shared memory and drop the clone: two atomic operations.
#[no_mangle]
pub extern "C" fn peer_bytes_clone_drop(_: *mut c_void, operations: u64) -> u64 {
    let (_original, shared) = shared();
    let mut sum = 0;
    for _ in 0..operations {
        let copy = black_box(&shared).clone();
        black_box(copy.as_ptr());
        sum += copy.len() as u64;
    }
    sum
}

/// Slice shared memory and drop the slice: bounds, and two atomic operations.
#[no_mangle]
pub extern "C" fn peer_bytes_slice_drop(_: *mut c_void, operations: u64) -> u64 {
    let (_original, shared) = shared();
    let mut sum = 0;
    for i in 0..operations {
        let from = (i % 32) as usize;
        let part = black_box(&shared).slice(from..from + 32);
        black_box(part.as_ptr());
        sum += part.len() as u64;
    }
    sum
}

/// Clone static bytes: nothing is counted.
#[no_mangle]
pub extern "C" fn peer_bytes_clone_static(_: *mut c_void, operations: u64) -> u64 {
    let constant = Bytes::from_static(&[7; 64]);
    let mut sum = 0;
    for _ in 0..operations {
        let copy = black_box(&constant).clone();
        black_box(copy.as_ptr());
        sum += copy.len() as u64;
    }
    sum
}

/// Append u32 in network order to a buffer that is cleared when it is full.
#[no_mangle]
pub extern "C" fn peer_bytes_put_u32(_: *mut c_void, operations: u64) -> u64 {
    let mut buf = BytesMut::with_capacity(CAPACITY);
    let mut sum = 0;
    for i in 0..operations {
        if buf.len() == CAPACITY {
            sum += u64::from(black_box(&buf)[CAPACITY - 1]);
            buf.clear();
        }
        buf.put_u32(i as u32);
    }
    sum + black_box(&buf).len() as u64
}

/// Read u32 in network order from a slice that starts again when it is empty.
#[no_mangle]
pub extern "C" fn peer_bytes_get_u32(_: *mut c_void, operations: u64) -> u64 {
    let mut data = BytesMut::with_capacity(CAPACITY);
    for i in 0..CAPACITY {
        data.put_u8((i * 7) as u8);
    }
    let source = data.freeze();
    let mut rest = source.clone();
    let mut sum = 0u64;
    for _ in 0..operations {
        if !rest.has_remaining() {
            rest = black_box(&source).clone();
        }
        sum += u64::from(rest.get_u32());
    }
    sum
}

/// Append 64 bytes to a buffer that is cleared when it is full.
#[no_mangle]
pub extern "C" fn peer_bytes_put_slice_64(_: *mut c_void, operations: u64) -> u64 {
    let mut buf = BytesMut::with_capacity(CAPACITY);
    let mut data = [7u8; 64];
    let mut sum = 0;
    for _ in 0..operations {
        if buf.len() == CAPACITY {
            sum += u64::from(black_box(&buf)[CAPACITY - 64]);
            buf.clear();
        }
        black_box(&mut data);
        buf.put_slice(&data);
    }
    sum + black_box(&buf).len() as u64
}

/// Write a message of 64 bytes, split it off, freeze it, drop it; the block is used again and again.
#[no_mangle]
pub extern "C" fn peer_bytes_split_freeze(_: *mut c_void, operations: u64) -> u64 {
    let mut buf = BytesMut::with_capacity(CAPACITY);
    let mut data = [7u8; 64];
    let mut sum = 0;
    for _ in 0..operations {
        black_box(&mut data);
        buf.put_slice(&data);
        let message = buf.split().freeze();
        black_box(message.as_ptr());
        sum += u64::from(message[0]);
    }
    sum
}
