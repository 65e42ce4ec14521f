//! E0502: a value borrows the arena, so the arena cannot be reset under it.
fn main() {
    let mut arena = syslab::Arena::new().unwrap();
    let value = arena.alloc(1u32).unwrap();
    arena.reset();
    println!("{}", value);
}
