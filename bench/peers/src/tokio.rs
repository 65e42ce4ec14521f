//! tokio: the peer of 07_unsafe/context and, later, of 01_async.

use std::ffi::c_void;

/// One task that yields: leaves, is found in the run queue, and is polled again.
#[no_mangle]
pub extern "C" fn peer_tokio_yield_now(_context: *mut c_void, operations: u64) -> u64 {
    let runtime = match tokio::runtime::Builder::new_current_thread().build() {
        Ok(runtime) => runtime,
        Err(_) => return 0,
    };
    runtime.block_on(async {
        let task = tokio::spawn(async move {
            let mut rounds = 0u64;
            for _ in 0..operations {
                rounds += 1;
                tokio::task::yield_now().await;
            }
            rounds
        });
        task.await.unwrap_or(0)
    })
}
