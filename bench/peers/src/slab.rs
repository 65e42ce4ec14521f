//! slab: values in one vector behind stable keys, the peer of 03_memory/slab.
//!
//! Its keys are plain indexes: one that is stale finds whoever took the slot since. The loops, the
//! order of keys and the element are those of 03_memory/bench/bench_slab.c.

use crate::black_box;
use slab::Slab;
use std::ffi::c_void;

const POPULATION: usize = 4096;
const PICKS: usize = 16384;

/// 16 bytes, as struct body in bench_slab.c.
#[derive(Clone, Copy)]
struct Body {
    a: u64,
    b: u64,
}

fn body(a: u64) -> Body {
    Body { a, b: !a }
}

/// xorshift64*, the same numbers as in C.
fn next_random(state: &mut u64) -> u64 {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    state.wrapping_mul(2685821657736338717)
}

/// 0 to POPULATION - 1, shuffled (Fisher and Yates).
fn shuffled() -> Vec<u32> {
    let mut order: Vec<u32> = (0..POPULATION as u32).collect();
    let mut state = 88172645463325252;
    for i in (1..POPULATION).rev() {
        order.swap(i, (next_random(&mut state) % (i as u64 + 1)) as usize);
    }
    order
}

/// Random places, drawn beforehand: the generator would take longer than the slab.
fn picked() -> Vec<u16> {
    let mut state = 88172645463325252;
    (0..PICKS).map(|_| ((next_random(&mut state) >> 32) % POPULATION as u64) as u16).collect()
}

struct Full {
    slab: Slab<Body>,
    keys: Vec<usize>,
    order: Vec<u32>,
    picks: Vec<u16>,
}

#[no_mangle]
pub extern "C" fn peer_slab_setup_full() -> *mut c_void {
    let mut slab = Slab::with_capacity(POPULATION);
    let keys: Vec<usize> = (0..POPULATION).map(|i| slab.insert(body(i as u64))).collect();
    let full = Full { slab, keys, order: shuffled(), picks: picked() };
    Box::into_raw(Box::new(full)).cast()
}

/// Every fourth element is gone, in shuffled places.
#[no_mangle]
pub extern "C" fn peer_slab_setup_holes() -> *mut c_void {
    let full = peer_slab_setup_full();
    let state = unsafe { &mut *full.cast::<Full>() };
    for &i in &state.order[..POPULATION / 4] {
        state.slab.remove(state.keys[i as usize]);
    }
    full
}

#[no_mangle]
pub extern "C" fn peer_slab_teardown(context: *mut c_void) {
    drop(unsafe { Box::from_raw(context.cast::<Full>()) });
}

fn fill(operations: u64, capacity: usize) -> u64 {
    let mut sum = 0;
    let mut done = 0;
    while done < operations {
        let batch = (operations - done).min(POPULATION as u64);
        let mut slab = Slab::with_capacity(capacity);
        for i in 0..batch {
            sum += black_box(slab.insert(body(i))) as u64;
        }
        black_box(&slab);
        done += batch;
    }
    sum
}

#[no_mangle]
pub extern "C" fn peer_slab_insert(_: *mut c_void, operations: u64) -> u64 {
    fill(operations, POPULATION)
}

#[no_mangle]
pub extern "C" fn peer_slab_insert_grow(_: *mut c_void, operations: u64) -> u64 {
    fill(operations, 0)
}

#[no_mangle]
pub extern "C" fn peer_slab_get(context: *mut c_void, operations: u64) -> u64 {
    let Full { slab, keys, order, .. } = unsafe { &*context.cast::<Full>() };
    let shuffled: Vec<usize> = order.iter().map(|&i| keys[i as usize]).collect();
    let mut sum = 0u64;
    let mut done = 0;
    while done < operations {
        let batch = (operations - done).min(POPULATION as u64);
        for &key in &shuffled[..batch as usize] {
            if let Some(found) = slab.get(key) {
                sum = sum.wrapping_add(found.a ^ found.b.rotate_left(1));
            }
        }
        done += batch;
    }
    sum
}

/// Remove all in shuffled order, insert as many again.
#[no_mangle]
pub extern "C" fn peer_slab_remove(context: *mut c_void, operations: u64) -> u64 {
    let Full { slab, keys, order, .. } = unsafe { &mut *context.cast::<Full>() };
    let mut sum = 0u64;
    let mut done = 0;
    while done < operations {
        let batch = (operations - done).min(POPULATION as u64) as usize;
        for &i in &order[..batch] {
            sum = sum.wrapping_add(slab.remove(keys[i as usize]).a);
        }
        for &i in &order[..batch] {
            keys[i as usize] = slab.insert(body(done + i as u64));
        }
        done += batch as u64;
    }
    sum
}

/// Remove a random element and insert another in its place.
#[no_mangle]
pub extern "C" fn peer_slab_churn(context: *mut c_void, operations: u64) -> u64 {
    let Full { slab, keys, picks, .. } = unsafe { &mut *context.cast::<Full>() };
    let keys: &mut [usize; POPULATION] = keys.as_mut_slice().try_into().unwrap();
    let picks: &[u16; PICKS] = picks.as_slice().try_into().unwrap();
    let mut sum = 0u64;
    for i in 0..operations {
        let at = picks[i as usize % PICKS] as usize % POPULATION;
        sum = sum.wrapping_add(slab.remove(keys[at]).a);
        keys[at] = slab.insert(body(i));
    }
    sum
}

/// One operation is one element visited; a quarter of the slots is vacant.
#[no_mangle]
pub extern "C" fn peer_slab_iterate(context: *mut c_void, operations: u64) -> u64 {
    let Full { slab, .. } = unsafe { &*context.cast::<Full>() };
    let mut sum = 0u64;
    let mut done = 0;
    while done < operations {
        for (key, found) in black_box(slab) {
            sum = sum.wrapping_add(found.a ^ key as u64);
        }
        done += slab.len() as u64;
    }
    sum
}
