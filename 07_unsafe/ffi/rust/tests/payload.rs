//! Apart from boundary.rs, which runs under valgrind too: what panics a second time is leaked on purpose.
use syslab::{Allocator, Arena, Error, Memory};

/// What is thrown may be anything, also something whose end panics too.
struct Bomb;
impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("the payload's drop");
    }
}
struct Throws;
// SAFETY: it never gives a block.
unsafe impl Memory for Throws {
    fn alloc(&self, _: usize, _: usize) -> *mut u8 {
        std::panic::panic_any(Bomb)
    }
    unsafe fn free(&self, _: *mut u8, _: usize, _: usize) {
        unreachable!()
    }
}

#[test]
fn a_payload_that_panics_when_it_is_dropped_stays_here_too() {
    let memory = Allocator::new(Throws);
    assert_eq!(Arena::new_in(&memory).err(), Some(Error::NoMemory));
    assert_eq!(memory.panics(), 1);
}
