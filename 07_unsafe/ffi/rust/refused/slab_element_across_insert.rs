//! E0502: an insert may move all elements.
fn main() {
    let mut slab = syslab::Slab::new().unwrap();
    let key = slab.insert(1u32).unwrap();
    let first = slab.get(key).unwrap();
    slab.insert(2u32).unwrap();
    println!("{}", first);
}
