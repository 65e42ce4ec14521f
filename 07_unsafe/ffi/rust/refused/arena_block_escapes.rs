//! E0505: nor can it end before its values.
fn main() {
    let arena = syslab::Arena::new().unwrap();
    let value = arena.alloc(1u32).unwrap();
    drop(arena);
    println!("{}", value);
}
