//! E0597: the allocator is lent to the arena.
fn main() {
    let arena;
    {
        let memory = syslab::Allocator::new(syslab::Heap);
        arena = syslab::Arena::new_in(&memory).unwrap();
    }
    println!("{}", arena.reserved_bytes());
}
